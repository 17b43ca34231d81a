"""`tianzhuo ingest`: the worker that takes events from Kafka into the store."""

import argparse
import logging
import os
import signal
from collections.abc import Callable
from contextlib import closing
from threading import Timer

import faust
from rich.table import Table

from services.bus.connection import Broker
from services.bus.progress import Progress
from services.bus.topics import CAPTURES, DEADLETTER, Topics
from services.cli.options import add_kafka, add_store, broker_of, store_settings, watched
from services.cli.output import console, fail, say
from services.domain.times import rfc3339
from services.settings import (
    IngestSettings,
    KafkaSettings,
    LogSettings,
    StoreSettings,
    TraceSettings,
    describe,
    read_ingest,
)
from services.store.clickhouse import ClickHouseStore
from streams.app import build
from streams.health import start_health
from streams.status import Status, told

log = logging.getLogger("tianzhuo.ingest")

END_SECONDS = 60.0
"""How long the end may take: the block in flight, and what was fetched."""
DESCRIPTION = """\
Takes events from captures.v1 into the store: fetches, checks, inserts, and only then commits. As many workers as the
topic has partitions may run at once. SIGTERM stores what was fetched and ends. What cannot be accepted goes to
deadletter.v1 and into the store, with its reason; when that is too much of it (see the settings), the worker stops
instead, with exit code 1. With --lag it only says how far behind the group is.
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the subcommand."""
    parser = commands.add_parser(
        "ingest",
        help="take events from Kafka into the store",
        description=DESCRIPTION,
        epilog="Settings (the command line wins):\n"
        + describe(StoreSettings, KafkaSettings, IngestSettings, LogSettings, TraceSettings),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_store(parser)
    add_kafka(parser)
    parser.add_argument("--health-port", type=int, metavar="PORT", help="port of /livez, /readyz and /metrics")
    parser.add_argument("--lag", action="store_true", help="say how far behind the group is, and end")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Works until it is told to end; 1 when it could not go on."""
    broker = broker_of(arguments)
    if arguments.lag:
        return show_lag(broker)
    with watched("ingest"):
        return _run(arguments, broker)


def _run(arguments: argparse.Namespace, broker: Broker) -> int:
    store_config = store_settings(arguments)
    if not store_config.store:
        return fail("ingest needs a ClickHouse server: --store http://host:8123 (the embedded store has one process)")
    settings = read_ingest({"health_port": arguments.health_port})
    if wrong := Topics(broker).check(CAPTURES, DEADLETTER):
        return fail("; ".join(wrong))
    where = (store_config.dsn, store_config.database, store_config.connections)
    with closing(ClickHouseStore(*where, topology=store_config.topology)) as store:
        store.require_current()
        return work(store, broker, settings)


def work(
    store: ClickHouseStore, broker: Broker, settings: IngestSettings, step: Callable[[str], None] = lambda _: None
) -> int:
    """Runs the Faust app in this thread until it ends; returns the exit code. `step` as in `streams.worker.Worker`."""
    status = Status(settings.stuck_seconds)
    failures: list[BaseException] = []

    def ended(error: BaseException | None) -> None:
        if error is not None:
            failures.append(error)
        # Faust ends in good order on a signal, and on nothing else from inside; a crash of it must not leave us here.
        os.kill(os.getpid(), signal.SIGTERM)
        watchdog = Timer(END_SECONDS, os._exit, [1])
        watchdog.daemon = True
        watchdog.start()

    with closing(_Health(settings, status)) as health:
        say(f"ingesting; /livez, /readyz and /metrics on http://{settings.health_host}:{health.port}")
        app = build(store, broker, settings, status, ended, step)
        worker = faust.Worker(app, quiet=True, override_logging=False, redirect_stdouts=False)
        worker.spinner = None  # it writes terminal escapes into a log
        try:
            worker.execute_from_commandline()
        except SystemExit as error:
            if error.code and not failures:
                failures.append(RuntimeError(f"Faust ended with {error.code}"))
    if failures:
        log.critical("ingest stopped: %s", told(failures[0]), exc_info=failures[0])
        return fail(f"ingest stopped: {failures[0] or type(failures[0]).__name__}")
    return 0


class _Health:
    def __init__(self, settings: IngestSettings, status: Status) -> None:
        self._server = start_health(settings.health_host, settings.health_port, status)
        self.port = self._server.server_address[1]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def show_lag(broker: Broker) -> int:
    """A row for each partition, and the sum."""
    found = Progress(broker).lag()
    table = Table("partition", "stored up to offset", "end", "behind", "stored up to time", box=None)
    for one in found:
        at = rfc3339(one.stored_us) if one.stored_us is not None else "unknown"
        committed = "nothing" if one.committed is None else str(one.committed)
        table.add_row(str(one.partition), committed, str(one.end), str(one.behind), at)
    console().print(table)
    say(f"{sum(one.behind for one in found)} behind in {len(found)} partitions (marks of transactions count)")
    return 0
