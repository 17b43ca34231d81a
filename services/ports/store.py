"""What the use cases need from a store: the protocols, and the records that travel through them.

Every implementation passes the same suite, tests/store/test_conformance.py.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from services.domain.accepted import AcceptedEvent
from services.domain.chain.relations import Entry, Role
from services.domain.errors import TianzhuoError

ALL_ROLES: Collection[Role] = frozenset(Role)


class StoreUnavailable(TianzhuoError):
    """The store cannot take or give anything now; the same call may succeed later. Nothing was acknowledged."""


class StoreFailed(StoreUnavailable):
    """The store does not answer or refuses a statement; the text is for whoever runs the service, not for its callers.

    Attributes:
        reason: the same for the log: without what a statement held.
    """

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(text)
        self.reason = reason


class StoreFull(StoreUnavailable):
    """The store has no room left. Nothing was acknowledged."""


class CaptureTooLarge(TianzhuoError):
    """A capture is within the limits of a body, but what the index would say of its things is not."""


class StoreLocked(TianzhuoError):
    """Another process has the embedded store open."""


class SchemaMismatch(TianzhuoError):
    """The store's schema is not the one that this version declares (stale, newer, or edited by hand)."""


@dataclass(frozen=True, slots=True)
class CaptureRecord:
    """An ended capture job.

    Attributes:
        capture_id: its id.
        created_at, finished_at: UTC.
        kind: `document`, `event` or `scans`.
        party: who sent it.
        error_behaviour: `rollback` or `proceed`.
        success: every event is stored.
        events: how many events it stored.
        first_event_us, last_event_us: between which event times they lie, microseconds since 1970-01-01 UTC.
        errors: problems, as JSON array text.
        frame: the body as it came, each stored event's bytes replaced by one NUL (the whole body for scans).
        awaited: how many of its events travel by themselves, so that they may be stored later than this record; 0 when
            all were stored before it.
    """

    capture_id: UUID
    created_at: datetime
    finished_at: datetime
    kind: str
    party: str
    error_behaviour: str
    success: bool
    events: int
    first_event_us: int
    last_event_us: int
    errors: str
    frame: bytes
    awaited: int = 0


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as it is stored.

    Attributes:
        event_id: eventID.
        content: 16 bytes that tell contents under one event id apart.
        event_time_us, record_time_us: microseconds since 1970-01-01 UTC.
        zone_minutes: eventTimeZoneOffset in minutes.
        entry: what it says, in the role of an EPC.
        party: who sent it.
        capture_id, position: in which capture it came first, and where in it.
        context_raw: the @context it came with, as JSON bytes.
        raw: the bytes that came in.
    """

    event_id: str
    content: bytes
    event_time_us: int
    record_time_us: int
    zone_minutes: int
    entry: Entry
    party: str
    capture_id: UUID
    position: int
    context_raw: bytes
    raw: bytes


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One row of the index by thing, joined with its event.

    Attributes:
        thing: key of the thing (`services.domain.chain.relations.thing_key`).
        event_time_us, record_time_us: microseconds since 1970-01-01 UTC.
        event_id, content: of the event.
        entry: what the event says about the thing.
        other: key of the other side (`services.domain.chain.relations.Row`).
    """

    thing: str
    event_time_us: int
    record_time_us: int
    event_id: str
    content: bytes
    entry: Entry
    other: str


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key without its secret.

    Attributes:
        key_id: public part.
        secret_hash: SHA-256 of the secret, 32 bytes.
        party: canonical id or name of the party that writes with it.
        admin: whether it may manage keys.
        label: what it is for.
        created_at: UTC.
        revoked_at: UTC, None while the key is valid.
    """

    key_id: str
    secret_hash: bytes
    party: str
    admin: bool
    label: str
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(slots=True)
class Capture:
    """One capture on its way to the store: the record it will leave, and its accepted events.

    Attributes:
        ignored: names of event members that its events' hashes leave out (`Context.ignored`).
        awaited: see `CaptureRecord.awaited`; then `events` is empty and `between` says where they are.
        between: first and last event time, microseconds since 1970-01-01 UTC, of the awaited events.
    """

    capture_id: UUID
    created_at: datetime
    kind: str
    party: str
    error_behaviour: str
    errors: str
    frame: bytes
    events: list[AcceptedEvent] = field(default_factory=list)
    ignored: frozenset[str] = frozenset()
    awaited: int = 0
    between: tuple[int, int] = (0, 0)


class Prepared(Protocol):
    """A capture made ready for the store, in the store's own form."""

    @property
    def events(self) -> int:
        """How many events it holds."""

    @property
    def size(self) -> int:
        """Bytes that the store will be sent."""


P = TypeVar("P", bound=Prepared)


