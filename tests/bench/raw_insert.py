"""A process of its own that only inserts: documents are prepared first, then handed to the store's writer, timed."""

import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

from services.store.clickhouse import ClickHouseStore
from services.store.writer import Rows
from tests.bench.load import read
from tests.bench.preparing import prepare_document
from tests.bench.stores import now, open_store
from tests.bench.workers import Worker, answer


class RawInsert:
    """The inserting process, on a new chDB directory."""

    def __init__(self, directory: Path) -> None:
        self._worker = Worker.module("tests.bench.raw_insert", f"chdb://{directory}")
        self.pid = self._worker.pid

    def close(self) -> None:
        """Ends it."""
        self._worker.close()

    def run(self, file: Path, group: int) -> tuple[float, float]:
        """Prepares and inserts the documents of a file.

        Args:
            file: see `load.write`, the requests being documents.
            group: events that go into one insert, at least one document.

        Returns:
            Seconds of preparing (one core) and of inserting.
        """
        found = self._worker.ask(file=str(file), group=group)
        return found["prepare"], found["insert"]


def groups(prepared: list[Rows], events: int) -> list[list[Rows]]:
    """Neighbours together, up to so many events."""
    found: list[list[Rows]] = []
    held = 0
    for rows in prepared:
        if not found or held + rows.events > events:
            found.append([])
            held = 0
        found[-1].append(rows)
        held += rows.events
    return found


def _insert(store: ClickHouseStore, file: str, group: int) -> dict[str, Any]:
    began = time.perf_counter()
    prepared = [prepare_document("clickhouse", body) for body in read(Path(file))]
    ready = time.perf_counter()
    for part in groups(prepared, group):
        store.writer.commit(part, now())
    return {"prepare": ready - began, "insert": time.perf_counter() - ready}


if __name__ == "__main__":
    opened = open_store(sys.argv[1])
    assert isinstance(opened, ClickHouseStore)
    insert = partial(_insert, opened)
    answer(insert)
    opened.close()
