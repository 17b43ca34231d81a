"""A `tianzhuo ingest` that kills itself at a step: `dying_worker STEP NUMBER --health-port P`."""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import closing

from services.bus.connection import Broker
from services.cli.ingest import work
from services.settings import read_ingest, read_kafka, read_store
from services.store.clickhouse import ClickHouseStore


def dying(name: str, number: int) -> Callable[[str], None]:
    """Hears of steps, and kills this process when the one of this name comes for the how many-th time."""
    left = [number]

    def step(now: str) -> None:
        if now == name:
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

    return step


def main() -> int:
    name, number, _, port = sys.argv[1:]
    config = read_store()
    where = (config.dsn, config.database, config.connections)
    with closing(ClickHouseStore(*where, topology=config.topology)) as store:
        return work(
            store, Broker(read_kafka().kafka), read_ingest({"health_port": int(port)}), dying(name, int(number))
        )


if __name__ == "__main__":
    sys.exit(main())
