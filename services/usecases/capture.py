"""Capture: bytes come in, are checked, become rows, and are on disk when the caller gets its answer."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic
from uuid import UUID, uuid4

import msgspec

from services.domain.accepted import AcceptedEvent, accept
from services.domain.epcis.context import Context
from services.domain.epcis.documents import Document, RawEvent, read_document, read_event
from services.domain.epcis.json_text import check_bytes, decode_unique
from services.domain.epcis.structure import short_json, step
from services.domain.epcis.validation import check_event
from services.domain.epcis.vocabulary import EPCIS_CONTEXT
from services.domain.errors import InvalidDocument, TianzhuoError, TooManyEvents, Violation
from services.domain.scans.convert import to_epcis
from services.ports import Capture, EventReader, EventWriter, P
from services.usecases.committer import Committer

MOST_ERRORS = 100
"""Violations that one answer or capture job lists."""
MOST_EXPANDED = 512 * 1024 * 1024
"""Bytes of an event's member names with their namespaces: a small body could otherwise fill the memory."""


class ErrorBehaviour(StrEnum):
    """`GS1-Capture-Error-Behaviour` (EPCIS 2.0 §12): all or nothing, or as many as possible."""

    ROLLBACK = "rollback"
    PROCEED = "proceed"


class EventIdTaken(TianzhuoError):
    """Another event is stored under this event id."""

    def __init__(self, event_id: str) -> None:
        super().__init__(f"another event is stored under the event id {event_id}")
        self.event_id = event_id


@dataclass(frozen=True, slots=True)
class Captured:
    """What a capture led to, once it is on disk.

    Attributes:
        capture_id: the job's id.
        event_ids: ids of the stored events, in the order of the document.
        violations: why the others were refused (`proceed` only).
    """

    capture_id: UUID
    event_ids: list[str]
    violations: list[Violation]


