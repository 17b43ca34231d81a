"""Reads what emitters send: EPCIS documents, or one bare event, decoded once and with every byte kept.

A document is cut into the exact bytes of each event and a frame: the document with a NUL byte in the place of each
event. JSON text has no NUL byte, so `assemble` gives the document back byte for byte.
"""

import re
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
import numpy as np
from msgspec import Raw, Struct

from services.domain.epcis.context import Context as Prefixes
from services.domain.epcis.envelope import CaptureDocument, QueryDocument
from services.domain.epcis.events import Event
from services.domain.epcis.formats import LONGEST_URI, Context
from services.domain.epcis.json_text import DEEPEST, check_bytes, decode
from services.domain.epcis.repeats import has_repeats, repeats
from services.domain.epcis.structure import ABSENT, MOST_VIOLATIONS, Node, node_of, short_json, step
from services.domain.epcis.validation import check_event
from services.domain.errors import InvalidDocument, TooManyEvents, Violation

Kind = Literal["EPCISDocument", "EPCISQueryDocument", "Event"]

# The pointer to the list of events in each kind of document.
_EVENT_LIST = {
    "EPCISDocument": "/epcisBody/eventList",
    "EPCISQueryDocument": "/epcisBody/queryResults/resultsBody/eventList",
}
_ENVELOPES: dict[str, Node] = {
    "EPCISDocument": node_of(CaptureDocument),
    "EPCISQueryDocument": node_of(QueryDocument),
}
_STRUCTS = {"EPCISDocument": CaptureDocument, "EPCISQueryDocument": QueryDocument}
# A declared limit; GS1's examples need some hundred bytes.
LARGEST_CONTEXT = 64 * 1024

_BETWEEN = re.compile(rb"[ \t\r\n]*,[ \t\r\n]*")
_BLANKS = b" \t\r\n"


class RawEvent(Struct, frozen=True):
    """One event as it came. A struct, because it is made for every event: a dataclass takes thrice the time.

    Attributes:
        raw: its bytes, exactly.
        obj: the JSON object they are.
        pointer: RFC 6901 pointer to it in its document.
    """

    raw: bytes
    obj: dict[str, Any]
    pointer: str


@dataclass(frozen=True, slots=True)
class Document:
    """What was sent.

    Attributes:
        kind: EPCISDocument, EPCISQueryDocument, or Event for a bare event.
        context: the value of its @context.
        context_raw: the bytes of that value, as they came.
        events: its events, in order.
        frame: its bytes with one NUL byte in the place of each event.
        envelope: the document as JSON object, a 0 in the place of each event; empty for a bare event.
    """

    kind: Kind
    context: Any
    context_raw: bytes
    events: list[RawEvent]
    frame: bytes
    envelope: dict[str, Any]


class _Events(Struct):
    event_list: list[Raw] = msgspec.field(name="eventList")


class _Results(Struct):
    results_body: _Events = msgspec.field(name="resultsBody")


class _QueryBody(Struct):
    query_results: _Results = msgspec.field(name="queryResults")


class _CaptureOutline(Struct, tag_field="type", tag="EPCISDocument"):
    """Just enough of a document to find its events in one pass."""

    context: Raw = msgspec.field(name="@context")
    body: _Events = msgspec.field(name="epcisBody")


class _QueryOutline(Struct, tag_field="type", tag="EPCISQueryDocument"):
    context: Raw = msgspec.field(name="@context")
    body: _QueryBody = msgspec.field(name="epcisBody")


class _ContextOutline(Struct):
    context: Raw = msgspec.field(name="@context")


_OUTLINE = msgspec.json.Decoder(_CaptureOutline | _QueryOutline)
_CONTEXT_OUTLINE = msgspec.json.Decoder(_ContextOutline)