class EventWriter(Protocol[P]):
    """The way in.

    `prepare` is pure and may run in any thread. `commit` blocks; it may be called from several threads.
    """

    def prepare(self, capture: Capture) -> P:
        """Turns a capture into blocks for `commit`. Raises CaptureTooLarge."""

    def commit(self, prepared: Sequence[P], record_time: datetime) -> None:
        """Stores all events of all captures, then the captures' records; returns when everything is on disk.

        Idempotent: committing the same again changes no answer. On an error nothing is acknowledged, though some of it
        may be stored; index rows are stored before events, so an event that can be found is whole.

        Raises:
            StoreFull: no room.
            StoreUnavailable: the store cannot be reached or refuses.
        """


@dataclass(slots=True)
class Standing:
    """What is recorded under an event id, whatever things it names.

    Attributes:
        contents: of its events; more than one: they are different events.
        declared: whether an error declaration withdraws them.
    """

    contents: set[bytes] = field(default_factory=set)
    declared: bool = False


class EventReader(Protocol):
    """The way out. Every method blocks, may be called from any thread, and raises StoreUnavailable."""

    def events_by_id(self, event_id: str, as_of: datetime | None = None) -> list[StoredEvent]:
        """All distinct events under an event id (declarations too), recorded at or before `as_of`, in event order."""

    def thing_events(
        self, things: Sequence[str], as_of: datetime | None = None, roles: Collection[Role] = ALL_ROLES
    ) -> list[IndexRow]:
        """Backward rows of these things in these roles, each once, in order of thing and event (CHAIN: order)."""

    def thing_contents(self, things: Sequence[str], as_of: datetime | None = None) -> list[IndexRow]:
        """Forward rows of these things, each once, in order of thing and event (CHAIN: order)."""

    def standing(self, event_ids: Sequence[str], as_of: datetime | None = None) -> dict[str, Standing]:
        """What was recorded at or before `as_of` under these event ids; an id without anything is left out."""

    def capture(self, capture_id: UUID) -> CaptureRecord | None:
        """The record of an ended capture job, None when there is none."""

    def captures(self, before: tuple[datetime, UUID] | None, limit: int) -> list[CaptureRecord]:
        """Ended capture jobs, newest first, after the one with this creation time and id; the frames are left out."""

    def arrived(self, capture_ids: Sequence[UUID]) -> dict[UUID, int]:
        """How many events that travelled by themselves are stored, of each of these captures; none: left out."""

    def events_of_capture(self, record: CaptureRecord) -> list[bytes]:
        """The bytes of a capture's events, in its order; those of one that another brought earlier may be missing."""

    def latest(self) -> datetime:
        """The latest record time of anything captured, 1970-01-01 when there is nothing. Looks at every event."""

    def count(self) -> int:
        """How many distinct events are stored."""


class KeyStore(Protocol):
    """API keys."""

    def put_key(self, key: ApiKey) -> None:
        """Stores a new key, or the revocation of one (by `revoked_at`)."""

    def key(self, key_id: str) -> ApiKey | None:
        """The key with this id, revoked or not."""

    def keys(self) -> list[ApiKey]:
        """All keys, oldest first."""


Key = tuple[str, ...]
"""A place in a table's order, as text that outlives the process."""


@dataclass(frozen=True, slots=True)
class Slice:
    """A stretch of a table in its order, whatever it holds when it is read.

    Attributes:
        table: its name.
        after: where the stretch begins, this key left out; None: at the table's beginning.
        until: where it ends, this key with all its rows included.
        rows: how many rows it held when it was cut, duplicates included.
    """

    table: str
    after: Key | None
    until: Key
    rows: int


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a set of rows amounts to, in any order; fingerprints of separate sets add up.

    Attributes:
        rows: how many distinct rows.
        total: the sum of their SHA-256, modulo 2**256.
    """

    rows: int = 0
    total: int = 0

    def __add__(self, other: "Fingerprint") -> "Fingerprint":
        """The fingerprint of both sets together."""
        return Fingerprint(self.rows + other.rows, (self.total + other.total) % 2**256)


class BulkStore(Protocol):
    """A whole store, table by table, as bytes that another store of the same schema takes.

    Every method blocks, may be called from any thread, and raises StoreUnavailable.
    """

    @property
    def tables(self) -> Sequence[str]:
        """What there is to copy, in the order in which to write: whatever can be found then is whole."""

    def count_rows(self, table: str) -> int:
        """How many rows the table holds, duplicates included."""

    def cut(self, table: str, after: Key | None, rows: int, size: int | None = None) -> Slice | None:
        """The next slice of at most `rows` rows and about `size` bytes (at least one key); None at the end."""

    def read(self, piece: Slice) -> bytes:
        """The slice's rows, duplicates included."""

    def write(self, table: str, block: bytes, token: str) -> None:
        """Stores rows that `read` gave, whole or not at all; the same token again soon after changes nothing."""

    def fingerprint(self, piece: Slice) -> Fingerprint:
        """The slice's rows as the readers take them: of several deliveries of the same the one that counts."""
