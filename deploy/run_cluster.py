"""Start the whole topology on one machine with a sample season: `make run-cluster`.

A Kafka broker and a ClickHouse server come from where the tests have them; in front of them run the product's own
processes, with the settings that they would have anywhere else.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from deploy.run import SEED, Failed, free_port, greeting, sample_pages, tianzhuo, wait_until_ready
from services.bus.connection import Broker
from services.bus.progress import Progress
from tests.servers.availability import ServerUnavailable
from tests.servers.clickhouse import ClickHouseServer
from tests.servers.cluster import until
from tests.servers.kafka import KafkaServer
from tests.servers.process import ServerFailed, ServerProcess

ROOT = Path(__file__).resolve().parent.parent
STORED_SECONDS = 600.0
INTERRUPTED = 130
"""Exit code after Ctrl-C, as a shell has it."""


def once(environment: dict[str, str], *arguments: str) -> None:
    """Run one command of the product to its end.

    Raises:
        Failed: it did not exit with 0.
    """
    if subprocess.run(tianzhuo(*arguments), env=environment, check=False).returncode:
        message = f"failed: tianzhuo {' '.join(arguments)}"
        raise Failed(message)


def started(stack: ExitStack, environment: dict[str, str], log: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """A process of the product that runs until the stack is closed."""
    with log.open("ab") as output:
        process = subprocess.Popen(tianzhuo(*arguments), env=environment, stdout=output, stderr=output)
    stack.callback(process.wait)
    stack.callback(process.terminate)
    return process


def sample(data: Path, environment: dict[str, str], address: str, events: int) -> None:
    """The sample season, captured over the API and stored, unless this directory has it already."""
    folder = data / "sample"
    if (folder / "sent").exists():
        return
    if folder.exists():
        shutil.rmtree(folder)
    season = ["simulate", "--seed", str(SEED), "--events", str(events)]
    once(environment, *season, "--out", str(folder))
    once(environment, *season, "--to", address, "--key-file", str(data / "api" / "admin.key"))
    progress = Progress(Broker(environment["TIANZHUO_KAFKA"]))
    until(lambda: sum(one.behind for one in progress.lag()) == 0, "the season is stored", STORED_SECONDS)
    (folder / "sent").touch()


def run(data: Path, port: int, events: int, workers: int) -> int:
    """Start everything, fill it once, and stay until it is told to end; returns the exit code, 130 before it was ready.

    Raises:
        Failed: something could not be started.
        ServerUnavailable: this machine lacks what a server needs.
        ServerFailed: a server ended at once or did not answer.
        TimeoutError: the season was not stored in time.
    """
    data.mkdir(parents=True, exist_ok=True)
    code = INTERRUPTED
    with ExitStack() as stack:
        try:
            kafka, clickhouse = KafkaServer(data / "kafka", java_options=()), ClickHouseServer(data / "clickhouse")
            # A broker keeps the addresses that it has told its clients.
            _keep_ports([kafka, clickhouse], data / "ports.json")
            print("starting Kafka and ClickHouse ...", flush=True)
            for one in (kafka, clickhouse):
                stack.callback(one.stop)
                one.start()
            environment = {**os.environ, "TIANZHUO_KAFKA": kafka.address, "TIANZHUO_STORE": clickhouse.url}
            once(environment, "migrate")
            once(environment, "topics", "create", "--partitions", "4")
            for number in range(1, workers + 1):
                own = {**environment, "TIANZHUO_INGEST_INSTANCE": f"worker-{number}", "TIANZHUO_HEALTH_PORT": "0"}
                started(stack, own, data / f"ingest-{number}.log", "ingest")
            port = free_port(port)
            address = f"http://127.0.0.1:{port}"
            log = data / "serve.log"
            begin = log.stat().st_size if log.exists() else 0
            server = started(stack, environment, log, "serve", "--data", str(data / "api"), "--port", str(port))
            signal.signal(signal.SIGTERM, lambda *_: server.terminate())
            wait_until_ready(server, address, log, begin)
            sample(data, environment, address, events)
            print(greeting(data / "api", address, sample_pages(data), data), flush=True)
            print(more_to_know(data, kafka.address, clickhouse.url, workers), flush=True)
            code = 0
            return server.wait()
        except KeyboardInterrupt:
            # A second Ctrl-C does not cut the ending short.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            print("ending ...", flush=True)
    return code


def more_to_know(data: Path, kafka: str, clickhouse: str, workers: int) -> str:
    """What differs from one process, after the greeting that both have."""
    return f"""An answer comes a moment after the 202: a capture goes into Kafka first, and {workers} workers store it.
The capture job says "running": true until then.

Kafka is {kafka}, ClickHouse is {clickhouse}. Everything is kept in {data}:
  kafka/         what was captured, as Kafka keeps it
  clickhouse/    what is stored
  api/           admin.key
  sample/        the sample season and what is true of it
  ports.json     the ports, the same at every start
  serve.log, ingest-1.log, …
"""


def _keep_ports(servers: list[ServerProcess], file: Path) -> None:
    names = ("port", "controller_port", "http_port", "tcp_port")
    kept = json.loads(file.read_text()) if file.exists() else {}
    for server in servers:
        for name in names:
            if hasattr(server, name):
                key = f"{type(server).__name__}.{name}"
                setattr(server, name, kept.setdefault(key, getattr(server, name)))
    file.write_text(json.dumps(kept))


def main() -> int:
    """Read the command line and run; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "data-cluster", help="the data directory")
    parser.add_argument("--port", type=int, default=8080, help="the port to listen on, or the next free one")
    parser.add_argument("--events", type=int, default=20_000, help="events of the sample season")
    parser.add_argument("--workers", type=int, default=2, help="ingest workers")
    options = parser.parse_args()
    try:
        return run(options.data.resolve(), options.port, options.events, options.workers)
    except (Failed, ServerUnavailable, ServerFailed, TimeoutError) as reason:
        print(reason, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
