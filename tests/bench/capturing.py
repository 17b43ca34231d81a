"""Captured events a second over HTTP: by size of document, and by number of small emitters.

Against the same API on PostgreSQL, and against a process that only inserts what the API would insert.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from statistics import median

from tests.bench import load
from tests.bench.load import Generator, Load
from tests.bench.measure import Bench, Disagreement, Table, interleave, number, ratio, spread
from tests.bench.raw_insert import RawInsert
from tests.bench.season import Season
from tests.bench.serve import BenchServer
from tests.bench.sizes import Sizes
from tests.bench.stores import open_store
from tests.bench.workers import Worker, alone, answer, cpu_seconds, family
from tests.servers import PostgresServer, ServerUnavailable
from tests.servers.tianzhuo import TianzhuoServer

OURS, PEER = "tianzhuo, embedded", "the same API on PostgreSQL"
CONNECTIONS = 4
SMALLEST_INSERT = 50
"""Events of the smallest documents that are compared with inserting alone: smaller ones need a group to mean much."""
GROUP = 20_000
"""Events that the service's committer puts into one insert at most."""
CAPTURE, EVENTS = "/epcis/capture", "/epcis/events"


@dataclass(slots=True)
class Contender:
    """One service that is sent to.

    Attributes:
        service: the service.
        pids: first processes of all that belongs to it.
        address: of its store, see `stores.open_store`.
        sent: digests of the events that it acknowledged.
    """

    service: TianzhuoServer
    pids: list[int]
    address: str
    sent: set[bytes] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Sent:
    """What one contender did with one load.

    Attributes:
        rate: events a second.
        load: the load.
        cpu: microseconds of processor time that the service and its store used for one event.
    """

    rate: float
    load: Load
    cpu: float


@dataclass(frozen=True, slots=True)
class Cell:
    """One way of sending.

    Attributes:
        path: where to.
        events: in one request.
        connections: how many send at once.
    """

    path: str
    events: int
    connections: int


