"""From Kafka to rows that can be asked for: the product's worker against the limits and against Python peers."""

import json
import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from services.bus.capture_writer import key_of
from services.bus.topics import CAPTURES
from services.domain.chain.relations import groups
from services.domain.epcis.context import Context
from services.domain.epcis.documents import read_document
from services.domain.record_head import Head, write_head
from services.ports import Record
from services.store.clickhouse import ClickHouseStore
from tests.bench.environments import ensure
from tests.bench.ingest_stages import stages
from tests.bench.measure import Bench, ContenderUnavailable, Table, interleave, number, ratio, spread
from tests.bench.season import Season
from tests.bench.stores import ask, tell
from tests.bench.workers import ROOT, cpu_seconds
from tests.servers import ClickHouseServer, KafkaServer
from tests.servers.cluster import Cluster

PARTITIONS = 4
DOCUMENT = 500
OURS, INSERT, DISCARD = (
    "tianzhuo ingest",
    "limit: insert of the same blocks, prepared before",
    "limit: consume and discard",
)
PEERS = {
    "aiokafka": "aiokafka, a loop written by hand",
    "quixstreams": "quixstreams, a batching sink",
    "faust": "Faust, an agent with noack_take",
}
INDEX = ("thing_events", "thing_contents", "event_ids", "events", "captures")
SECONDS_EACH = 120
STAGED = 10_000


@dataclass(frozen=True, slots=True)
class Run:
    """What one reader did with all records.

    Attributes:
        rate: records a second.
        core: records for a second of its own processor time.
        server: seconds of ClickHouse's processor time.
        waited: sorted milliseconds from the append to the insert, when they were noted.
    """

    rate: float
    core: float
    server: float
    waited: list[float]


