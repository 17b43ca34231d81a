"""The ports on PostgreSQL: the peer behind the same API. COPY, jsonb beside the bytes, the same index as btrees.

One transaction stores a group of captures whole, so it needs none of the care that a store without transactions needs:
no order of tables, no check that an index row has its event. What differs from the product's store in its favour:
event ids are found by the unique key and declarations by a partial index, so two tables less are written; index rows
are written with a new event only, so their btrees hold no more than the thing and the instant.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, fields
from datetime import UTC, datetime
from queue import LifoQueue
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import tuple_row

from services.domain.chain.relations import Entry, Role, pack, unpack
from services.domain.times import EPOCH, datetime_of, microseconds_of
from services.ports import (
    ALL_ROLES,
    ApiKey,
    Capture,
    CaptureLetters,
    CaptureRecord,
    EventReader,
    EventWriter,
    IndexRow,
    KeyStore,
    Standing,
    StoredEvent,
    StoredLetter,
    StoreUnavailable,
)
from tests.bench import postgres_rows
from tests.bench.postgres_rows import HEADER, TABLES, TRAILER, Rows

_INDEX = """thing text NOT NULL, event_time timestamptz NOT NULL, ref bytea NOT NULL, entry bytea NOT NULL,
    other text NOT NULL"""
_EVENT = """event_time timestamptz NOT NULL, event_id text NOT NULL, content bytea NOT NULL,
    zone_minutes smallint NOT NULL,
    event_type text NOT NULL, action text NOT NULL, biz_step text NOT NULL, disposition text NOT NULL,
    read_point text NOT NULL, biz_location text NOT NULL, declares_error boolean NOT NULL, party text NOT NULL,
    capture_id uuid NOT NULL, position int NOT NULL, context bytea NOT NULL, raw bytea NOT NULL, body jsonb NOT NULL"""
_CAPTURE = """capture_id uuid NOT NULL, created_at timestamptz NOT NULL, kind text NOT NULL, party text NOT NULL,
    error_behaviour text NOT NULL, success boolean NOT NULL, events int NOT NULL, first_event_time timestamptz NOT NULL,
    last_event_time timestamptz NOT NULL, errors text NOT NULL, frame bytea NOT NULL"""
_COLUMNS = {"events": _EVENT, "thing_events": _INDEX, "thing_contents": _INDEX, "captures": _CAPTURE}
SCHEMA = f"""
CREATE TABLE IF NOT EXISTS events ({_EVENT}, record_time timestamptz NOT NULL, UNIQUE (event_id, content));
CREATE INDEX IF NOT EXISTS events_event_time ON events (event_time);
CREATE INDEX IF NOT EXISTS events_declared ON events (event_id) WHERE declares_error;
CREATE TABLE IF NOT EXISTS thing_events ({_INDEX});
CREATE INDEX IF NOT EXISTS thing_events_thing ON thing_events (thing, event_time);
CREATE TABLE IF NOT EXISTS thing_contents ({_INDEX});
CREATE INDEX IF NOT EXISTS thing_contents_thing ON thing_contents (thing, event_time);
CREATE TABLE IF NOT EXISTS captures ({_CAPTURE}, finished_at timestamptz NOT NULL, PRIMARY KEY (capture_id));
CREATE INDEX IF NOT EXISTS captures_newest ON captures (created_at DESC, capture_id DESC);
CREATE TABLE IF NOT EXISTS api_keys (key_id text PRIMARY KEY, secret_hash bytea NOT NULL, party text NOT NULL,
    admin boolean NOT NULL, label text NOT NULL, created_at timestamptz NOT NULL, revoked_at timestamptz);