class Capturing:
    """The contenders, the generator, and the events that are sent to them."""

    def __init__(self, bench: Bench, contenders: Mapping[str, Contender], raw: RawInsert) -> None:
        self.sizes: Sizes = bench.sizes
        self.contenders = contenders
        self.raw = raw
        self.generator = Generator()
        self._season = Season(14)
        self._work = bench.work
        self._say = bench.say

    def batches(self, cell: Cell, requests: int) -> list[list[bytes]]:
        """Events for so many requests that nobody was sent yet."""
        return [self._season.events(cell.events) for _ in range(requests)]

    def body(self, cell: Cell, events: list[bytes]) -> bytes:
        """The body of one request."""
        return self._season.bare(events[0]) if cell.path == EVENTS else self._season.document(events)

    @contextmanager
    def alone(self, *running: int) -> Iterator[None]:
        """Only these processes run."""
        others = [[self.raw.pid], *(one.pids for one in self.contenders.values())]
        with alone(list(running), others):
            yield

    def send(self, name: str, cell: Cell, batches: list[list[bytes]], window: float) -> Sent:
        """Sends to one contender, all others stopped."""
        contender = self.contenders[name]
        key, file = contender.service.admin_key, self._work / "requests"
        load.write(file, (load.post(cell.path, key, self.body(cell, events)) for events in batches))
        with self.alone(*contender.pids):
            pids = [pid for first in contender.pids for pid in family(first)]
            before = cpu_seconds(pids)
            found = self.generator.run(contender.service.port, file, cell.connections, window)
            used = cpu_seconds(pids) - before
        events = found.done * cell.events
        for batch in batches[: found.done]:
            contender.sent.update(sha256(event).digest()[:8] for event in batch)
        return Sent(events / found.seconds, found, used / events * 1e6)

    def measure(self, cell: Cell) -> dict[str, list[Sent]]:
        """All rounds of one way of sending; in each round all contenders get the same requests."""
        self._say(f"capture: {cell.path}, {cell.events} events, {cell.connections} connections")
        window, warm = self.sizes.window, 2 * cell.connections
        first = self.batches(cell, warm)
        rates = {name: self.send(name, cell, first, window).rate for name in self.contenders}
        enough = max(warm, int(max(rates.values()) * window * 2 / cell.events) + 1)
        rounds = {name: iter(range(self.sizes.rounds)) for name in self.contenders}
        prepared = [self.batches(cell, enough) for _ in range(self.sizes.rounds)]

        def turn(name: str) -> Callable[[], Sent]:
            return lambda: self.send(name, cell, prepared[next(rounds[name])], window)

        return interleave({name: turn(name) for name in self.contenders}, self.sizes.rounds)

    def insert(self, cell: Cell) -> tuple[list[float], list[float], list[float]]:
        """Events a second of: inserting document by document, inserting in groups, preparing."""
        requests = max(2, self.sizes.raw_events // cell.events)
        prepared: list[float] = []

        def turn(group: int) -> float:
            file = self._work / "documents"
            load.write(file, (self.body(cell, events) for events in self.batches(cell, requests)))
            with self.alone(self.raw.pid):
                prepare, insert = self.raw.run(file, group)
            prepared.append(requests * cell.events / prepare)
            return requests * cell.events / insert

        found = interleave({"single": lambda: turn(1), "grouped": lambda: turn(GROUP)}, self.sizes.rounds)
        return found["single"], found["grouped"], prepared


def _start(bench: Bench, stack: ExitStack) -> tuple[dict[str, Contender], list[str]]:
    """The contenders, running; and why one is missing."""
    notes: list[str] = []
    ours = TianzhuoServer(bench.work / "ours")
    stack.enter_context(ours)
    contenders = {OURS: Contender(ours, [ours.pid], f"chdb://{ours.data / 'store'}")}
    try:
        server = stack.enter_context(PostgresServer(bench.work / "postgres"))
        peer = stack.enter_context(BenchServer(bench.work / "peer", server.dsn))
        contenders[PEER] = Contender(peer, [peer.pid, server.pid], server.dsn)
    except ServerUnavailable as reason:
        notes.append(f"PostgreSQL is left out: {reason}.")
    return contenders, notes


def run(bench: Bench) -> list[Table]:
    """Measures, then counts what each store holds."""
    with ExitStack() as stack:
        contenders, notes = _start(bench, stack)
        raw = stack.enter_context(closing(RawInsert(bench.work / "raw")))
        capturing = Capturing(bench, contenders, raw)
        stack.enter_context(closing(capturing.generator))
        by_size = _by_size(capturing)
        by_emitters = _by_emitters(capturing)
        contenders[OURS].service.stop()  # so that another process can count
        for name, contender in contenders.items():
            _count(name, contender)
    for table in (by_size[0], by_emitters):
        table.notes.extend(notes)
    return [*by_size, by_emitters]


def _count(name: str, contender: Contender) -> None:
    """Compares what was acknowledged with what is stored.

    Raises:
        Disagreement: it is not the same.
    """
    with closing(Worker.module("tests.bench.capturing", contender.address)) as worker:
        stored = worker.ask()
    if stored != len(contender.sent):
        raise Disagreement(f"{name} acknowledged {len(contender.sent)} distinct events and holds {stored}")
    print(f"{name}: {stored:,} distinct events acknowledged, as many stored")


def _by_size(capturing: Capturing) -> list[Table]:
    against_peer: list[tuple[str, ...]] = []
    against_insert: list[tuple[str, ...]] = []
    for size in capturing.sizes.document_events:
        cell = Cell(CAPTURE, size, CONNECTIONS)
        found = capturing.measure(cell)
        against_peer.append((str(size), *_compared(found)))
        if size < SMALLEST_INSERT:
            continue
        ours = [sent.rate for sent in found[OURS]]
        single, grouped, prepared = capturing.insert(cell)
        insert = (spread(single), ratio(ours, single), spread(grouped), ratio(ours, grouped), spread(prepared))
        against_insert.append((str(size), spread(ours), *insert))
    header = ("events in a document", "ours", "insert alone", "ours ÷ it", "in groups", "ours ÷ it", "prepare alone")
    setting = (
        f"Events/s; {CONNECTIONS} connections, each sending when it has its answer; all documents unique;"
        " everything on one machine, the other contenders stopped meanwhile."
    )
    said = [
        (
            "Insert alone: Writer.commit on blocks prepared before, in a process of its own, one insert at a time, each"
            f" document by itself or in groups of up to {GROUP:,} events, as the service groups what waits."
        ),
        "Prepare alone: read_document, check_event, accept and prepare, in one thread: what one core can do at best.",
    ]
    counted = "What each service acknowledged was counted in its store afterwards: the same number of distinct events."
    return [
        Table("Capture by size of document", ("events in a document", *_rates(capturing)), against_peer,
              [setting, counted]),
        Table("Capture against inserting alone", header, against_insert, [setting, *said]),
    ]  # fmt: skip


def _by_emitters(capturing: Capturing) -> Table:
    rows: list[tuple[str, ...]] = []
    header = ("emitters", "each sends", *_rates(capturing), "ours p50 / p99 ms", "PostgreSQL p50 / p99 ms")
    load_cpu: list[float] = []
    for path, events, what in ((EVENTS, 1, "single events"), (CAPTURE, 10, "documents of 10")):
        for emitters in capturing.sizes.emitters:
            found = capturing.measure(Cell(path, events, emitters))
            load_cpu += [sent.load.cpu for sents in found.values() for sent in sents]
            latencies = [_latencies(found[name]) if name in found else "" for name in (OURS, PEER)]
            rows.append((str(emitters), what, *_compared(found), *latencies))
    notes = [
        "Events/s; each emitter has one connection and sends when it has its answer.",
        f"The load generator used {100 * median(load_cpu):.1f} % of one core, at most {100 * max(load_cpu):.1f} %.",
    ]
    return Table("Capture from many small emitters", header, rows, notes)


def _rates(capturing: Capturing) -> tuple[str, ...]:
    columns = ["ours", "CPU µs/event"]
    if PEER in capturing.contenders:
        columns += ["PostgreSQL", "CPU µs/event", "ours ÷ PostgreSQL"]
    return tuple(columns)


def _compared(found: Mapping[str, list[Sent]]) -> tuple[str, ...]:
    cells: list[str] = []
    for sents in found.values():
        cells += [spread([sent.rate for sent in sents]), number(median(sent.cpu for sent in sents))]
    if PEER in found:
        cells.append(ratio([sent.rate for sent in found[OURS]], [sent.rate for sent in found[PEER]]))
    return tuple(cells)


def _latencies(sents: list[Sent]) -> str:
    middle = median(sent.load.percentile(0.5) for sent in sents)
    worst = median(sent.load.percentile(0.99) for sent in sents)
    return f"{number(middle)} / {number(worst)}"


if __name__ == "__main__":
    with closing(open_store(sys.argv[1])) as opened:
        answer(opened.reader.count)