class Ingesting:
    """A broker, a ClickHouse server, and the records that all readers read."""

    def __init__(self, bench: Bench, kafka: KafkaServer, clickhouse: ClickHouseServer) -> None:
        self._bench = bench
        self.kafka, self.clickhouse = kafka, clickhouse
        self._databases = 0
        self.records = bench.sizes.ingested
        self.file = bench.work / "records"
        self.bytes = self._write(bench.sizes.ingested)
        self.peer = ensure("ingest_peers")

    def _write(self, count: int) -> int:
        """The records of a season, as an emitter makes them; returns the bytes of their values."""
        season = Season(21)
        made: list[tuple[bytes, bytes, list[tuple[str, bytes]]]] = []
        while len(made) < count:
            document = read_document(season.document(season.events(min(DOCUMENT, count - len(made)))))
            context, headers = Context.of(document.context), write_head(Head(party="b", context=document.context_raw))
            made += [(key_of(groups(one.obj, context, b"")), one.raw, headers) for one in document.events]
        self.file.write_bytes(pickle.dumps(made))
        return sum(len(value) for _, value, _ in made)

    def as_records(self) -> list[Record]:
        """What a reader gets from the first partition, were it the only one."""
        made = pickle.loads(self.file.read_bytes())  # noqa: S301 - our own
        at = time.time_ns() // 1000
        return [Record(CAPTURES, 0, number, at, *one) for number, one in enumerate(made[:STAGED])]

    def cluster(self) -> Cluster:
        """A new database with tables, and empty topics."""
        self._databases += 1
        name = f"bench{self._databases}"
        with self._store(name) as store:
            store.migrate()
        found = Cluster(self._bench.work / name, self.kafka.address, self.clickhouse.url, name, PARTITIONS)
        found.fresh_topics()
        return found

    @contextmanager
    def _store(self, database: str) -> Iterator[ClickHouseStore]:
        store = ClickHouseStore(self.clickhouse.url, database)
        try:
            yield store
        finally:
            store.close()

    def fill(self, acks: str = "all", rate: float = 0) -> dict[str, float]:
        """Produces all records."""
        return self._wire("emit", str(self.file), acks, str(rate))

    def _wire(self, what: str, *arguments: str) -> dict[str, float]:
        script = Path(__file__).with_name("ingest_wire.py")
        return _json([str(self.peer), str(script), what, self.kafka.address, CAPTURES, *arguments])

    def discard(self) -> Run:
        """The limit of reading."""
        found = self._wire("discard", str(self.records))
        return Run(self.records / found["seconds"], self.records / found["cpu"], 0.0, [])

    def read(self, name: str, cluster: Cluster, *, dedup: bool = True, fsync: bool = True) -> Run:
        """Lets one reader store everything that is in the topic, and counts it."""
        if not fsync:
            with self._store(cluster.database) as store:
                for table in INDEX:
                    tell(store, f"ALTER TABLE {table} MODIFY SETTING fsync_after_insert = 0, fsync_part_directory = 0")
        before = cpu_seconds([self.clickhouse.pid])
        found = self._reader(name, cluster, dedup=dedup)
        server = cpu_seconds([self.clickhouse.pid]) - before
        self.drop(cluster)
        return Run(self.records / found["seconds"], self.records / found["cpu"], server, found["waited"])

    def _reader(self, name: str, cluster: Cluster, **more: Any) -> dict[str, Any]:
        site = next(self.peer.parent.parent.glob("lib/python*/site-packages"))
        task = {
            "kafka": cluster.kafka,
            "store": cluster.store,
            "database": cluster.database,
            "records": self.records,
            "group": f"{name}-{cluster.database}",
            "site": str(site),
            **more,
        }
        return _json([sys.executable, "-m", "tests.bench.ingest_readers", name, json.dumps(task)])

    def drop(self, cluster: Cluster) -> None:
        """Checks that every event is there, and removes the database, so that its merges disturb nobody."""
        with self._store(cluster.database) as store:
            ((stored, distinct),) = ask(
                store, "SELECT count(), uniqExact(kafka_partition, kafka_offset) FROM events FINAL"
            )
            events = store.reader.count()
            assert events == stored > 0, (events, stored, distinct)
            assert self.records * 0.9 < events <= self.records, (events, self.records)
            tell(store, f"DROP DATABASE {cluster.database} SYNC")

    def paced(self, rate: float) -> list[float]:
        """Milliseconds that each record waited, when so many come a second."""
        cluster = self.cluster()
        site = {"visible": True}
        task = {
            "kafka": cluster.kafka,
            "store": cluster.store,
            "database": cluster.database,
            "records": self.records,
            **site,
        }
        command = [sys.executable, "-m", "tests.bench.ingest_readers", "ours", json.dumps(task)]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT
        ) as reader:
            time.sleep(5)  # it has joined the group
            self.fill(rate=rate)
            out, _ = reader.communicate(timeout=SECONDS_EACH)
        self.drop(cluster)
        waited: list[float] = _told(out)["waited"]
        return waited

    def workers(self, count: int) -> float:
        """Records a second of so many workers that are ready when the records come."""
        cluster = self.cluster()
        with ExitStack() as stack:
            for _ in range(count):
                stack.enter_context(cluster.worker())
            began = time.perf_counter()
            self.fill()
            cluster.wait_stored(SECONDS_EACH)
            seconds = time.perf_counter() - began
        self.drop(cluster)
        return self.records / seconds


def _json(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=SECONDS_EACH, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[2:4]} ended with {done.returncode}: {done.stderr[-2000:]}")
    return _told(done.stdout)


def _told(output: str) -> dict[str, Any]:
    """The JSON object among what a process said: Faust speaks to a terminal too."""
    start = output.find('{"')
    if start < 0:
        raise RuntimeError(f"a reader ended without a result: {output[-500:]!r}")
    found: dict[str, Any] = json.JSONDecoder().raw_decode(output[start:])[0]
    return found


def run(bench: Bench) -> list[Table]:
    """All tables."""
    with (
        KafkaServer(bench.work / "kafka", java_options=()) as kafka,
        ClickHouseServer(bench.work / "clickhouse") as clickhouse,
    ):
        try:
            work = Ingesting(bench, kafka, clickhouse)
        except ContenderUnavailable as reason:
            return [Table("Ingest", ("contender",), [(f"left out: {reason}",)])]
        bench.say("ingest: readers")
        rounds = bench.sizes.rounds
        found = _runs(work, rounds)
        inserting = 1e6 / median(one.core for one in found[INSERT])
        first, second = _readers(work, found), stages(work.as_records(), rounds, {"insert, this side of it": inserting})
        bench.say("ingest: safeties, workers, latency")
        return [first, second, _safeties(work, rounds), _scaling(work, rounds), _latency(work, bench)]


