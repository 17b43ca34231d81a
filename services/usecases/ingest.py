"""Ingest: records of `captures.v1` become blocks for the store, or dead letters that say why not.

Everything here is a pure function of the records, so a record that is read again gives the same rows.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Generic

import msgspec

from services.domain.epcis.context import Context
from services.domain.epcis.documents import Document, RawEvent, check_context, read_document, read_event, repeats_of
from services.domain.epcis.json_text import check_bytes, decode
from services.domain.epcis.structure import ABSENT, short_json
from services.domain.errors import InvalidDocument, TooManyEvents, Violation
from services.domain.record_head import CaptureHead, Head, own_capture, read_head
from services.domain.times import datetime_of
from services.ports import NO_CAPTURE, B, BlockWriter, Capture, CaptureTooLarge, Delivery, Letter, Record
from services.usecases.receive import accept_events, context_of

MOST_CONTEXTS = 512
"""Contexts that are remembered; an emitter's is the same in all its records."""
DOCUMENTS = frozenset({"EPCISDocument", "EPCISQueryDocument"})


class Receiver(Generic[B]):
    """Turns records into deliveries. Not thread-safe: it remembers contexts."""

    def __init__(self, writer: BlockWriter[B], events_limit: int) -> None:
        """Builds it.

        Args:
            writer: makes the blocks.
            events_limit: events that one record may hold.
        """
        self._writer = writer
        self._limit = events_limit
        self._contexts: dict[tuple[bytes, bytes], Context] = {}

    def block(self, records: Sequence[Record]) -> tuple[B, list[Letter]]:
        """One block of all the records, and those of them that it holds as dead letters."""
        block = self._writer.new_block()
        letters: list[Letter] = []
        for record in records:
            found = self.receive(record)
            if isinstance(found, Delivery):
                try:
                    block.add(found)
                    continue
                except CaptureTooLarge as error:
                    words = [Violation("", f"{len(record.value or b'')} bytes", str(error))]
                    found = Letter(record, "limits", words, found.capture_id, found.party, found.replay_of)
            block.add_letter(found)
            letters.append(found)
        return block, letters

    def receive(self, record: Record) -> Delivery | Letter:
        """What one record brings. Never raises but for lack of memory."""
        head, stage = Head(party=""), "headers"
        try:
            head, stage = read_head(record.headers), "decode"
            found = self._deliver(record, head)
            if isinstance(found, Delivery):
                return found
            stage, violations = "validate", found
        except InvalidDocument as error:
            violations = error.violations
        except TooManyEvents as error:
            stage, violations = "limits", [Violation("", "too many events", str(error))]
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - what nobody foresaw must not stop the records behind it
            words = f"no failure of ours: {error}"[:500]
            stage, violations = "unforeseen", [Violation("", type(error).__name__, words)]
        return Letter(record, stage, violations, head.capture_id or NO_CAPTURE, head.party, head.replay_of)

    def _deliver(self, record: Record, head: Head) -> Delivery | list[Violation]:
        """What it brings, or what is wrong with its events. Raises InvalidDocument, TooManyEvents."""
        if record.value is None:
            raise InvalidDocument([Violation("", ABSENT, "an event or a document as JSON")])
        if head.capture is not None:
            return self._capture(record, head, head.capture)
        if head.capture_id is None and not head.context:
            return self._document(record, head, _read(record.value, self._limit))
        event, context = self._event(record.value, head)
        events, violations = accept_events([event], context, head.context, 1, head.position)
        if violations:
            return violations
        capture_id = head.capture_id or own_capture(record.origin)
        in_capture = head.capture_id is not None
        return Delivery(record, capture_id, head.party, events, in_capture=in_capture, replay_of=head.replay_of)

    def _event(self, value: bytes, head: Head) -> tuple[RawEvent, Context]:
        """An event whose context the headers tell."""
        check_bytes(value)
        obj = decode(value)
        if not isinstance(obj, dict):
            raise InvalidDocument([Violation("", short_json(obj), "an event: a JSON object with a type")])
        event = RawEvent(value, obj, "")
        if found := repeats_of(event):
            raise InvalidDocument(found)
        return event, self._context(head)

    def _context(self, head: Head) -> Context:
        key = (head.context, head.ignored)
        found = self._contexts.get(key)
        if found is None:
            value = msgspec.json.decode(head.context or b"[]")
            check_context(head.context, value, "#context")
            plain = Context.of(value)
            ignored = msgspec.json.decode(head.ignored or b"[]", type=frozenset[str])
            found = Context(plain.prefixes, ignored)
            if len(self._contexts) >= MOST_CONTEXTS:
                self._contexts.clear()
            self._contexts[key] = found
        return found

    def _document(self, record: Record, head: Head, document: Document) -> Delivery | list[Violation]:
        """An event or a document that somebody produced directly: all of it or nothing."""
        events, violations = accept_events(document.events, context_of(document), document.context_raw, self._limit)
        if violations:
            return violations
        capture_id = own_capture(record.origin)
        made = Delivery(record, capture_id, head.party, events, replay_of=head.replay_of)
        if document.kind != "Event":
            made.capture = Capture(
                capture_id,
                datetime_of(record.time_us),
                "document",
                head.party,
                "rollback",
                "[]",
                document.frame,
                events,
            )
        return made

    def _capture(self, record: Record, head: Head, said: CaptureHead) -> Delivery:
        """A capture that was sent in pieces: its own record."""
        if head.capture_id is None:
            raise InvalidDocument([Violation("#capture-id", ABSENT, "the id of the capture")])
        created: datetime = datetime_of(said.created_us)
        capture = Capture(
            head.capture_id,
            created,
            said.kind,
            head.party,
            said.error_behaviour,
            said.errors,
            record.value or b"",
            awaited=said.events,
            between=(said.first_event_us, said.last_event_us),
        )
        return Delivery(record, head.capture_id, head.party, [], capture=capture, replay_of=head.replay_of)


def _read(value: bytes, limit: int) -> Document:
    """An event or a document, whichever it is: the outermost type tells."""
    try:
        kind = msgspec.json.decode(value, type=_Outline).type
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        kind = None  # the readers say better what is wrong
    return read_document(value, limit) if kind in DOCUMENTS else read_event(value)


class _Outline(msgspec.Struct):
    type: str
