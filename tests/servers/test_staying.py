"""`make servers`: a broker and a server that stay when the command has ended, and end when they are told to."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from kafka import KafkaAdminClient

from tests.servers.process import free_port


@pytest.mark.usefixtures("kafka_server", "clickhouse_server")  # skips where no server can be had
def test_they_stay_are_found_again_and_end(tmp_path: Path) -> None:
    kafka, clickhouse = free_port(), free_port()

    def servers(what: str) -> list[str]:
        command = [sys.executable, "-m", "tests.servers", what, "--folder", str(tmp_path)]
        command += ["--kafka-port", str(kafka), "--clickhouse-port", str(clickhouse)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()

    try:
        said = servers("start")
        assert said[:2] == [f"kafka: 127.0.0.1:{kafka}", f"clickhouse: http://127.0.0.1:{clickhouse}"]
        assert servers("start") == said
        with KafkaAdminClient(bootstrap_servers=f"127.0.0.1:{kafka}") as admin:
            assert admin.describe_cluster()["brokers"]
        assert httpx.get(f"http://127.0.0.1:{clickhouse}/?query=SELECT%201").text == "1\n"
    finally:
        ended = servers("stop")
    assert ended == ["ended: kafka, clickhouse"]
    assert servers("stop") == ["ended: none ran"]
