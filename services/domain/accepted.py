"""An event that has passed every check, with all that is derived from it: its id, its content digest, its relations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec

from services.domain.chain.relations import Entry, Group, Role, groups
from services.domain.epcis.content import what_it_says
from services.domain.epcis.context import Context
from services.domain.epcis.documents import RawEvent
from services.domain.epcis.event_hash import event_hash
from services.domain.epcis.vocabulary import short_term
from services.domain.identifiers import canonical
from services.domain.times import microseconds

Json = Mapping[str, Any]
_encode = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True)
class AcceptedEvent:
    """One accepted event.

    Attributes:
        event_id: the emitter's eventID, else the CBV 2.0 event hash (CBV 2.0 §8.9).
        content: 16 bytes that tell contents under one event id apart.
        event_time_us: eventTime, microseconds since 1970-01-01 UTC.
        zone_minutes: eventTimeZoneOffset in minutes.
        entry: what it says, in the role of an EPC.
        groups: the things it names.
        raw: the bytes that came in.
        context_raw: the @context that belongs to them.
        position: its place in the document.
    """

    event_id: str
    content: bytes
    event_time_us: int
    zone_minutes: int
    entry: Entry
    groups: list[Group]
    raw: bytes
    context_raw: bytes
    position: int


def declaration_digest(obj: dict[str, Any]) -> bytes:
    """32 bytes over an event's errorDeclaration (which the event hash leaves out)."""
    return sha256(msgspec.json.encode(obj["errorDeclaration"], order="deterministic")).digest()


def content_digest(event: Json, context: Context, entry: Entry, found: Sequence[Group], event_time_us: int) -> bytes:
    """32 bytes over what an event says: all of it, and all that the index says of it.

    Two events with the same digest are one event, of which only the first is kept. So whatever could be told from one
    and not from the other is in it: when in doubt, more.

    Args:
        event: the decoded JSON object of a valid event.
        context: its JSON-LD context; members that the event hash ignores count here, they must not hide a difference.
        entry: what it says, in the role of an EPC.
        found: its groups, those of a transformation without id under an empty name.
        event_time_us: its instant.
    """
    named = [(group.role, group.other, sorted(group.things)) for group in found]
    if len(named) > 1 and named[0][0] is named[1][0]:
        named = _merged(named)
    return sha256(_encode((entry, event_time_us, named, what_it_says(event, context)))).digest()


def _merged(named: list[tuple[Role, str, list[str]]]) -> list[tuple[Role, str, list[str]]]:
    """Groups of the same role and other side as one: a commissioning has one for each run of things of a lot."""
    found: dict[tuple[Role, str], list[str]] = {}
    for role, other, things in named:
        found.setdefault((role, other), []).extend(things)
    return sorted((role, other, sorted(things)) for (role, other), things in found.items())


def accept(event: RawEvent, context: Context, context_raw: bytes, position: int) -> AcceptedEvent:
    """Derives everything from a valid event. Pure: the same event gives the same result."""
    obj = event.obj
    event_id = str(obj.get("eventID") or event_hash(obj, context))
    declares_error = bool(obj.get("errorDeclaration"))
    offset = str(obj["eventTimeZoneOffset"])
    minutes = int(offset[1:3]) * 60 + int(offset[4:6])
    event_time_us = microseconds(str(obj["eventTime"]))
    entry = Entry(
        role=Role.EPC,
        event_type=obj["type"],
        action=_word(obj.get("action")),
        biz_step=short_term(_word(obj.get("bizStep"))),
        disposition=short_term(_word(obj.get("disposition"))),
        read_point=_place(obj.get("readPoint")),
        biz_location=_place(obj.get("bizLocation")),
        declares_error=declares_error,
    )
    found = groups(obj, context, b"")
    content = content_digest(obj, context, entry, found, event_time_us)
    if declares_error:
        content = sha256(content + declaration_digest(obj)).digest()
    if obj["type"] == "TransformationEvent" and not obj.get("transformationID"):
        found = groups(obj, context, content)
    return AcceptedEvent(
        event_id=event_id,
        content=content[:16],
        event_time_us=event_time_us,
        zone_minutes=-minutes if offset.startswith("-") else minutes,
        entry=entry,
        groups=found,
        raw=event.raw,
        context_raw=context_raw,
        position=position,
    )


def _word(value: object) -> str:
    """A standard member's text; an event of somebody's own type may hold anything under its name."""
    return value if isinstance(value, str) else ""


def _place(value: object) -> str:
    return canonical(_word(value.get("id"))) if isinstance(value, dict) else ""