class CaptureService(Generic[P]):
    """The one way in, whatever the emitter speaks."""

    def __init__(
        self,
        writer: EventWriter[P],
        reader: EventReader,
        committer: Committer[P],
        clock: Callable[[], datetime],
        events_limit: int,
    ) -> None:
        self._writer = writer
        self._reader = reader
        self._committer = committer
        self._clock = clock
        self._limit = events_limit

    async def document(self, body: bytes, party: str, behaviour: ErrorBehaviour) -> Captured:
        """Captures an EPCISDocument or EPCISQueryDocument (EPCIS 2.0 §12, POST /capture).

        Raises:
            InvalidDocument: it cannot be read; or, with `rollback`, one of its events is not valid.
            TooManyEvents: it holds more events than one capture may.
            StoreUnavailable: nothing is acknowledged.
        """
        return await self._store(lambda: self._receive(read_document(body, self._limit), "document", party, behaviour))

    async def event(self, body: bytes, party: str) -> tuple[AcceptedEvent, dict[str, Any]]:
        """Captures one bare event (POST /events); the same event again is no error.

        Returns:
            The event, and its JSON object with the `eventID` it has now.

        Raises:
            InvalidDocument, TooManyEvents, StoreUnavailable: as in `document`.
            EventIdTaken: another event, no error declaration among the two, has this id.
        """
        document = await asyncio.to_thread(read_event, body)
        capture, prepared = await asyncio.to_thread(self._receive, document, "event", party, ErrorBehaviour.ROLLBACK)
        event = capture.events[0]
        if not event.entry.declares_error:
            known = await asyncio.to_thread(self._reader.events_by_id, event.event_id)
            plain = {one.content for one in known if not one.entry.declares_error}
            if plain - {event.content}:
                raise EventIdTaken(event.event_id)
            if plain:
                return event, {**document.events[0].obj, "eventID": event.event_id}
        await self._committer.submit(prepared)
        return event, {**document.events[0].obj, "eventID": event.event_id}

    async def scans(self, body: bytes, party: str) -> Captured:
        """Captures one simple scan or a list of them: all or nothing.

        Raises:
            InvalidDocument: one of them is not valid; pointers are those of the scans.
            TooManyEvents, StoreUnavailable: as in `document`.
        """
        return await self._store(lambda: self._receive_scans(body, party))

    async def _store(self, receive: Callable[[], tuple[Capture, P]]) -> Captured:
        capture, prepared = await asyncio.to_thread(receive)
        await self._committer.submit(prepared)
        violations = msgspec.json.decode(capture.errors, type=list[Violation])
        return Captured(capture.capture_id, [event.event_id for event in capture.events], violations)

    def _receive(self, document: Document, kind: str, party: str, behaviour: ErrorBehaviour) -> tuple[Capture, P]:
        events, violations = self._accept(document.events, _context(document), document.context_raw)
        if violations and behaviour is ErrorBehaviour.ROLLBACK:
            raise InvalidDocument(violations)
        frame = document.frame
        if len(events) < len(document.events):
            frame = _frame_of_stored(document, {event.position for event in events})
        return self._capture(events, violations, kind, party, behaviour, frame)

    def _receive_scans(self, body: bytes, party: str) -> tuple[Capture, P]:
        check_bytes(body)
        value = decode_unique(body)
        if isinstance(value, list) and len(value) > self._limit:
            raise TooManyEvents(len(value), self._limit)
        scans = (
            [(step("", place), scan) for place, scan in enumerate(value)] if isinstance(value, list) else [("", value)]
        )
        if not scans:
            raise InvalidDocument([Violation("", "[]", "at least one scan")])
        raw: list[RawEvent] = []
        violations: list[Violation] = []
        for pointer, scan in scans:
            made = to_epcis(scan, pointer)
            if isinstance(made, list):
                violations.extend(made[: MOST_ERRORS - len(violations)])
            else:
                raw.append(RawEvent(msgspec.json.encode(made), made, pointer))
        if violations:
            raise InvalidDocument(violations)
        events, violations = self._accept(raw, Context.of(EPCIS_CONTEXT), msgspec.json.encode(EPCIS_CONTEXT))
        if violations:
            raise InvalidDocument(violations)
        return self._capture(events, [], "scans", party, ErrorBehaviour.ROLLBACK, body)

    def _accept(
        self, raw: Sequence[RawEvent], context: Context, context_raw: bytes
    ) -> tuple[list[AcceptedEvent], list[Violation]]:
        if len(raw) > self._limit:
            raise TooManyEvents(len(raw), self._limit)
        events: list[AcceptedEvent] = []
        violations: list[Violation] = []
        for position, one in enumerate(raw):
            checked = check_event(one.obj, one.pointer)
            if isinstance(checked, list):
                violations.extend(checked[: MOST_ERRORS - len(violations)])
                continue
            own = one.obj.get("@context")
            its_context = context if own is None else context.with_own(own)
            if _expanded_bytes(one, its_context) > MOST_EXPANDED:
                words = "fewer members, or shorter namespaces: written out they are endless"
                violations.append(Violation(one.pointer, short_json(one.obj), words))
                continue
            events.append(accept(one, its_context, context_raw, position))
        return events, violations

    def _capture(
        self,
        events: list[AcceptedEvent],
        violations: list[Violation],
        kind: str,
        party: str,
        behaviour: ErrorBehaviour,
        frame: bytes,
    ) -> tuple[Capture, P]:
        capture = Capture(
            capture_id=uuid4(),
            created_at=self._clock(),
            kind=kind,
            party=party,
            error_behaviour=behaviour,
            errors=msgspec.json.encode(violations).decode(),
            frame=frame,
            events=events,
        )
        return capture, self._writer.prepare(capture)


def _expanded_bytes(event: RawEvent, context: Context) -> int:
    """An upper bound of the bytes that its member names take with their namespaces written out, as the hash does."""
    return event.raw.count(b":") * max(map(len, context.prefixes.values()), default=0)


def _context(document: Document) -> Context:
    return Context.of(document.context).ignoring_as_said_in(document.envelope)


def _frame_of_stored(document: Document, stored: set[int]) -> bytes:
    """The frame in which only stored events are cut out: what was refused stays as it came."""
    parts = document.frame.split(b"\x00")
    out = [parts[0]]
    for position, (event, part) in enumerate(zip(document.events, parts[1:], strict=True)):
        out.append(b"\x00" if position in stored else event.raw)
        out.append(part)
    return b"".join(out)
