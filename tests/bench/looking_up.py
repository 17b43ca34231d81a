"""GET /v1/units over HTTP: how long one look-up takes, on freshly loaded and on merged stores, and on PostgreSQL."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from statistics import median
from urllib.parse import quote

from tests.bench import load
from tests.bench.load import Generator, Load, percentile
from tests.bench.loaded import FRESH, MERGED, PEER, Loaded, loaded
from tests.bench.measure import Bench, Disagreement, Table, interleave, number
from tests.bench.serve import BenchServer
from tests.bench.workers import alone

READERS = 8
COMPARED = 20
"""Things of each kind whose answers are compared between the contenders."""


@dataclass(frozen=True, slots=True)
class Contender:
    """One service on a loaded store.

    Attributes:
        service: the service.
        pids: first processes of all that belongs to it.
    """

    service: BenchServer
    pids: list[int]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, over and over.

    Attributes:
        what: in words.
        readers: how many ask at once.
        paths: endless.
    """

    what: str
    readers: int
    paths: Iterator[str]


def run(bench: Bench) -> list[Table]:
    """Measures on each size of store."""
    return [_table(bench, loaded(bench, events)) for events in bench.sizes.stores]


def _table(bench: Bench, season: Loaded) -> Table:
    bench.say(f"lookup: {season.events:,} events")
    with ExitStack() as stack:
        contenders = _start(bench, season, stack)
        _compare(contenders, season)
        generator = stack.enter_context(closing(Generator()))
        file = bench.work / "requests"

        def ask(name: str, question: Question) -> Load:
            contender = contenders[name]
            count = bench.sizes.lookups * (1 if question.readers == 1 else 3)
            load.write(file, map(load.get, islice(question.paths, count)))
            with alone(contender.pids, [one.pids for one in contenders.values()]):
                return generator.run(contender.service.port, file, question.readers)

        rows = []
        for question in _questions(season):
            turns: dict[str, Callable[[], Load]] = {name: partial(ask, name, question) for name in contenders}
            for turn in turns.values():
                turn()  # warms what a service warms on first use
            found = interleave(turns, bench.sizes.rounds)
            ours = median(one.percentile(0.5) for one in found[MERGED])
            cells = [_cell(loads, ours, name) for name, loads in found.items()]
            rows.append((question.what, str(question.readers), *cells))
    parts = {table: parts for table, _, _, _, parts in season.sizes[FRESH]}
    notes = [
        (
            "p50 (median over the rounds) / p99 (of all rounds) in milliseconds; behind PostgreSQL's: its p50 ÷ that of"
            " ours, merged."
        ),
        (
            f"Freshly loaded: as {season.inserts} inserts left it, merges stopped; thing_events has"
            f" {parts['thing_events']} parts, events {parts['events']}. Merged: after OPTIMIZE FINAL."
        ),
        f"Loading by Writer.commit alone, two processes preparing: {season.seconds[FRESH]:.0f} s"
        + (f", into PostgreSQL {season.seconds[PEER]:.0f} s." if PEER in season.seconds else "."),
        "Every look-up asks for another thing; answers were compared first, the same from every contender.",
        *season.notes,
    ]
    return Table(f"Look-up on {season.events:,} events", ("request", "readers", *contenders), rows, notes)


def _start(bench: Bench, season: Loaded, stack: ExitStack) -> dict[str, Contender]:
    contenders: dict[str, Contender] = {}
    for name, address in season.addresses.items():
        folder = bench.work / f"{season.events}-{'fresh' if name == FRESH else 'merged'}"
        service = stack.enter_context(BenchServer(folder, address, stop_merges=True))
        contenders[name] = Contender(service, [service.pid])
    if season.postgres is not None:
        server = stack.enter_context(season.postgres)
        service = stack.enter_context(BenchServer(bench.work / f"{season.events}-peer", server.dsn))
        contenders[PEER] = Contender(service, [service.pid, server.pid])
    return contenders


def _questions(season: Loaded) -> list[Question]:
    found = [
        Question("/livez (HTTP alone)", 1, cycle(["/livez"])),
        Question("/readyz (SELECT 1 by the same client)", 1, cycle(["/readyz"])),
    ]
    mixed: list[str] = []
    for kind, ids in season.ids.items():
        paths = [_path(one) for one in ids]
        found.append(Question(f"unit: {kind}", 1, cycle(paths)))
        mixed += paths[: 1 + min(map(len, season.ids.values()))]
    third = len(mixed) // len(season.ids)
    blended = [mixed[(i % len(season.ids)) * third + i // len(season.ids)] for i in range(third * len(season.ids))]
    found.append(Question("unit: all kinds in turn", READERS, cycle(blended)))
    return found


def _path(identifier: str) -> str:
    return f"/v1/units?id={quote(identifier, safe='')}"


def _compare(contenders: dict[str, Contender], season: Loaded) -> None:
    """Raises Disagreement when the contenders do not say the same of the same things."""
    for identifier in (one for ids in season.ids.values() for one in ids[:COMPARED]):
        answers = {}
        for name, contender in contenders.items():
            found = contender.service.json(_path(identifier))
            del found["as_of"]
            answers[name] = json.dumps(found, sort_keys=True)
        if len(set(answers.values())) > 1:
            raise Disagreement(f"{identifier}: {answers}")


def _cell(loads: list[Load], ours: float, name: str) -> str:
    middle = median(one.percentile(0.5) for one in loads)
    worst = percentile([took for one in loads for took in one.latencies], 0.99)
    compared = f" ({number(middle / ours)}×)" if name == PEER else ""
    return f"{number(middle)} / {number(worst)}{compared}"
