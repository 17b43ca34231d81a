"""A server ends with the process that started it, however that one ends."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.servers.process import runs

STARTER = """
import os, sys
from pathlib import Path
from tests import servers
server = getattr(servers, sys.argv[1])(Path(sys.argv[2]))
server.start()
print(server.pid, flush=True)
os._exit(9)
"""


@pytest.mark.usefixtures("clickhouse_server", "kafka_server", "postgres_server")  # skips where no server can be had
@pytest.mark.parametrize("kind", ["ClickHouseServer", "KafkaServer", "PostgresServer"])
def test_server_of_a_dead_starter_ends(kind: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", STARTER, kind, str(tmp_path / "server")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 9, done.stderr
    deadline = time.monotonic() + 20
    while runs(int(done.stdout)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not runs(int(done.stdout))
