"""Whole tables in slices of their sorting key, as raw RowBinary: what `tianzhuo copy` reads, writes and compares."""

from collections.abc import Sequence

from services.ports import Fingerprint, Key, Slice
from services.store.connection import Connections
from services.store.layout import TABLES, layout
from services.store.sql import ONE_BLOCK, WHOLE

# Later deliveries of an event stay until the parts merge, as they do in the source.
WRITE = {**WHOLE, "optimize_on_insert": 0}
READ = {"max_query_size": ONE_BLOCK}


class Transfer:
    """Implements `services.ports.BulkStore` for ClickHouse."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    @property
    def tables(self) -> Sequence[str]:
        """See `services.ports.BulkStore.tables`."""
        return TABLES

    def count_rows(self, table: str) -> int:
        """See `services.ports.BulkStore.count_rows`."""
        return int(self._row("SELECT count() FROM", table)[0])

    def held(self) -> dict[str, int]:
        """How many rows each table has, of those that are there already; the schema may be older or missing."""
        with self._connections.client() as client:
            names = client.query("SELECT name FROM system.tables WHERE database = currentDatabase()").result_rows
        there = {str(name) for (name,) in names}
        return {table: self.count_rows(table) for table in self.tables if table in there}

    def cut(self, table: str, after: Key | None, rows: int, size: int | None = None) -> Slice | None:
        """See `services.ports.BulkStore.cut`."""
        plan = layout(table)
        weight = f", {plan.weight} AS size" if size is not None else ""
        found = " ".join(
            ("(SELECT", plan.names, weight, "FROM", table, plan.within(after), "ORDER BY", plan.names, f"LIMIT {rows})")
        )
        if size is not None:  # a row belongs to the slice when those before it leave room
            filled = (
                f"sum(size) OVER (ORDER BY {plan.names} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS filled"
            )
            found = " ".join(("(SELECT * FROM (SELECT *,", filled, "FROM", found, f") WHERE filled - size < {size})"))
        shown = (kind.show.format(f"last.{place}") for place, kind in enumerate(plan.key.values(), 1))
        count, *until = self._row(
            "SELECT rows,", ", ".join(shown), f"FROM (SELECT count() AS rows, max(tuple({plan.names})) AS last FROM",
            found, ")",
        )  # fmt: skip
        return Slice(table, after, tuple(until), int(count)) if int(count) else None

    def read(self, piece: Slice) -> bytes:
        """See `services.ports.BulkStore.read`."""
        plan = layout(piece.table)
        query = (
            "SELECT", plan.columns, "FROM", piece.table, plan.within(piece.after, piece.until),
            "ORDER BY", plan.names, f", {plan.first}" if plan.first else "",
        )  # fmt: skip
        with self._connections.client() as client:
            return client.raw_query(" ".join(query), settings=READ, fmt="RowBinary")

    def write(self, table: str, block: bytes, token: str) -> None:
        """See `services.ports.BulkStore.write`."""
        settings = {**WRITE, "insert_deduplication_token": token}
        columns = layout(table).columns.split(", ")
        with self._connections.writing(len(block)) as client:
            client.raw_insert(table, columns, block, settings=settings, fmt="RowBinary")

    def fingerprint(self, piece: Slice) -> Fingerprint:
        """See `services.ports.BulkStore.fingerprint`."""
        plan = layout(piece.table)
        rows, total = self._row(
            "SELECT count(), toString(sum(counts)) FROM (SELECT", _counting(plan.first), "AS counts FROM (SELECT *,",
            f"reinterpretAsUInt256(SHA256(formatRow('RowBinary', {plan.columns}))) AS hash FROM",
            piece.table, plan.within(piece.after, piece.until), ") GROUP BY", plan.names, ")",
        )  # fmt: skip
        return Fingerprint(int(rows), int(total))

    def _row(self, *query: str) -> list[str]:
        with self._connections.client() as client:
            answer = client.raw_query(" ".join(query), settings=READ, fmt="TabSeparated")
        return answer.decode().removesuffix("\n").split("\t")


def _counting(first: str | None) -> str:
    """SQL for the hash of the row that counts among those of one key.

    When several come first with different contents, no answer is certain: the sum of the smallest and the largest hash
    is like no row's.
    """
    if first is None:
        return "any(hash)"
    low, high = f"min(({first}, hash)).2", f"bitNot(min(({first}, bitNot(hash))).2)"
    return f"if({low} = {high}, {low}, {low} + {high})"