def _runs(work: Ingesting, rounds: int) -> dict[str, list[Run]]:
    def reader(name: str) -> Callable[[], Run]:
        def once() -> Run:
            cluster = work.cluster()
            work.fill()
            return work.read(name, cluster)

        return once

    def discard() -> Run:
        work.cluster()
        work.fill()
        return work.discard()

    contenders = {OURS: reader("ours"), DISCARD: discard, INSERT: reader("insert")}
    contenders |= {title: reader(name) for name, title in PEERS.items()}
    return interleave(contenders, rounds)


def _readers(work: Ingesting, found: Mapping[str, list[Run]]) -> Table:
    ours = [one.rate for one in found[OURS]]
    rows = [
        (
            name,
            spread([one.rate for one in runs]),
            "" if name == OURS else ratio(ours, [one.rate for one in runs]),
            spread([one.core for one in runs]),
            number(median(one.server for one in runs) / work.records * 1e6) if any(r.server for r in runs) else "",
        )
        for name, runs in found.items()
    ]
    header = ("reader", "events/s", "ours ÷ it", "events/s of its own core", "ClickHouse CPU s per million")
    return Table(
        "Ingest: from Kafka to rows and index",
        header,
        rows,
        [
            f"{work.records:,} simulated events of {work.bytes // work.records} bytes, one in a record.",
            f"{PARTITIONS} partitions; all on the same machine; from the first record to the last commit.",
            "The peers call the product's checks and inserts, and commit after that: they differ in what is around it.",
            "Every reader's distinct events were counted in ClickHouse afterwards.",
        ],
    )


def _safeties(work: Ingesting, rounds: int) -> Table:
    def insert(**without: bool) -> Callable[[], float]:
        def once() -> float:
            cluster = work.cluster()
            work.fill()
            return work.read("insert", cluster, **without).rate

        return once

    def fill(acks: str) -> Callable[[], float]:
        def once() -> float:
            work.cluster()
            return work.records / work.fill(acks)["seconds"]

        return once

    found = interleave(
        {
            "insert as it is": insert(),
            "insert without fsync": insert(fsync=False),
            "insert without deduplication": insert(dedup=False),
            "produce, acks=all and idempotent": fill("all"),
            "produce, acks=1": fill("1"),
        },
        rounds,
    )
    base = {"insert": found["insert as it is"], "produce": found["produce, acks=all and idempotent"]}
    rows = [
        (
            name,
            spread(rates),
            "" if rates in base.values() else ratio(rates, base[name.split(maxsplit=1)[0].rstrip(",")]),
        )
        for name, rates in found.items()
    ]
    notes = ["One broker: acks=all waits for no other one here. Producing is librdkafka's, flat out."]
    return Table("What each safety costs", ("what", "events/s", "without ÷ with"), rows, notes)


def _scaling(work: Ingesting, rounds: int) -> Table:
    found = interleave({"1": lambda: work.workers(1), "2": lambda: work.workers(2)}, rounds)
    rows = [(name, spread(rates), "" if name == "1" else ratio(rates, found["1"])) for name, rates in found.items()]
    notes = ["From the first record produced until nothing is behind; broker, ClickHouse and workers share the cores."]
    return Table("Ingest by number of workers", ("workers", "events/s", "÷ one"), rows, notes)


def _latency(work: Ingesting, bench: Bench) -> Table:
    rows = []
    for rate in bench.sizes.paced:
        waited = work.paced(rate)
        middle, late = waited[len(waited) // 2], waited[len(waited) * 99 // 100]
        rows.append((f"{rate:,.0f}", number(middle), number(late), number(waited[-1])))
    notes = [f"{work.records:,} records at that pace; milliseconds from the broker's append to the end of the insert."]
    return Table("Ingest: capture to visible", ("events/s", "p50 ms", "p99 ms", "largest ms"), rows, notes)