"""
# Rows go into a table in the order of its unique key: two groups at once cannot wait for each other in a circle. Index
# rows follow only an event that is new, so they need no unique key of their own.
_NEW = "CREATE TEMP TABLE stage_new (event_time timestamptz NOT NULL, ref bytea NOT NULL) ON COMMIT DELETE ROWS"
_FOLLOW = "SELECT DISTINCT s.* FROM stage_{0} s JOIN stage_new n ON n.event_time = s.event_time AND n.ref = s.ref"
_MERGE = {
    "events": "WITH new AS (INSERT INTO events SELECT s.*, %s FROM stage_events s ORDER BY event_id, content"
    " ON CONFLICT DO NOTHING RETURNING event_time, content)"
    " INSERT INTO stage_new SELECT event_time, substring(content, 1, 8) FROM new",
    "thing_events": "INSERT INTO thing_events " + _FOLLOW.format("thing_events"),
    "thing_contents": "INSERT INTO thing_contents " + _FOLLOW.format("thing_contents"),
    "captures": "INSERT INTO captures SELECT s.*, %s FROM stage_captures s ORDER BY capture_id ON CONFLICT DO NOTHING",
}
_STORED = """SELECT event_id, content, event_time, zone_minutes, event_type, action, biz_step, disposition, read_point,
    biz_location, declares_error, party, capture_id, position, context, raw, record_time FROM events """
_CAPTURES = """SELECT capture_id, created_at, finished_at, kind, party, error_behaviour, success, events,
    first_event_time, last_event_time, errors, frame FROM captures """
_ENTRY = Entry(Role.EPC, "", "", "", "", "", "", declares_error=False)
_KEYS = "SELECT key_id, secret_hash, party, admin, label, created_at, revoked_at FROM api_keys "
_ROLE_AT = pack(_ENTRY).index(Role.EPC.value.encode())
_LATEST = datetime(2299, 12, 31, tzinfo=UTC)

Connection = psycopg.Connection[tuple[Any, ...]]


class _Pool:
    """Connections to one database, lent to one statement or transaction each."""

    def __init__(self, dsn: str, connections: int) -> None:
        self._lent: LifoQueue[Connection] = LifoQueue()
        with psycopg.connect(dsn) as first:
            first.execute(SCHEMA)
        self._all = [psycopg.connect(dsn, autocommit=True, row_factory=tuple_row) for _ in range(connections)]
        for connection in self._all:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(_NEW)
            for table, columns in _COLUMNS.items():
                connection.execute(f"CREATE TEMP TABLE stage_{table} ({columns}) ON COMMIT DELETE ROWS")
            self._lent.put(connection)

    @contextmanager
    def lend(self) -> Iterator[Connection]:
        """Lends a connection to the calling thread; waits when all are lent."""
        lent = self._lent.get()
        try:
            yield lent
        except psycopg.Error as error:
            raise StoreUnavailable(str(error)) from error
        finally:
            self._lent.put(lent)

    def rows(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """The rows of one query."""
        with self.lend() as connection:
            return connection.execute(statement, parameters).fetchall()

    def close(self) -> None:
        """Closes the connections."""
        for connection in self._all:
            connection.close()


class PostgresKeys:
    """API keys: see `services.ports.KeyStore`."""

    def __init__(self, pool: _Pool) -> None:
        self._pool = pool

    def put_key(self, key: ApiKey) -> None:
        """See `services.ports.KeyStore.put_key`."""
        statement = (
            "INSERT INTO api_keys VALUES (%s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (key_id) DO UPDATE SET revoked_at = excluded.revoked_at"
        )
        with self._pool.lend() as connection:
            connection.execute(statement, astuple(key))

    def key(self, key_id: str) -> ApiKey | None:
        """See `services.ports.KeyStore.key`."""
        found = self._pool.rows(_KEYS + "WHERE key_id = %s", key_id)
        return ApiKey(*found[0]) if found else None

    def keys(self) -> list[ApiKey]:
        """See `services.ports.KeyStore.keys`."""
        return [ApiKey(*row) for row in self._pool.rows(_KEYS + "ORDER BY created_at, key_id")]


class PostgresStore:
    """Writer and reader in one, keys beside them: see `services.ports`.

    Attributes:
        writer, reader, keys: as `ClickHouseStore` has them.
    """

    def __init__(self, dsn: str, connections: int = 8) -> None:
        """Opens the store, making its tables where they are not there.

        Args:
            dsn: libpq connection string.
            connections: statements that may run at once.
        """
        self._pool = _Pool(dsn, connections)
        self._rows = self._pool.rows
        self.writer: EventWriter[Rows] = self
        self.reader: EventReader = self
        self.keys: KeyStore = PostgresKeys(self._pool)
        self.letters: CaptureLetters = self

    def close(self) -> None:
        """Closes the connections."""
        self._pool.close()

    def ping(self) -> None:
        """Raises StoreUnavailable when the server does not answer."""
        self._rows("SELECT 1")

    def arrived(self, capture_ids: Sequence[UUID]) -> dict[UUID, int]:
        """See `services.ports.EventReader.arrived`; it takes nothing over Kafka."""
        del capture_ids
        return {}

    def letters_of(self, capture_id: UUID) -> list[StoredLetter]:
        """See `services.ports.CaptureLetters.letters_of`; it takes nothing over Kafka."""
        del capture_id
        return []

    def vacuum(self) -> None:
        """Gives the planner and the visibility map what autovacuum would."""
        with self._pool.lend() as connection:
            for table in TABLES:
                connection.execute(f"VACUUM (ANALYZE) {table}")

    def sizes(self) -> list[tuple[str, str, int, int, int]]:
        """(table, heap, toast or indexes, bytes, rows, 1) of each table."""
        found = []
        for table in TABLES:
            ((rows, heap, toast, indexes),) = self._rows(
                f"SELECT count(*), pg_relation_size('{table}'), pg_table_size('{table}') - pg_relation_size('{table}'),"
                f" pg_indexes_size('{table}') FROM {table}"
            )
            parts = {"heap": heap, "toast and maps": toast, "indexes": indexes}
            found += [(table, part, size, rows, 1) for part, size in parts.items()]
        return found

    def prepare(self, capture: Capture) -> Rows:
        """See `services.ports.EventWriter.prepare`."""
        return postgres_rows.prepare(capture)

    def commit(self, prepared: Sequence[Rows], record_time: datetime) -> None:
        """See `services.ports.EventWriter.commit`; record times of one process never go back, so the first stays."""
        with self._pool.lend() as connection, connection.transaction(), connection.cursor() as cursor:
            for table in TABLES:
                block = b"".join(row for rows in prepared for row in rows.tables[table])
                if not block:
                    continue
                with cursor.copy(f"COPY stage_{table} FROM STDIN (FORMAT BINARY)") as copy:
                    copy.write(HEADER + block + TRAILER)
                cursor.execute(_MERGE[table], (record_time,) if "%s" in _MERGE[table] else ())

    def events_by_id(self, event_id: str, as_of: datetime | None = None) -> list[StoredEvent]:
        """See `services.ports.EventReader.events_by_id`."""
        condition = "WHERE event_id = %s AND record_time <= %s ORDER BY event_time, event_id, content"
        return [_stored(row) for row in self._rows(_STORED + condition, event_id, as_of or _LATEST)]

    def thing_events(
        self, things: Sequence[str], as_of: datetime | None = None, roles: Collection[Role] = ALL_ROLES
    ) -> list[IndexRow]:
        """See `services.ports.EventReader.thing_events`."""
        return self._index("thing_events", things, as_of, roles)

    def thing_contents(self, things: Sequence[str], as_of: datetime | None = None) -> list[IndexRow]:
        """See `services.ports.EventReader.thing_contents`."""
        return self._index("thing_contents", things, as_of, ALL_ROLES)

    def _index(
        self, table: str, things: Sequence[str], as_of: datetime | None, roles: Collection[Role]
    ) -> list[IndexRow]:
        rows = self._rows(
            f"SELECT i.thing, i.event_time, e.record_time, e.event_id, e.content, i.entry, i.other FROM {table} i"
            " JOIN events e ON e.event_time = i.event_time AND substring(e.content, 1, 8) = i.ref"
            f" WHERE i.thing = ANY(%s) AND e.record_time <= %s AND get_byte(i.entry, {_ROLE_AT}) = ANY(%s)",
            list(things),
            as_of or _LATEST,
            [ord(role.value) for role in roles],
        )
        found = [
            IndexRow(thing, microseconds_of(time), microseconds_of(recorded), event_id, content, unpack(entry), other)
            for thing, time, recorded, event_id, content, entry, other in rows
        ]
        found = list(dict.fromkeys(found))  # what two event ids say alike has its index rows twice
        found.sort(key=lambda r: (r.thing, r.event_time_us, not r.entry.unpacks, r.event_id, r.content, r.other))
        return found

    def standing(self, event_ids: Sequence[str], as_of: datetime | None = None) -> dict[str, Standing]:
        """See `services.ports.EventReader.standing`."""
        statement = (
            "SELECT event_id, declares_error, content FROM events WHERE event_id = ANY(%s) AND record_time <= %s"
        )
        found: dict[str, Standing] = {}
        for event_id, declares, content in self._rows(statement, list(event_ids), as_of or _LATEST):
            standing = found.setdefault(event_id, Standing())
            if declares:
                standing.declared = True
            else:
                standing.contents.add(bytes(content))
        return found

    def capture(self, capture_id: UUID) -> CaptureRecord | None:
        """See `services.ports.EventReader.capture`."""
        found = self._rows(_CAPTURES + "WHERE capture_id = %s", capture_id)
        return _capture(found[0]) if found else None

    def captures(self, before: tuple[datetime, UUID] | None, limit: int) -> list[CaptureRecord]:
        """See `services.ports.EventReader.captures`."""
        at, last = before or (_LATEST, UUID(int=2**128 - 1))
        condition = "WHERE (created_at, capture_id) < (%s, %s) ORDER BY created_at DESC, capture_id DESC LIMIT %s"
        return [_capture(row) for row in self._rows(_CAPTURES + condition, at, last, limit)]

    def events_of_capture(self, record: CaptureRecord) -> list[bytes]:
        """See `services.ports.EventReader.events_of_capture`."""
        statement = "SELECT raw FROM events WHERE event_time BETWEEN %s AND %s AND capture_id = %s ORDER BY position"
        first, last = datetime_of(record.first_event_us), datetime_of(record.last_event_us)
        return [bytes(row[0]) for row in self._rows(statement, first, last, record.capture_id)]

    def latest(self) -> datetime:
        """See `services.ports.EventReader.latest`."""
        return max((row[0] for row in self._rows("SELECT max(record_time) FROM events") if row[0]), default=EPOCH)

    def count(self) -> int:
        """See `services.ports.EventReader.count`."""
        return int(self._rows("SELECT count(*) FROM events")[0][0])


def _stored(row: tuple[Any, ...]) -> StoredEvent:
    (event_id, content, event_time, zone, event_type, action, biz_step, disposition, read_point, biz_location, declares,
     party, capture_id, position, context, raw, record_time) = row  # fmt: skip
    return StoredEvent(
        event_id=event_id,
        content=content,
        event_time_us=microseconds_of(event_time),
        record_time_us=microseconds_of(record_time),
        zone_minutes=zone,
        entry=Entry(Role.EPC, event_type, action, biz_step, disposition, read_point, biz_location, declares),
        party=party,
        capture_id=capture_id,
        position=position,
        context_raw=context,
        raw=raw,
    )


def _capture(row: tuple[Any, ...]) -> CaptureRecord:
    found = dict(zip((field.name for field in fields(CaptureRecord) if field.name != "awaited"), row, strict=True))
    for name in ("first_event_us", "last_event_us"):
        found[name] = microseconds_of(found[name])
    return CaptureRecord(**found)
