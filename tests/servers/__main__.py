"""`python -m tests.servers`: install what the tests need beyond PyPI, and say what cannot be had."""

import sys
import time
from collections.abc import Callable

from tests.servers.availability import ServerUnavailable, in_ci
from tests.servers.browser import ensure_chromium
from tests.servers.clickhouse_library import ensure_library
from tests.servers.kafka_library import ensure_kafka
from tests.servers.postgres import ensure_postgres

SERVERS: dict[str, Callable[[], object]] = {
    "ClickHouse": ensure_library,
    "Kafka": ensure_kafka,
    "PostgreSQL": ensure_postgres,
    "Chromium": ensure_chromium,
}


def main() -> int:
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


if __name__ == "__main__":
    sys.exit(main())
