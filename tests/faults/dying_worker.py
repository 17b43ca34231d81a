"""A `tianzhuo ingest` that kills itself at a step: `dying_worker STEP NUMBER --health-port P`."""

import os
import signal
import sys
from contextlib import closing

from services.bus.connection import Broker
from services.cli.ingest import work
from services.settings import read_ingest, read_kafka, read_store
from services.store.clickhouse import ClickHouseStore


def main() -> int:
    name, number, _, port = sys.argv[1:]
    left = [int(number)]

    def step(now: str) -> None:
        if now == name:
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

    config = read_store()
    where = (config.dsn, config.database, config.connections)
    with closing(ClickHouseStore(*where, topology=config.topology)) as store:
        return work(store, Broker(read_kafka().kafka), read_ingest({"health_port": int(port)}), step)


if __name__ == "__main__":
    sys.exit(main())
