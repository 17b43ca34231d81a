"""What travels over the message bus, and what ingest needs of a store."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypeVar
from uuid import UUID

from services.domain.accepted import AcceptedEvent
from services.domain.errors import TianzhuoError, Violation
from services.ports.store import Capture

NO_CAPTURE = UUID(int=0)
"""Of what belongs to no capture."""


class BusUnavailable(TianzhuoError):
    """The message bus cannot take or give anything now; the same call may succeed later. Nothing was acknowledged."""


class BusFailed(BusUnavailable):
    """The message bus does not answer or refuses; the text is for whoever runs the service, not for its callers.

    Attributes:
        reason: the same for the log: without what a record held.
    """

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(text)
        self.reason = reason


class Record(NamedTuple):
    """One record of a topic, as it was read.

    Attributes:
        topic, partition, offset: where it stands.
        time_us: when the broker appended it, microseconds since 1970-01-01 UTC: from then on it is recorded.
        key, value: its bytes; None when it has none.
        headers: names and bytes.
    """

    topic: str
    partition: int
    offset: int
    time_us: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]

    @property
    def origin(self) -> str:
        """`topic:partition:offset`: the name of the record."""
        return f"{self.topic}:{self.partition}:{self.offset}"


@dataclass(slots=True)
class Delivery:
    """What an accepted record brought.

    Attributes:
        record: the record.
        capture_id, party: of the capture that its events belong to.
        events: its events.
        in_capture: whether it is a part of a capture that was sent in pieces, and counts towards its end.
        capture: the capture's own record, when this is it; its `events` are empty.
        replay_of: origin of the dead letter that this record mends, '' for any other.
    """

    record: Record
    capture_id: UUID
    party: str
    events: list[AcceptedEvent]
    in_capture: bool = False
    capture: Capture | None = None
    replay_of: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A record that cannot be accepted: a dead letter.

    Attributes:
        record: the record.
        stage: at which step it was refused: `headers`, `decode`, `validate`, `limits` or `unforeseen`.
        violations: why, never empty.
        capture_id: the capture that it belongs to; `NO_CAPTURE` when it names none.
        party: who sent it, '' when it does not say.
        replay_of: as in `Delivery`.
    """

    record: Record
    stage: str
    violations: list[Violation]
    capture_id: UUID = NO_CAPTURE
    party: str = ""
    replay_of: str = ""


@dataclass(frozen=True, slots=True)
class StoredLetter:
    """A dead letter as the store keeps it.

    Attributes:
        letter: see `Letter`.
        replays: origins of the records that replayed it, in order.
        mended: event ids that came of them.
    """

    letter: Letter
    replays: list[str] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)


class Block(Protocol):
    """Rows of many records, made ready for one insert."""

    @property
    def events(self) -> int:
        """How many events it holds."""

    @property
    def size(self) -> int:
        """Bytes that the store will be sent."""

    @property
    def keys(self) -> Sequence[bytes]:
        """Of each event 8 bytes, of its id and of what it says: the same for the same event, else hardly ever."""

    def add(self, delivery: Delivery) -> None:
        """Adds what a record brought. Raises CaptureTooLarge; the block is as it was then."""

    def add_letter(self, letter: Letter) -> None:
        """Adds a dead letter."""


B = TypeVar("B", bound=Block)


class BlockWriter(Protocol[B]):
    """The way in for ingest. `new_block` and a block's methods are pure; `commit` blocks."""

    def new_block(self) -> B:
        """An empty block."""

    def commit(self, block: B, token: str) -> None:
        """Stores everything in the block; returns when it is on disk.

        Idempotent: the same records in whatever blocks change no answer, and the same block under the same token is
        stored once. Index rows come before events, and those before letters and captures' records.

        Raises:
            StoreFull, StoreUnavailable: some of it may be stored; committing it again mends that.
        """


class CaptureLetters(Protocol):
    """The dead letters of captures. Every method blocks and raises StoreUnavailable."""

    def letters_of(self, capture_id: UUID) -> list[StoredLetter]:
        """The dead letters of a capture, without their bytes."""


class LetterBook(CaptureLetters, Protocol):
    """The dead letters that are stored. Every method blocks and raises StoreUnavailable."""

    def offsets(self, topic: str, partition: int, first: int, end: int) -> list[int]:
        """Offsets of the partition's dead letters from `first` on, below `end`, in order."""

    def letters(self, after: tuple[str, int, int] | None, limit: int) -> list[StoredLetter]:
        """Dead letters in order of topic, partition and offset, after the one of this place; without their bytes."""

    def letter(self, topic: str, partition: int, offset: int) -> StoredLetter | None:
        """One dead letter with its bytes, None when there is none."""