def read_document(body: bytes, most: int | None = None) -> Document:
    """Reads an EPCISDocument or EPCISQueryDocument; its envelope is checked, its events are only decoded.

    Args:
        body: the document.
        most: how many events it may hold, without limit when None.

    Raises:
        TooManyEvents: it holds more than `most`; none of them is looked at then.
        InvalidDocument: not JSON (pointer "", with line, column and byte), or a wrong envelope; then the violations of
            its events are listed with those of the envelope. Or an object, at any depth, has two members of one name.
    """
    check_bytes(body)
    try:
        outline = _OUTLINE.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidDocument(_why_not(body, most)) from None
    if isinstance(outline, _CaptureOutline):
        kind: Literal["EPCISDocument", "EPCISQueryDocument"] = "EPCISDocument"
        raws = outline.body.event_list
    else:
        kind, raws = "EPCISQueryDocument", outline.body.query_results.results_body.event_list
    _check_number(raws, most)
    frame, starts = _cut(body, raws)
    envelope = _decode_frame(frame, body)
    if not _is_envelope(kind, envelope):
        raise InvalidDocument(_why_not(body, most))
    events, found = [], list[Violation]()
    deepest = None if _are_shallow(body, starts) else DEEPEST
    for index, (start, raw) in enumerate(zip(starts, raws, strict=True)):
        pointer = step(_EVENT_LIST[kind], index)
        text = bytes(raw)
        obj = decode(text, pointer, body, start, deepest)
        if isinstance(obj, dict):
            events.append(RawEvent(text, obj, pointer))
        elif len(found) < MOST_VIOLATIONS:
            found.append(Violation(pointer, short_json(obj), "an event: a JSON object with a type"))
    if found:
        raise InvalidDocument(found)
    if has_repeats(body, envelope, [event.obj for event in events]):
        found = _repeats(frame, envelope, events)
        if found:
            raise InvalidDocument(found)
    context = bytes(outline.context)
    check_context(context, envelope["@context"], "/@context")
    return Document(kind, envelope["@context"], context, events, frame, envelope)


def read_event(body: bytes) -> Document:
    """Reads one bare event, which brings its own @context; its other members are only decoded.

    Raises:
        InvalidDocument: not JSON, not an event, or without @context; then with all else that is wrong with it.
    """
    check_bytes(body)
    obj = decode(body)
    if not isinstance(obj, dict):
        raise InvalidDocument([Violation("", short_json(obj), "an event: a JSON object with a type")])
    kind = obj.get("type")
    if isinstance(kind, str) and kind in _ENVELOPES:
        raise InvalidDocument([Violation("/type", short_json(kind), "the type of one event, not of a document")])
    if "@context" not in obj:
        found = [Violation("/@context", ABSENT, node_of(Context).words)]
        checked = check_event(obj, "")
        raise InvalidDocument(found + checked if isinstance(checked, list) else found)
    raw = body.strip(_BLANKS)
    event = RawEvent(raw, obj, "")
    if found := _repeats(b"0", {}, [event]):
        raise InvalidDocument(found)
    context = bytes(_CONTEXT_OUTLINE.decode(body).context)
    check_context(context, obj["@context"], "/@context")
    return Document("Event", obj["@context"], context, [event], body.replace(raw, b"\0"), {})


def check_context(raw: bytes, value: object, pointer: str) -> None:
    """Refuses an endless @context: it is kept with each event, and its namespaces are written out for each member.

    Raises:
        InvalidDocument: its bytes are more than LARGEST_CONTEXT, or a namespace is longer than a URI may be.
    """
    if len(raw) > LARGEST_CONTEXT:
        words = f"a context of at most {LARGEST_CONTEXT} bytes"
        raise InvalidDocument([Violation(pointer, short_json(value), words)])
    if found := long_namespaces(Prefixes.of(value), pointer):
        raise InvalidDocument(found)


def long_namespaces(context: Prefixes, pointer: str) -> list[Violation]:
    """The namespaces of a context, written out, that are longer than a URI may be.

    Args:
        context: the context.
        pointer: where it stands in its document.
    """
    words = f"namespaces of at most {LONGEST_URI} characters, prefixes written out"
    found = [one for one in context.prefixes.values() if len(one) > LONGEST_URI]
    return [Violation(pointer, short_json(one), words) for one in found[:MOST_VIOLATIONS]]


def check_events(document: Document) -> list[Event]:
    """The events of a document as structs, in order.

    Raises:
        InvalidDocument: at least one event is wrong; names what is wrong with every such event.
    """
    events, found = list[Event](), list[Violation]()
    for held in document.events:
        checked = check_event(held.obj, held.pointer)
        if isinstance(checked, list):
            found += checked
        else:
            events.append(checked)
    if found:
        raise InvalidDocument(found)
    return events


def assemble(frame: bytes, raws: list[bytes]) -> bytes:
    """The document of a frame and the bytes of its events: the reverse of reading.

    Raises:
        ValueError: there are more or fewer events than the frame has places.
    """
    pieces = frame.split(b"\0")
    if len(pieces) != len(raws) + 1:
        raise ValueError(f"the frame has places for {len(pieces) - 1} events, not for {len(raws)}")
    return b"".join(part for pair in zip(pieces, [*raws, b""], strict=True) for part in pair)


