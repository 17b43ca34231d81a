"""Simulated events a second."""

import shutil
import time
from functools import partial
from itertools import count
from pathlib import Path

from services.usecases.simulation import FolderSink, documents, simulate
from tests.bench.measure import Bench, Disagreement, Table, interleave, spread

SEED = 13
_numbers = count()


def _to_files(work: Path, events: int) -> float:
    folder = work / f"season-{next(_numbers)}"
    began = time.perf_counter()
    summary = simulate(SEED, events, FolderSink(folder))
    took = time.perf_counter() - began
    shutil.rmtree(folder)
    if summary.events != events:
        raise Disagreement(f"{summary.events} events were written, {events} were asked for")
    return events / took


def _to_memory(events: int) -> float:
    began = time.perf_counter()
    found = sum(document.count(b'"eventTime":') for document in documents(SEED, events))
    took = time.perf_counter() - began
    if found != events:
        raise Disagreement(f"{found} events were made, {events} were asked for")
    return events / took


def run(bench: Bench) -> list[Table]:
    """Measures both ways out of the simulator."""
    events = bench.sizes.simulated
    contenders = {
        "documents, truth and manifest to files": partial(_to_files, bench.work, events),
        "documents only, in memory": partial(_to_memory, events),
    }
    found = interleave(contenders, bench.sizes.rounds)
    rows = [(name, spread(rates)) for name, rates in found.items()]
    return [Table("Simulator", ("way", "events/s"), rows, [f"{events:,} events a round, one process."])]
