"""What the ways in have in common: events that were read become accepted events, or are refused with their places."""

import re
from collections.abc import Sequence

from services.domain.accepted import AcceptedEvent, accept
from services.domain.epcis.context import Context
from services.domain.epcis.documents import Document, RawEvent, long_namespaces
from services.domain.epcis.structure import short_json
from services.domain.epcis.validation import check_event
from services.domain.errors import TooManyEvents, Violation

MOST_ERRORS = 100
"""Violations that one answer, capture job or dead letter lists."""
MOST_EXPANDED = 16 * 1024 * 1024
"""Bytes of an event's member names with their namespaces: a small body could otherwise fill the memory."""

_NAME_END = re.compile(rb'"[ \t\r\n]*:')


def accept_events(
    raw: Sequence[RawEvent], context: Context, context_raw: bytes, limit: int, first_position: int = 0
) -> tuple[list[AcceptedEvent], list[Violation]]:
    """Checks events and derives what follows from them.

    Args:
        raw: the events as they came.
        context: their document's context.
        context_raw: its bytes.
        limit: how many there may be.
        first_position: the place of the first one in its capture.

    Raises:
        TooManyEvents: there are more than `limit`.
    """
    if len(raw) > limit:
        raise TooManyEvents(len(raw), limit)
    events: list[AcceptedEvent] = []
    violations: list[Violation] = []
    for position, one in enumerate(raw, first_position):
        checked = check_event(one.obj, one.pointer)
        if isinstance(checked, list):
            violations.extend(checked[: MOST_ERRORS - len(violations)])
            continue
        own = one.obj.get("@context")
        its_context = context if own is None else context.with_own(own)
        if own is not None and (found := long_namespaces(its_context, f"{one.pointer}/@context")):
            violations.extend(found[: MOST_ERRORS - len(violations)])
            continue
        if _expanded_bytes(one, its_context) > MOST_EXPANDED:
            words = "fewer members, or shorter namespaces: written out they are endless"
            violations.append(Violation(one.pointer, short_json(one.obj), words))
            continue
        events.append(accept(one, its_context, context_raw, position))
    return events, violations


def context_of(document: Document) -> Context:
    """The context of a document's events."""
    return Context.of(document.context).ignoring_as_said_in(document.envelope)


def _expanded_bytes(event: RawEvent, context: Context) -> int:
    """An upper bound of the bytes that its member names take with their namespaces written out, as the hash does."""
    longest = max(map(len, context.prefixes.values()), default=0)
    most = event.raw.count(b":") * longest
    # Most colons of a large event stand in its things' ids; looking for those behind names takes longer.
    return most if most <= MOST_EXPANDED else sum(1 for _ in _NAME_END.finditer(event.raw)) * longest
