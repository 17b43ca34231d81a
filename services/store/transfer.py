"""Whole tables in slices of their sorting key, as raw RowBinary: what `tianzhuo copy` reads, writes and compares.

Keys travel as text: instants as microseconds, strings in hex (they hold any bytes). They are written into the query
itself, because a server takes no parameter beyond 128 KiB and an event id may be longer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.ports import Fingerprint, Key, Slice
from services.store import keys, writer
from services.store.connection import Connections

ONE_BLOCK = 1 << 30
WRITE = {
    "insert_deduplicate": 1,
    "async_insert": 0,
    # Later deliveries of an event stay until the parts merge, as they do in the source.
    "optimize_on_insert": 0,
    # One insert is one block: all of it is stored or nothing.
    "max_insert_block_size": ONE_BLOCK,
    "min_insert_block_size_rows": ONE_BLOCK,
    "min_insert_block_size_bytes": ONE_BLOCK,
}
READ = {"max_query_size": ONE_BLOCK}
FIXED_BYTES = 150
"""What the columns of a known or small size come to in a row, about."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of key column: to text and back.

    Attributes:
        show: SQL that gives a column's value as text.
        literal: the text as SQL; refuses what is no such value.
    """

    show: str
    literal: Callable[[str], str]


TIME = Kind(
    "toString(toUnixTimestamp64Micro({}))", lambda text: f"fromUnixTimestamp64Micro(toInt64({int(text)}), 'UTC')"
)
BYTES = Kind("hex({})", lambda text: f"unhex('{bytes.fromhex(text).hex()}')")
NUMBER = Kind("toString({})", lambda text: f"toUInt64({int(text)})")
UUIDS = Kind("toString({})", lambda text: f"toUUID('{UUID(text)}')")


@dataclass(frozen=True, slots=True)
class Layout:
    """What a copy knows of a table.

    Attributes:
        columns: all stored columns.
        key: the sorting key's columns.
        first: of the rows of one key, readers take the one in which this is smallest.
        long: columns of any length.
    """

    columns: Sequence[str]
    key: dict[str, Kind]
    first: str
    long: Sequence[str] = ()


INDEX_KEY = {"thing": BYTES, "event_time": TIME, "event": BYTES, "entry": BYTES}
INDEX_LONG = ("thing", "event", "entry")
LAYOUTS = {
    "event_ids": Layout(writer.COLUMNS["event_ids"], {"id_hash": NUMBER, "event_time": TIME}, "0"),
    "declarations": Layout(
        writer.COLUMNS["declarations"],
        {"event_id": BYTES, "content": BYTES, "event_time": TIME},
        "record_time",
        ("event_id",),
    ),
    "thing_events": Layout(writer.COLUMNS["thing_events"], INDEX_KEY, "record_time", INDEX_LONG),
    "thing_contents": Layout(writer.COLUMNS["thing_contents"], INDEX_KEY, "record_time", INDEX_LONG),
    "events": Layout(
        writer.COLUMNS["events"],
        {"event_time": TIME, "event_id": BYTES, "content": BYTES},
        "record_time",
        ("event_id", "read_point", "biz_location", "context", "raw"),
    ),
    "captures": Layout(writer.COLUMNS["captures"], {"capture_id": UUIDS}, "finished_at", ("errors", "frame")),
    "api_keys": Layout(keys.COLUMNS, {"key_id": BYTES}, "-toUnixTimestamp64Micro(revoked_at)", ("party", "label")),
}
"""Every table with data, the index before the events and those before the captures' records, as the writer does."""


class Transfer:
    """Implements `services.ports.BulkStore` for ClickHouse."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    @property
    def tables(self) -> Sequence[str]:
        """See `services.ports.BulkStore.tables`."""
        return tuple(LAYOUTS)

    def count_rows(self, table: str) -> int:
        """See `services.ports.BulkStore.count_rows`."""
        return int(self._row("SELECT count()", "FROM", table)[0])

    def cut(self, table: str, after: Key | None, rows: int, size: int | None = None) -> Slice | None:
        """See `services.ports.BulkStore.cut`."""
        layout = LAYOUTS[table]
        names = ", ".join(layout.key)
        shown = ", ".join(kind.show.format(f"last.{place}") for place, kind in enumerate(layout.key.values(), 1))
        weight = "+".join([str(FIXED_BYTES), *(f"length({column})" for column in layout.long)])
        found = f"(SELECT {names}, {weight} AS size FROM {table} {_where(layout, after)} ORDER BY {names} LIMIT {rows})"
        if size is not None:  # a row belongs to the slice when those before it leave room
            found = (
                f"(SELECT {names} FROM (SELECT {names}, size, sum(size) OVER (ORDER BY {names}"
                f" ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS filled FROM {found})"
                f" WHERE filled - size < {size})"
            )
        row = self._row(f"SELECT count(), {shown} FROM (SELECT count(), max(tuple({names})) AS last FROM {found})")
        count, *until = row
        return Slice(table, after, tuple(until), count) if count else None

    def read(self, piece: Slice) -> bytes:
        """See `services.ports.BulkStore.read`."""
        layout = LAYOUTS[piece.table]
        query = (
            "SELECT", ", ".join(layout.columns), "FROM", piece.table, _where(layout, piece.after, piece.until),
            "ORDER BY", ", ".join(layout.key), ",", layout.first,
        )  # fmt: skip
        with self._connections.client() as client:
            return client.raw_query(" ".join(query), settings=READ, fmt="RowBinary")

    def write(self, table: str, block: bytes, token: str) -> None:
        """See `services.ports.BulkStore.write`."""
        settings = {**WRITE, "insert_deduplication_token": token}
        with self._connections.client() as client:
            client.raw_insert(table, list(LAYOUTS[table].columns), block, settings=settings, fmt="RowBinary")

    def fingerprint(self, piece: Slice) -> Fingerprint:
        """See `services.ports.BulkStore.fingerprint`."""
        layout = LAYOUTS[piece.table]
        rows, total = self._row(
            "SELECT count(), toString(sum(reinterpretAsUInt256(counts.2))) FROM (SELECT min(tuple(",
            layout.first, ", SHA256(formatRow('RowBinary',", ", ".join(layout.columns), ")))) AS counts FROM",
            piece.table, _where(layout, piece.after, piece.until), "GROUP BY", ", ".join(layout.key), ")",
        )  # fmt: skip
        return Fingerprint(int(rows), int(total))

    def _row(self, *query: str) -> tuple[Any, ...]:
        with self._connections.client() as client:
            return tuple(client.query(" ".join(query), settings=READ).result_rows[0])


def _where(layout: Layout, after: Key | None, until: Key | None = None) -> str:
    tests = [_beyond(layout, after, ">", ">")] if after is not None else []
    if until is not None:
        tests.append(_beyond(layout, until, "<", "<="))
    return f"WHERE {' AND '.join(tests)}" if tests else ""


def _beyond(layout: Layout, key: Key, sign: str, last: str) -> str:
    """A comparison of the key, spelt out column by column: so ClickHouse finds the granules by the primary key."""
    pairs = [(name, kind.literal(text)) for (name, kind), text in zip(layout.key.items(), key, strict=True)]
    name, value = pairs.pop()
    test = f"{name} {last} {value}"
    for name, value in reversed(pairs):
        test = f"({name} {sign} {value} OR ({name} = {value} AND {test}))"
    return test
