"""Checks one event: all that the EPCIS 2.0.1 JSON Schema says with formats asserted, and what no schema can say."""

from typing import Any

import msgspec

from services.domain.epcis.events import EVENT_TYPES, Event, ExtendedEvent
from services.domain.epcis.rules import broken_rules
from services.domain.epcis.structure import MOST_VIOLATIONS, node_of, short_json
from services.domain.errors import Violation

_NODES = {kind: node_of(kind) for kind in (*EVENT_TYPES.values(), ExtendedEvent)}


def check_event(obj: dict[str, Any], pointer: str) -> Event | list[Violation]:
    """The event as a struct, or everything that is wrong with it (at most 50 violations, never none).

    Args:
        obj: the decoded JSON object of one event.
        pointer: RFC 6901 pointer to it in its document; the violations' pointers start with it.

    An event of a type of one's own (its `type` is a URI) becomes an ExtendedEvent, of which the schema says little.
    The event's own @context is checked but not required: whether it must be there depends on what it came in.
    """
    written = obj.get("type")
    name = written if isinstance(written, str) else ""
    kind: type[Event] = EVENT_TYPES.get(name, ExtendedEvent)
    node = _NODES[kind]
    broken = broken_rules(obj, name, pointer)
    try:
        event = msgspec.convert(obj, kind)
        if node.holds(obj, event) and not broken:
            return event
    except (msgspec.ValidationError, UnicodeEncodeError):
        pass  # explained below, all of it
    found: list[Violation] = []
    node.explain(obj, pointer, found)
    found += broken
    if not found:  # the two readings of the types disagree: still no event
        found.append(Violation(pointer, short_json(obj), "an EPCIS 2.0 event"))
    return found[:MOST_VIOLATIONS]
