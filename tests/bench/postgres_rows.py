"""PostgreSQL's binary COPY format for a capture: what services.store.writer.prepare is for ClickHouse."""

from dataclasses import dataclass, field
from struct import Struct

from services.domain.accepted import AcceptedEvent
from services.domain.chain.relations import backward, forward
from services.domain.times import microseconds_of
from services.ports import Capture

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
TABLES = ("events", "thing_events", "thing_contents", "captures")
# Microseconds from 1970 to 2000, where PostgreSQL's timestamps begin.
_MILLENNIUM = 946_684_800_000_000
_length = Struct(">i").pack
_int16 = Struct(">ih").pack
_int32 = Struct(">ii").pack
_int64 = Struct(">iq").pack
_columns = Struct(">h").pack


def _bytea(value: bytes) -> bytes:
    return _length(len(value)) + value


def _text(value: str) -> bytes:
    return _bytea(value.encode())


def _time(microseconds: int) -> bytes:
    return _int64(8, microseconds - _MILLENNIUM)


def _bool(*, value: bool) -> bytes:
    return b"\0\0\0\1\1" if value else b"\0\0\0\1\0"


def _jsonb(raw: bytes) -> bytes:
    """The event as jsonb, version 1; jsonb has no U+0000, so the replacement character stands for it."""
    if rb"\u0000" in raw:
        raw = raw.replace(rb"\u0000", rb"\ufffd")
    return _length(len(raw) + 1) + b"\1" + raw


@dataclass(slots=True)
class Rows:
    """Binary rows of one capture.

    Attributes:
        tables: rows by table.
        events: how many events.
        size: bytes in all.
    """

    tables: dict[str, list[bytes]] = field(default_factory=lambda: {table: [] for table in TABLES})
    events: int = 0
    size: int = 0


def prepare(capture: Capture) -> Rows:
    """Binary rows of a capture; `commit` adds the record time. Pure."""
    rows = Rows(events=len(capture.events))
    tables = rows.tables
    origin = _text(capture.party) + _bytea(capture.capture_id.bytes)
    for event in capture.events:
        time = _time(event.event_time_us)
        tables["events"].append(_event(event, time, origin))
        ref = time + _bytea(event.content[:8])
        for table, found in (
            ("thing_events", backward(event.groups, event.entry)),
            ("thing_contents", forward(event.groups, event.entry)),
        ):
            tables[table] += [
                _columns(5) + _text(thing) + ref + _bytea(entry) + _text(other) for thing, entry, other in found
            ]
    times = [event.event_time_us for event in capture.events]
    tables["captures"].append(
        b"".join(
            (
                _columns(11),
                _bytea(capture.capture_id.bytes),
                _time(microseconds_of(capture.created_at)),
                _text(capture.kind),
                _text(capture.party),
                _text(capture.error_behaviour),
                _bool(value=capture.errors == "[]"),
                _int32(4, len(capture.events)),
                _time(min(times, default=0)),
                _time(max(times, default=0)),
                _text(capture.errors),
                _bytea(capture.frame),
            )
        )
    )
    rows.size = sum(sum(map(len, table)) for table in tables.values())
    return rows


def _event(event: AcceptedEvent, time: bytes, origin: bytes) -> bytes:
    entry = event.entry
    return b"".join(
        (
            _columns(17),
            time,
            _text(event.event_id),
            _bytea(event.content),
            _int16(2, event.zone_minutes),
            _text(entry.event_type),
            _text(entry.action),
            _text(entry.biz_step),
            _text(entry.disposition),
            _text(entry.read_point),
            _text(entry.biz_location),
            _bool(value=entry.declares_error),
            origin,
            _int32(4, event.position),
            _bytea(event.context_raw),
            _bytea(event.raw),
            _jsonb(event.raw),
        )
    )
