"""Copies a whole store into another, slice by slice, and proves afterwards that both hold the same.

What a copy has done is one small state: the slice that is being stored. Everything before it is stored, and it may be
itself; its insert token tells the target that it comes again. So a copy can be cut off anywhere.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256

from services.ports import BulkStore, Fingerprint, Key, Slice


@dataclass(frozen=True, slots=True)
class CopyState:
    """Where a copy stands.

    Attributes:
        copy_id: tells this copy's insert tokens from those of others.
        piece: the slice that is being stored; None before the first.
        rows: rows stored before it, by table.
    """

    copy_id: str
    piece: Slice | None = None
    rows: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CopyLimits:
    """How much travels at once; twice as much is in memory.

    Attributes:
        rows: rows of a slice.
        size: bytes of a slice, about; one row may be larger and then goes alone.
        proof_rows: rows that are hashed at once.
    """

    rows: int = 200_000
    size: int = 32 * 1024 * 1024
    proof_rows: int = 500_000


@dataclass(frozen=True, slots=True)
class Comparison:
    """A table's fingerprints on both sides."""

    table: str
    source: Fingerprint
    target: Fingerprint

    @property
    def equal(self) -> bool:
        """Whether both sides hold the same rows."""
        return self.source == self.target


Watcher = Callable[[str, int, int], None]
"""Hears of each task's name, how many more of its rows are done, and of how many about; called from two threads."""


def copy(
    source: BulkStore,
    target: BulkStore,
    state: CopyState,
    save: Callable[[CopyState], None],
    watch: Watcher,
    limits: CopyLimits,
) -> None:
    """Stores everything of `source` in `target`, from where `state` stands.

    Args:
        source: must not be written to meanwhile.
        target: may hold some of it already.
        state: a new one, or the last that was saved.
        save: keeps a state; it must be on disk when it returns.
        watch: hears of every slice.
        limits: how much travels at once.

    Raises:
        StoreUnavailable: from either store; what was saved can be continued from.
    """
    rows = dict(state.rows)
    totals = {table: source.count_rows(table) for table in source.tables}
    for table, done in rows.items():
        watch(table, done, totals[table])
    for piece, block in _ahead(_slices(source, source.tables, limits.rows, limits.size, state.piece), source.read):
        save(CopyState(state.copy_id, piece, rows))
        target.write(piece.table, block, _token(state.copy_id, piece))
        rows = {**rows, piece.table: rows.get(piece.table, 0) + piece.rows}
        watch(piece.table, piece.rows, totals[piece.table])


def compare(source: BulkStore, target: BulkStore, watch: Watcher, limits: CopyLimits) -> list[Comparison]:
    """Counts and hashes every table on both sides, as their readers see it.

    Raises:
        StoreUnavailable: from either store.
    """
    totals = {table: source.count_rows(table) + target.count_rows(table) for table in source.tables}

    def fingerprint(store: BulkStore, table: str) -> Fingerprint:
        found = Fingerprint()
        for piece in _slices(store, [table], limits.proof_rows):
            found += store.fingerprint(piece)
            watch(f"compare {table}", piece.rows, totals[table])
        return found

    with ThreadPoolExecutor(1) as beside:
        made = []
        for table in source.tables:
            there = beside.submit(fingerprint, target, table)
            made.append(Comparison(table, fingerprint(source, table), there.result()))
    return made


def _slices(
    store: BulkStore, tables: Sequence[str], rows: int, size: int | None = None, begin: Slice | None = None
) -> Iterator[Slice]:
    """The slices of the tables in order; `begin` and what comes after it when it is given."""
    after: Key | None = None
    if begin is not None:
        yield begin
        tables, after = tables[tables.index(begin.table) :], begin.until
    for table in tables:
        while (piece := store.cut(table, after, rows, size)) is not None:
            yield piece
            after = piece.until
        after = None


def _ahead(slices: Iterator[Slice], read: Callable[[Slice], bytes]) -> Iterator[tuple[Slice, bytes]]:
    """Each slice with its rows; the next is cut and read while the caller stores this one."""

    def fetch() -> tuple[Slice, bytes] | None:
        piece = next(slices, None)
        return None if piece is None else (piece, read(piece))

    with ThreadPoolExecutor(1) as beside:
        coming = beside.submit(fetch)
        while (found := coming.result()) is not None:
            coming = beside.submit(fetch)
            yield found


def _token(copy_id: str, piece: Slice) -> str:
    place = "\n".join([*(piece.after or ()), "", *piece.until])
    return f"copy:{copy_id}:{piece.table}:{sha256(place.encode()).hexdigest()[:24]}"
