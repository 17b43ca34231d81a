"""A Kafka broker and a ClickHouse server that stay until they are told to end: for trying things by hand."""

import json
import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from tests.servers.clickhouse import ClickHouseServer
from tests.servers.clickhouse_library import cache_folder
from tests.servers.kafka import KafkaServer
from tests.servers.process import ServerFailed, ServerProcess, runs

KAFKA_PORT, CLICKHOUSE_PORT = 9092, 8123
STOP_SECONDS = 30.0


class Staying:
    """Both servers, in a folder outside the repository; their process ids and ports stand in its `servers.json`."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or cache_folder() / "servers"
        self._file = self._folder / "servers.json"

    def start(self, kafka_port: int = KAFKA_PORT, clickhouse_port: int = CLICKHOUSE_PORT) -> dict[str, str]:
        """Starts what does not run; returns their addresses.

        Raises:
            ServerUnavailable: this machine lacks something they need.
            ServerFailed: one ended at once, its port is taken, say.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        kafka = KafkaServer(self._folder / "kafka")
        kafka.port = kafka_port
        clickhouse = ClickHouseServer(self._folder / "clickhouse")
        clickhouse.http_port = clickhouse_port
        found = self._running()
        for name, server, address in (("kafka", kafka, kafka.address), ("clickhouse", clickhouse, clickhouse.url)):
            if name not in found:
                _start(server, address)
                found[name] = {"pid": server.pid, "address": address}
                self._file.write_text(json.dumps(found))
        return {name: str(one["address"]) for name, one in found.items()}

    def stop(self) -> list[str]:
        """Ends those that run, in good order where they will; returns which."""
        found = self._running()
        for one in found.values():
            pid = int(one["pid"])
            for end in (signal.SIGTERM, signal.SIGKILL):
                with suppress(ProcessLookupError):
                    os.kill(pid, end)
                deadline = time.monotonic() + STOP_SECONDS
                while runs(pid) and time.monotonic() < deadline:
                    time.sleep(0.05)
        self._file.unlink(missing_ok=True)
        return list(found)

    def _running(self) -> dict[str, dict[str, str | int]]:
        """Those in the file that still run; a process id may be another process's by now."""
        try:
            written: dict[str, dict[str, str | int]] = json.loads(self._file.read_text())
        except FileNotFoundError:
            return {}
        return {name: one for name, one in written.items() if self._is_ours(int(one["pid"]))}

    def _is_ours(self, pid: int) -> bool:
        with suppress(OSError):
            return runs(pid) and str(self._folder) in Path(f"/proc/{pid}/cmdline").read_text()
        return False


def _start(server: ServerProcess, address: str) -> None:
    server.stays = True
    try:
        server.start()
    except ServerFailed as error:
        raise ServerFailed(f"nothing answers on {address} (is its port taken?): {error}") from error
