"""Capture jobs: what became of a capture (EPCIS 2.0 §12, CaptureJob)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from services.ports import CaptureLetters, CaptureRecord, EventReader, StoredLetter
from services.usecases.capture_ids import begun_at
from services.usecases.lookup import UnknownCapture

GRACE = timedelta(seconds=60)
"""How long after its beginning a capture may reach the bus: until then an unknown id may be one."""


@dataclass(frozen=True, slots=True)
class Job:
    """A capture job as it stands.

    Attributes:
        capture_id: its id.
        created_at: when it began, UTC.
        record: what the store has of it; None while it has nothing.
        running: some of its events are neither stored nor refused yet.
        letters: its events that ingest could not accept.
    """

    capture_id: UUID
    created_at: datetime
    record: CaptureRecord | None
    running: bool
    letters: list[StoredLetter] = field(default_factory=list)

    @property
    def success(self) -> bool:
        """Whether all is well so far: while it runs nothing has failed, and at its end everything is stored."""
        return not self.letters and (self.record is None or self.record.success)


class Jobs:
    """Answers from the store. Methods block, may be called from several threads, and raise StoreUnavailable."""

    def __init__(self, reader: EventReader, letters: CaptureLetters, known_until: Callable[[], datetime]) -> None:
        """Builds it.

        Args:
            reader: where captures are.
            letters: where the refused are.
            known_until: up to which time everything recorded is stored.
        """
        self._reader = reader
        self._letters = letters
        self._known_until = known_until

    def job(self, capture_id: UUID) -> Job:
        """One job.

        Raises:
            UnknownCapture: there is none.
        """
        record = self._reader.capture(capture_id)
        if record is not None:
            return self._states([record])[0]
        begun = begun_at(capture_id)
        if begun is None or begun + GRACE < self._known_until():
            raise UnknownCapture(str(capture_id))
        return Job(capture_id, begun, None, running=True)

    def jobs(self, before: tuple[datetime, UUID] | None, limit: int) -> list[Job]:
        """Jobs that the store knows, newest first, after the one with this creation time and id."""
        return self._states(self._reader.captures(before, limit))

    def _states(self, records: Sequence[CaptureRecord]) -> list[Job]:
        arrived = self._reader.arrived([record.capture_id for record in records if record.awaited])
        found = []
        for record in records:
            missing = record.awaited - arrived.get(record.capture_id, 0)
            letters = self._letters.letters_of(record.capture_id) if missing > 0 else []
            mended = [letter for letter in letters if letter.mended]
            refused = [letter for letter in letters if not letter.mended and not letter.letter.replay_of]
            running = missing > len(letters) - len(mended)
            found.append(Job(record.capture_id, record.created_at, record, running, refused))
        return found
