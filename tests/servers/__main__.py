"""`python -m tests.servers [install|start|stop]`: what the tests need beyond PyPI, and servers to try things with."""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.servers.availability import ServerUnavailable, in_ci
from tests.servers.browser import ensure_chromium
from tests.servers.clickhouse_library import ensure_library
from tests.servers.kafka_library import ensure_kafka
from tests.servers.postgres import ensure_postgres
from tests.servers.process import ServerFailed
from tests.servers.staying import CLICKHOUSE_PORT, KAFKA_PORT, Staying

SERVERS: dict[str, Callable[[], object]] = {
    "ClickHouse": ensure_library,
    "Kafka": ensure_kafka,
    "PostgreSQL": ensure_postgres,
    "Chromium": ensure_chromium,
}


def install() -> int:
    """Ensure each server; return 1 when one is missing and CI runs this, else 0."""
    missing = 0
    for name, ensure in SERVERS.items():
        began = time.monotonic()
        try:
            ensure()
        except ServerUnavailable as reason:
            missing += 1
            print(f"{name}: not here, its tests {'fail' if in_ci() else 'skip'}: {reason}")
        else:
            print(f"{name}: ready ({time.monotonic() - began:.1f} s)")
    return 1 if missing and in_ci() else 0


def start(staying: Staying, kafka_port: int, clickhouse_port: int) -> int:
    """Start Kafka and ClickHouse, so that they stay."""
    try:
        found = staying.start(kafka_port, clickhouse_port)
    except (ServerUnavailable, ServerFailed) as reason:
        print(reason, file=sys.stderr)
        return 1
    for name, address in found.items():
        print(f"{name}: {address}")
    print("end them with: make servers-stop")
    return 0


def stop(staying: Staying) -> int:
    """End them."""
    print(f"ended: {', '.join(staying.stop()) or 'none ran'}")
    return 0


def main() -> int:
    """Do what the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers", description=__doc__)
    parser.add_argument("what", choices=("install", "start", "stop"), nargs="?", default="install")
    parser.add_argument("--kafka-port", type=int, default=KAFKA_PORT)
    parser.add_argument("--clickhouse-port", type=int, default=CLICKHOUSE_PORT)
    parser.add_argument("--folder", type=Path, help="where they keep their data (default: the cache of the tests)")
    arguments = parser.parse_args()
    staying = Staying(arguments.folder)
    if arguments.what == "start":
        return start(staying, arguments.kafka_port, arguments.clickhouse_port)
    return stop(staying) if arguments.what == "stop" else install()


if __name__ == "__main__":
    sys.exit(main())
