"""What stands in the headers of a record of `captures.v1`: what its value, the bytes that came in, does not say.

Every header may be absent. A record without `capture-id` is an event or a document that somebody produced directly; it
belongs to a capture of its own, named after its place in the topic. One with `context` is an event.
"""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID, uuid5

import msgspec

from services.domain.errors import InvalidDocument, Violation

DIRECT_PARTY = "kafka"
"""The party of a record that names none: whoever may write to the topic."""
TRACE = "traceparent"
"""The header with the place in a trace; a record without it belongs to none that is collected."""
_NAMESPACE = UUID("7f1f0e0a-3f0b-5f0e-9c55-6a1a4c6c7b10")


class CaptureHead(msgspec.Struct, frozen=True):
    """Of a capture that was sent in pieces: what its record says beside the frame.

    Attributes:
        created_us: microseconds since 1970-01-01 UTC.
        kind, error_behaviour, errors: as in `services.ports.Capture`.
        events: how many of its events travel.
        first_event_us, last_event_us: between which event times they lie.
    """

    created_us: int
    kind: str
    error_behaviour: str
    errors: str
    events: int
    first_event_us: int
    last_event_us: int


class Head(msgspec.Struct, frozen=True):
    """The headers of one record.

    Attributes:
        capture_id: the capture of which this is a part; None for a record that is its own.
        position: the event's place in the capture.
        party: who sent it.
        context: the @context that belongs to the event, as JSON bytes; empty when it brings its own.
        ignored: names of event members that its hash leaves out, as JSON array; empty for none.
        capture: set when the value is a capture's frame instead of an event.
        replay_of: origin (`topic:partition:offset`) of the dead letter that this record mends.
        trace: the traceparent (W3C Trace Context) of what made the record; only written, see `traces_of`.
    """

    capture_id: UUID | None = None
    position: int = 0
    party: str = DIRECT_PARTY
    context: bytes = b""
    ignored: bytes = b""
    capture: CaptureHead | None = None
    replay_of: str = ""
    trace: str = ""


def write_head(head: Head) -> list[tuple[str, bytes]]:
    """The headers of a record; what is as by default is left out."""
    found: list[tuple[str, bytes]] = []
    if head.capture_id is not None:
        found.append(("capture-id", str(head.capture_id).encode()))
        found.append(("position", b"%d" % head.position))
    if head.party != DIRECT_PARTY:
        found.append(("party", head.party.encode()))
    if head.context:
        found.append(("context", head.context))
    if head.ignored:
        found.append(("ignored", head.ignored))
    if head.capture is not None:
        found.append(("capture", msgspec.json.encode(head.capture)))
    if head.replay_of:
        found.append(("replay-of", head.replay_of.encode()))
    if head.trace:
        found.append((TRACE, head.trace.encode()))
    return found


def read_head(headers: Iterable[tuple[str, bytes]]) -> Head:
    """The reverse of `write_head`; headers of other names are passed over, of the same name twice the last counts.

    Raises:
        InvalidDocument: a header cannot be read; its pointer is `#` and the header's name.
    """
    found: dict[str, Any] = {}
    for name, value in headers:
        read = _READERS.get(name)
        if read is None:
            continue
        member, convert, expected = read
        try:
            found[member] = convert(value)
        except (ValueError, msgspec.DecodeError) as error:
            shown = value[:200].decode("utf-8", "replace")
            raise InvalidDocument([Violation(f"#{name}", shown, expected)]) from error
    return Head(**found)


def traces_of(records: Iterable[Iterable[tuple[str, bytes]]], limit: int) -> list[str]:
    """The distinct traceparents in the headers of some records, in order, at most `limit`; not checked."""
    found: dict[bytes, None] = {}
    for headers in records:
        found.update((value, None) for name, value in headers if name == TRACE and value)
        if len(found) >= limit:
            break
    return [value.decode("ascii", "replace") for value in found][:limit]


def _position(value: bytes) -> int:
    number = int(value)
    if not 0 <= number < 2**32:
        raise ValueError(value)
    return number


def _json(value: bytes) -> bytes:
    msgspec.json.decode(value)
    return value


_READERS: dict[str, tuple[str, Callable[[bytes], Any], str]] = {
    "capture-id": ("capture_id", lambda value: UUID(value.decode()), "a UUID"),
    "position": ("position", _position, "a whole number from 0 on"),
    "party": ("party", lambda value: value.decode(), "UTF-8 text"),
    "context": ("context", _json, "the JSON of an @context"),
    "ignored": ("ignored", _json, "a JSON array of names"),
    "capture": ("capture", msgspec.json.Decoder(CaptureHead).decode, "the head of a capture, as JSON"),
    "replay-of": ("replay_of", lambda value: value.decode(), "topic:partition:offset"),
}


def own_capture(origin: str) -> UUID:
    """The capture id of a record that belongs to none: the same for the same place, however often it is read."""
    return uuid5(_NAMESPACE, origin)
