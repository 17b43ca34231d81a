"""A process of its own that fills one store directly, without HTTP, and says how much room it takes."""

import random
import re
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from multiprocessing import get_context
from typing import Any

from services.store.clickhouse import ClickHouseStore
from tests.bench.postgres_store import PostgresStore
from tests.bench.preparing import prepare_document
from tests.bench.season import Season
from tests.bench.stores import Store, ask, now, open_store, tell
from tests.bench.workers import answer

DOCUMENT = 500
PROCESSES = 2
KEPT_IDS = 20_000
ON_DISK = "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"
IDS = {
    "instances": re.compile(rb"urn:epc:id:sgtin:[^\"]+"),
    "containers": re.compile(rb"urn:epc:id:sscc:[^\"]+"),
    "lots": re.compile(rb"urn:epc:class:lgtin:[^\"]+"),
}


def _prepared(kind: str, groups: Iterable[list[bytes]]) -> Iterator[list[Any]]:
    """Groups of prepared documents, in order, a few ahead of whoever takes them."""
    ahead: deque[list[Future[Any]]] = deque()
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        for group in groups:
            ahead.append([pool.submit(prepare_document, kind, body) for body in group])
            if len(ahead) > PROCESSES:
                yield [done.result() for done in ahead.popleft()]
        while ahead:
            yield [done.result() for done in ahead.popleft()]


class Loader:
    """Fills the store of one address."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kind = "clickhouse" if isinstance(store, ClickHouseStore) else "postgres"

    def reply(self, do: str, **arguments: int) -> dict[str, Any]:
        """Answers `load`, `settle`, `sizes` and `columns`."""
        found: dict[str, Any] = getattr(self, do)(**arguments)
        return found

    def load(self, seed: int, events: int, group: int) -> dict[str, Any]:
        """Stores a season in inserts of so many events.

        Returns:
            seconds, inserts, bytes of JSON, and ids of things by kind.
        """
        documents = _Documents(seed, events)
        began, inserts = time.perf_counter(), 0
        with ThreadPoolExecutor(PROCESSES) as threads:
            running: deque[Future[None]] = deque()
            for rows in _prepared(self._kind, documents.groups(max(1, group // DOCUMENT))):
                if len(running) == PROCESSES:
                    running.popleft().result()
                inserts += 1
                running.append(threads.submit(self._store.writer.commit, rows, now()))
            for done in running:
                done.result()
        seconds = time.perf_counter() - began
        return {"seconds": seconds, "inserts": inserts, "bytes": documents.bytes, "ids": documents.ids}

    def settle(self) -> dict[str, Any]:
        """Merges all parts, or vacuums."""
        if isinstance(self._store, ClickHouseStore):
            tell(self._store, "SYSTEM START MERGES")
            for (table,) in ask(self._store, ON_DISK):
                tell(self._store, f"OPTIMIZE TABLE `{table}` FINAL")
        else:
            self._store.vacuum()
        return {}

    def sizes(self) -> dict[str, Any]:
        """Bytes on disk: [table, part, bytes, rows, parts of it]."""
        if isinstance(self._store, PostgresStore):
            return {"tables": self._store.sizes()}
        tables = ask(
            self._store,
            "SELECT table, 'all', sum(bytes_on_disk), sum(rows), count() FROM system.parts"
            " WHERE active AND database = currentDatabase() GROUP BY table ORDER BY 3 DESC",
        )
        return {"tables": tables}

    def columns(self) -> dict[str, Any]:
        """[table, column, bytes], heaviest first, of copies in wide parts: compact ones do not tell columns apart."""
        assert isinstance(self._store, ClickHouseStore)
        found: list[tuple[Any, ...]] = []
        for (table,) in ask(self._store, ON_DISK):
            for statement in (
                f"CREATE TABLE wide AS `{table}`",
                "ALTER TABLE wide MODIFY SETTING min_bytes_for_wide_part = 0, min_rows_for_wide_part = 0",
                f"INSERT INTO wide SELECT * FROM `{table}`",
                "OPTIMIZE TABLE wide FINAL",
            ):
                tell(self._store, statement)
            found += ask(
                self._store,
                f"SELECT '{table}', column, sum(column_bytes_on_disk) FROM system.parts_columns"
                " WHERE active AND database = currentDatabase() AND table = 'wide' GROUP BY column",
            )
            tell(self._store, "DROP TABLE wide SYNC")
        return {"columns": sorted(found, key=lambda row: -row[2])}


class _Documents:
    """The documents of a season, and what was seen in them."""

    def __init__(self, seed: int, events: int) -> None:
        self._season = Season(seed)
        self._events = events
        self._seen: dict[str, set[bytes]] = {kind: set() for kind in IDS}
        self.bytes = 0

    def groups(self, documents: int) -> Iterator[list[bytes]]:
        """Documents, so many at a time."""
        made = self._made()
        while group := list(islice(made, documents)):
            yield group

    def _made(self) -> Iterator[bytes]:
        for start in range(0, self._events, DOCUMENT):
            document = self._season.document(self._season.events(min(DOCUMENT, self._events - start)))
            self.bytes += len(document)
            for kind, pattern in IDS.items():
                self._seen[kind].update(pattern.findall(document)[:: max(1, self._events // KEPT_IDS)])
            yield document

    @property
    def ids(self) -> dict[str, list[str]]:
        """Things of each kind, in an order that tells nothing, the same for the same season."""
        found = {kind: [one.decode() for one in sorted(seen)] for kind, seen in self._seen.items()}
        for ids in found.values():
            random.Random(1).shuffle(ids)
        return {kind: ids[:KEPT_IDS] for kind, ids in found.items()}


if __name__ == "__main__":
    with closing(open_store(sys.argv[1], stop_merges=True)) as opened:
        answer(Loader(opened).reply)
