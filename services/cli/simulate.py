"""`tianzhuo simulate`: a season of farm-to-table flow, into files with its truth, or straight to a running service."""

import argparse
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from queue import Queue
from threading import Event, Thread

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from services.bus.connection import Broker
from services.bus.emitter import Emitter
from services.cli.client import Service, ServiceFailed, problem_text
from services.cli.options import add_key, key_of
from services.cli.output import say
from services.settings import broker_options, read_kafka
from services.usecases.simulation import FolderSink, documents, simulate

SENDERS = 4
"""Documents on their way at once: the service groups them into one insert."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the subcommand."""
    parser = commands.add_parser("simulate", help="make a season of sample events")
    parser.add_argument("--seed", type=_count, default=77, help="same seed, same bytes (default: %(default)s)")
    parser.add_argument("--events", type=_positive, default=20_000, help="how many (default: %(default)s)")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--out", type=Path, metavar="DIR", help="write documents and their truth into a new folder")
    where.add_argument(
        "--to", metavar="URL", help="send it to a running service (http://…), or to Kafka (kafka://host:port)"
    )
    parser.add_argument("--rate", type=_positive, metavar="N", help="events a second (default: as fast as it goes)")
    add_key(parser, "file with the key for --to")
    parser.set_defaults(run=run)


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"expected a number from 0 on, got {text!r}")
    return int(text)


def _positive(text: str) -> int:
    number = _count(text)
    if not 1 <= number <= 1_000_000_000:
        raise argparse.ArgumentTypeError(f"expected 1 to 1000000000, got {text!r}")
    return number


def _bar() -> Progress:
    return Progress(TextColumn("events"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())


def run(arguments: argparse.Namespace) -> int:
    """Writes or sends."""
    if arguments.out is not None:
        return _write(arguments)
    if arguments.to.startswith("kafka://"):
        return _produce(arguments)
    return _send(arguments)


def _write(arguments: argparse.Namespace) -> int:
    with _bar() as bar:
        task = bar.add_task("events", total=arguments.events)
        summary = simulate(
            arguments.seed,
            arguments.events,
            FolderSink(arguments.out),
            on_progress=lambda done, _: bar.update(task, completed=done),
        )
    say(f"{summary.events} events of {summary.units} things in {summary.documents} documents in {arguments.out}")
    for name, example in summary.showcase.items():
        say(f"  {name}: {example['unit']}")
    return 0


def _send(arguments: argparse.Namespace) -> int:
    key = key_of(arguments)
    Service(arguments.to)  # a wrong address shows before anything is made
    waiting: Queue[bytes | None] = Queue(2 * SENDERS)
    failed: list[str] = []
    stop = Event()
    with _bar() as bar:
        task = bar.add_task("events", total=arguments.events)

        def deliver() -> None:
            service = Service(arguments.to, key)
            while (document := waiting.get()) is not None:
                if stop.is_set():
                    continue
                try:
                    status, body = service.send("POST", "/epcis/capture", document)
                    problem = problem_text(status, body) if not 200 <= status < 300 else ""
                except ServiceFailed as error:
                    problem = str(error)
                if problem:
                    failed.append(problem)
                    stop.set()
                else:
                    bar.advance(task, document.count(b'"eventTime"'))

        senders = [Thread(target=deliver, daemon=True) for _ in range(SENDERS)]
        for sender in senders:
            sender.start()
        for document in _until(_paced(documents(arguments.seed, arguments.events), arguments.rate), stop):
            waiting.put(document)
        for _ in senders:
            waiting.put(None)
        for sender in senders:
            sender.join()
    if failed:
        raise ServiceFailed(failed[0])
    say(f"{arguments.events} events sent to {arguments.to}")
    return 0


def _produce(arguments: argparse.Namespace) -> int:
    broker = Broker(arguments.to.removeprefix("kafka://").rstrip("/"), broker_options(read_kafka()))
    with _bar() as bar, closing(Emitter(broker, "simulator")) as emitter:
        task = bar.add_task("events", total=arguments.events)
        for document in _paced(documents(arguments.seed, arguments.events), arguments.rate):
            bar.advance(task, emitter.send(document))
    say(f"{arguments.events} events produced to {arguments.to}")
    return 0


def _paced(found: Iterator[bytes], rate: int | None) -> Iterator[bytes]:
    """The documents, none before its time at so many events a second."""
    began, events = time.monotonic(), 0
    for document in found:
        if rate:
            time.sleep(max(0.0, began + events / rate - time.monotonic()))
        yield document
        events += document.count(b'"eventTime"')


def _until(found: Iterator[bytes], stop: Event) -> Iterator[bytes]:
    for document in found:
        if stop.is_set():
            return
        yield document
