"""Stores with a season in them, made once in a run and used by whoever asks."""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.measure import Bench
from tests.bench.workers import Worker
from tests.servers import PostgresServer, ServerUnavailable

SEED = 15
FRESH, MERGED, PEER = "ours, freshly loaded", "ours, merged", "PostgreSQL"
PARTS = 25
GROUP = 20_000
POSTGRES_EVENTS = 100_000
"""Up to here the season is loaded into PostgreSQL too; more would take it too long."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """One season in several stores.

    Attributes:
        events: how many, and how many bytes of JSON documents they are.
        json_bytes: see `events`.
        ids: things in it by kind, in random order.
        addresses: of the ClickHouse stores by contender.
        postgres: the peer's server, stopped; None when it is left out.
        sizes: what `Loader.sizes` says of each contender.
        columns: what `Loader.columns` says of ours, merged.
        seconds: how long loading took.
        inserts: how many inserts it was.
        notes: what was left out, and why.
    """

    events: int
    json_bytes: int
    ids: dict[str, list[str]]
    addresses: dict[str, str]
    postgres: PostgresServer | None
    sizes: dict[str, list[list[Any]]]
    columns: list[list[Any]]
    seconds: dict[str, float]
    inserts: int
    notes: list[str]


_made: dict[tuple[Path, int], Loaded] = {}


def loaded(bench: Bench, events: int) -> Loaded:
    """The stores with so many events."""
    key = (bench.shared, events)
    if key not in _made:
        _made[key] = _make(bench, events)
    return _made[key]


def _make(bench: Bench, events: int) -> Loaded:
    folder = bench.shared / f"season-{events}"
    fresh, merged = folder / "fresh", folder / "merged"
    group = max(1, min(GROUP, events // PARTS))
    bench.say(f"loading {events:,} events into ClickHouse")
    addresses = {FRESH: f"chdb://{fresh}", MERGED: f"chdb://{merged}"}
    sizes: dict[str, list[list[Any]]] = {}
    with _loader(addresses[FRESH]) as loader:
        done = loader.ask(do="load", seed=SEED, events=events, group=group)
        sizes[FRESH] = loader.ask(do="sizes")["tables"]
    seconds = {FRESH: done["seconds"]}
    shutil.copytree(fresh, merged, symlinks=True)
    with _loader(addresses[MERGED]) as loader:
        loader.ask(do="settle")
        sizes[MERGED] = loader.ask(do="sizes")["tables"]
        columns = loader.ask(do="columns")["columns"]
    notes: list[str] = []
    postgres = None
    if events <= POSTGRES_EVENTS:
        try:
            postgres = PostgresServer(folder / "postgres")
            bench.say(f"loading {events:,} events into PostgreSQL")
            with postgres, _loader(postgres.dsn) as loader:
                seconds[PEER] = loader.ask(do="load", seed=SEED, events=events, group=group)["seconds"]
                loader.ask(do="settle")
                sizes[PEER] = loader.ask(do="sizes")["tables"]
        except ServerUnavailable as reason:
            postgres = None
            notes.append(f"PostgreSQL is left out: {reason}.")
    else:
        notes.append("PostgreSQL is left out: loading so much takes it too long.")
    return Loaded(
        events, done["bytes"], done["ids"], addresses, postgres, sizes, columns, seconds, done["inserts"], notes
    )


@contextmanager
def _loader(address: str) -> Iterator[Worker]:
    with closing(Worker.module("tests.bench.loader", address)) as worker:
        yield worker
