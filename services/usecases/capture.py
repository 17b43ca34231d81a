"""Capture: bytes come in, are checked, become rows, and are on disk when the caller gets its answer."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic
from uuid import UUID

import msgspec

from services.domain.accepted import AcceptedEvent
from services.domain.epcis.context import Context
from services.domain.epcis.documents import Document, RawEvent, read_document, read_event
from services.domain.epcis.json_text import check_bytes, decode_unique
from services.domain.epcis.structure import step
from services.domain.epcis.vocabulary import EPCIS_CONTEXT
from services.domain.errors import InvalidDocument, TianzhuoError, TooManyEvents, Violation
from services.domain.scans.convert import to_epcis
from services.ports import Capture, EventReader, EventWriter, P
from services.ports.spans import span
from services.usecases.capture_ids import new_capture_id
from services.usecases.committer import Committer
from services.usecases.gathered import Gathered
from services.usecases.receive import MOST_ERRORS, accept_events, context_of


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
        self._known = Gathered(reader.standing)
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
        """Captures one bare event (POST /events); the same event again is no error, and is stored again.

        For a row that can be read may be void: its writer was told so, or is not there any more to be told.

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
            known = await self._known.of(event.event_id)
            if known is not None and known.contents - {event.content}:
                raise EventIdTaken(event.event_id)
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
        context = context_of(document)
        with span("validate", events=len(document.events)):
            events, violations = accept_events(document.events, context, document.context_raw, self._limit)
        if violations and behaviour is ErrorBehaviour.ROLLBACK:
            raise InvalidDocument(violations)
        frame = document.frame
        if len(events) < len(document.events):
            frame = _frame_of_stored(document, {event.position for event in events})
        capture = self._capture(events, violations, kind, party, behaviour, frame)
        capture.ignored = context.ignored
        return capture, self._writer.prepare(capture)

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
        with span("validate", events=len(raw)):
            events, violations = accept_events(
                raw, Context.of(EPCIS_CONTEXT), msgspec.json.encode(EPCIS_CONTEXT), self._limit
            )
        if violations:
            raise InvalidDocument(violations)
        capture = self._capture(events, [], "scans", party, ErrorBehaviour.ROLLBACK, body)
        return capture, self._writer.prepare(capture)

    def _capture(
        self,
        events: list[AcceptedEvent],
        violations: list[Violation],
        kind: str,
        party: str,
        behaviour: ErrorBehaviour,
        frame: bytes,
    ) -> Capture:
        now = self._clock()
        return Capture(
            capture_id=new_capture_id(now),
            created_at=now,
            kind=kind,
            party=party,
            error_behaviour=behaviour,
            errors=msgspec.json.encode(violations).decode(),
            frame=frame,
            events=events,
        )


def _frame_of_stored(document: Document, stored: set[int]) -> bytes:
    """The frame in which only stored events are cut out: what was refused stays as it came."""
    parts = document.frame.split(b"\x00")
    out = [parts[0]]
    for position, (event, part) in enumerate(zip(document.events, parts[1:], strict=True)):
        out.append(b"\x00" if position in stored else event.raw)
        out.append(part)
    return b"".join(out)