def _address(data: bytes | Raw) -> int:
    address: int = np.frombuffer(data, np.uint8).__array_interface__["data"][0]
    return address


def _cut(body: bytes, raws: list[Raw]) -> tuple[bytes, list[int]]:
    """The frame, and the byte at which each event starts.

    A Raw is a view into the body: its address tells where the first event stands (a search for its bytes could find a
    twin, in the header or in an extension). The others follow it.
    """
    if not raws:
        return body, []
    at = _address(raws[0]) - _address(body)
    pieces, starts = [body[:at]], list[int]()
    for raw in raws:
        if starts and (gap := _BETWEEN.match(body, at)):
            pieces.append(gap[0])
            at = gap.end()
        starts.append(at)
        at += len(memoryview(raw))
    return b"\0".join([*pieces, body[at:]]), starts


def _repeats(frame: bytes, envelope: dict[str, Any], events: list[RawEvent]) -> list[Violation]:
    """The members that an object of a document gives more than once, in the envelope or in an event.

    But an `eventID` may be given twice, and the last one counts: GS1's example AssociationEvent-h has two.
    """
    text = frame.replace(b"\0", b"0")
    found = repeats(text) if has_repeats(text, envelope) else []
    for event in events:
        if len(found) < MOST_VIOLATIONS:
            found += repeats_of(event)
    return found


def repeats_of(event: RawEvent) -> list[Violation]:
    """The members that an object in an event gives more than once; see `_repeats` for the one that may be."""
    if not has_repeats(event.raw, event.obj):
        return []
    return [one for one in repeats(event.raw, event.pointer) if one.pointer != f"{event.pointer}/eventID"]


def _are_shallow(body: bytes, starts: list[int]) -> bool:
    """Whether no event can be too deep, because none opens as many objects and arrays: one look at the whole body."""
    openings = np.flatnonzero((np.frombuffer(body, np.uint8) | 0x20) == ord("{"))  # [ is { without that bit
    return bool(np.diff(np.searchsorted(openings, [*starts, len(body)])).max(initial=0) <= DEEPEST)


def _decode_frame(frame: bytes, body: bytes) -> Any:
    try:
        return decode(frame.replace(b"\0", b"0"))
    except InvalidDocument:
        _decode_whole(body)  # tells the line, column and byte of the whole document
        raise


def _decode_whole(body: bytes) -> Any:
    return decode(body, deepest=DEEPEST + 5)  # events may be DEEPEST deep, five levels into a document


def _is_envelope(kind: str, envelope: dict[str, Any]) -> bool:
    if envelope["type"] != kind:  # given twice; the outline saw the first one
        return False
    try:
        return _ENVELOPES[kind].holds(envelope, msgspec.convert(envelope, _STRUCTS[kind]))
    except msgspec.ValidationError:
        return False


def _check_number(events: list[Any] | list[Raw], most: int | None) -> None:
    if most is not None and len(events) > most:
        raise TooManyEvents(len(events), most)


def _why_not(body: bytes, most: int | None) -> list[Violation]:
    """What is wrong with a document that could not be read, its events included, up to MOST_VIOLATIONS or so.

    Raises:
        TooManyEvents: it holds more than `most`.
    """
    value = _decode_whole(body)
    if not isinstance(value, dict):
        return [Violation("", short_json(value), "an EPCISDocument or EPCISQueryDocument: a JSON object")]
    kind = value.get("type")
    if not isinstance(kind, str) or kind not in _ENVELOPES:
        words = "EPCISDocument or EPCISQueryDocument (a single event has an interface of its own)"
        return [Violation("/type", short_json(kind) if "type" in value else ABSENT, words)]
    found: list[Violation] = []
    _ENVELOPES[kind].explain(value, "", found)
    events: Any = value
    for name in _EVENT_LIST[kind].split("/")[1:]:
        events = events.get(name) if isinstance(events, dict) else None
    events = events if isinstance(events, list) else []
    _check_number(events, most)
    for index, event in enumerate(events):
        if len(found) >= MOST_VIOLATIONS:
            break
        pointer = step(_EVENT_LIST[kind], index)
        if not isinstance(event, dict):
            found.append(Violation(pointer, short_json(event), "an event: a JSON object with a type"))
        elif isinstance(checked := check_event(event, pointer), list):
            found += checked
    return found or [Violation("/type", short_json(kind), "the type only once")]
