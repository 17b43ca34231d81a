"""What an event's row leaves out because the row says it already, and how all of it comes back exactly.

The forms are for ever: stores hold them.
"""

from datetime import timedelta
from functools import lru_cache

from services.domain.times import EPOCH

MARK = b"\x01"
"""Begins what stands for something left out of an event's bytes. JSON text has no such byte."""
WHOLE, ID, LOCAL, UTC, PLACE = (MARK + kind for kind in (b"w", b"i", b"t", b"z", b"p"))
"""Nothing is left out (at the beginning); the event id; the event's time in its own zone or with Z, and how many digits
its second has; the readPoint's id once more."""

DIGITS = (3, 6, 0)
"""Of a second's fraction, the likely number first; a time written otherwise stays."""

UUID_BYTES, HASH_BYTES = 16, 32
"""Packed event ids, told by their length."""
TEXT = bytes(HASH_BYTES)
"""Before the text of an event id that could be taken for something else: no packed id is as long then."""

_UUID = "urn:uuid:"
_HASH, _VERSION = "ni:///sha-256;", "?ver=CBV2.0"
_READ_POINT, _LOCATION = b'"readPoint":{"id":"', b'"bizLocation":{"id":"'


def pack_id(event_id: str) -> bytes:
    """The stored form of an event id: 16 bytes for a UUID, 32 for an event hash, else the text."""
    encoded = event_id.encode()
    digits = ""
    if event_id.startswith(_UUID):
        digits = event_id[len(_UUID) :].replace("-", "")
    elif event_id.startswith(_HASH):
        digits = event_id[len(_HASH) :].removesuffix(_VERSION)
    if len(digits) in (2 * UUID_BYTES, 2 * HASH_BYTES):
        try:
            packed = bytes.fromhex(digits)
        except ValueError:
            return encoded
        # Upper case, blanks or dashes elsewhere would not come back.
        return packed if unpack_id(packed) == event_id else encoded
    return TEXT + encoded if len(encoded) in (UUID_BYTES, HASH_BYTES) or encoded.startswith(TEXT) else encoded


def unpack_id(packed: bytes) -> str:
    """The reverse of `pack_id`."""
    if len(packed) == UUID_BYTES:
        digits = packed.hex()
        return f"{_UUID}{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
    if len(packed) == HASH_BYTES:
        return f"{_HASH}{packed.hex()}{_VERSION}"
    return packed.removeprefix(TEXT).decode()


def pack_raw(raw: bytes, event_id: bytes, event_time_us: int, zone_minutes: int) -> bytes:
    """An event's bytes without what its row says.

    Args:
        raw: the bytes.
        event_id: UTF-8.
        event_time_us: microseconds since 1970-01-01 UTC.
        zone_minutes: eventTimeZoneOffset.
    """
    if MARK in raw:
        return WHOLE + raw
    packed = _without_time(raw.replace(event_id, ID), event_time_us, zone_minutes)
    if (place := _read_point(packed)) is not None:
        packed = packed.replace(_LOCATION + place + b'"', _LOCATION + PLACE + b'"', 1)
    return packed


def unpack_raw(packed: bytes, event_id: bytes, event_time_us: int, zone_minutes: int) -> bytes:
    """The reverse of `pack_raw`; the other arguments as given to it."""
    if packed.startswith(WHOLE):
        return packed.removeprefix(WHOLE)
    if PLACE in packed:
        packed = packed.replace(PLACE, _read_point(packed) or b"")
    for mark, zone, end in ((LOCAL, zone_minutes, _zone(zone_minutes)), (UTC, 0, b"Z")):
        before, found, after = packed.partition(mark)
        if found:
            time = _time(event_time_us, zone) + _fraction(event_time_us, int(after[:1])) + end
            packed = before + time + after[1:]
    return packed.replace(ID, event_id)


def _read_point(raw: bytes) -> bytes | None:
    """The text of readPoint's id, when it stands as most write it."""
    if (at := raw.find(_READ_POINT)) < 0 or (stop := raw.find(b'"', at + len(_READ_POINT))) < 0:
        return None
    return raw[at + len(_READ_POINT) : stop]


def _without_time(raw: bytes, event_time_us: int, zone_minutes: int) -> bytes:
    for mark, zone, end in ((LOCAL, zone_minutes, _zone(zone_minutes)), (UTC, 0, b"Z")):
        whole = _time(event_time_us, zone)
        for digits in DIGITS:
            before, found, after = raw.partition(whole + _fraction(event_time_us, digits) + end)
            if found:
                return b"%b%b%d%b" % (before, mark, digits, after)
    return raw


def _time(event_time_us: int, zone_minutes: int) -> bytes:
    """Date and time to the second, 19 bytes."""
    day, second = divmod(event_time_us // 1_000_000 + zone_minutes * 60, 86_400)
    minute = second // 60
    return b"%bT%02d:%02d:%02d" % (_date(day), minute // 60, minute % 60, second % 60)


@lru_cache(maxsize=1024)
def _date(days: int) -> bytes:
    """Of days since 1970-01-01."""
    return (EPOCH + timedelta(days=days)).date().isoformat().encode()


@lru_cache(maxsize=64)
def _zone(minutes: int) -> bytes:
    return b"%c%02d:%02d" % (b"-" if minutes < 0 else b"+", abs(minutes) // 60, abs(minutes) % 60)


def _fraction(event_time_us: int, digits: int) -> bytes:
    """The dot and the first digits of the second's fraction; nothing for no digits."""
    return (b".%06d" % (event_time_us % 1_000_000))[: digits + 1] if digits else b""
