"""The product's HTTP service on any store: `python -m tests.bench.serve STORE --data DIR --port P [--stop-merges]`."""

import argparse
import sys
from contextlib import closing
from pathlib import Path
from typing import cast

import uvicorn

from services.cli.options import ADMIN_KEY
from services.cli.serve import build, listen, now, write_admin_key
from services.settings import ServeSettings
from services.store.clickhouse import ClickHouseStore
from services.usecases.keys import KeyService
from tests.bench.stores import open_store
from tests.bench.workers import ROOT
from tests.servers.tianzhuo import TianzhuoServer


class BenchServer(TianzhuoServer):
    """A running service on a store that the benchmark names."""

    def __init__(self, path: Path, address: str, *, stop_merges: bool = False) -> None:
        """Starts nothing yet.

        Args:
            path: its folder, for its key and log.
            address: see `stores.open_store`.
            stop_merges: likewise.
        """
        super().__init__(path)
        self._store = [address, *(["--stop-merges"] if stop_merges else [])]

    def _command(self) -> list[str]:
        place = ["--data", str(self.data), "--port", str(self.port)]
        return ["/usr/bin/env", f"PYTHONPATH={ROOT}", sys.executable, "-m", "tests.bench.serve", *self._store, *place]


def main() -> None:
    """Serves until it is stopped: the wiring and the server settings are those of `tianzhuo serve`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("store")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--stop-merges", action="store_true")
    arguments = parser.parse_args()
    with (
        listen("127.0.0.1", arguments.port) as server,
        closing(open_store(arguments.store, stop_merges=arguments.stop_merges)) as store,
    ):
        write_admin_key(KeyService(store.keys, now), arguments.data / ADMIN_KEY)
        # It asks a store for no more than the ports and `ping`.
        app = build(cast("ClickHouseStore", store), ServeSettings())
        config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="on")
        uvicorn.Server(config).run(sockets=[server])


if __name__ == "__main__":
    main()
