"""`make run-cluster` as a newcomer sees it: all starts, what is captured is stored a moment later, all of it ends."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.architecture.tree import ROOT
from tests.servers.cluster import until
from tests.servers.process import free_port

COMMAND = [sys.executable, "-m", "deploy.run_cluster"]


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("clickhouse_server", "kafka_server")  # skips where no server can be had
def test_the_greeting_is_true(tmp_path: Path) -> None:
    data, port = tmp_path / "data", free_port()
    command = [*COMMAND, "--data", str(data), "--port", str(port), "--events", "200"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)
    assert process.stdout is not None
    printed = ""
    try:
        for line in process.stdout:
            printed += line
            if line.startswith("  serve.log"):
                break
        assert "An answer comes a moment after the 202" in printed, printed
        for name in re.findall(r"^  ([a-z]+/|[\w.]+\.(?:json|log))(?= |,)", printed, re.MULTILINE):
            assert (data / name).exists(), name
        assert {one.name for one in data.iterdir()} == {
            *("api", "clickhouse", "kafka", "sample", "ports.json"),
            *("serve.log", "ingest-1.log", "ingest-2.log"),
        }
        found = re.search(r"^  (curl .*?\n.*?)\n", printed, re.MULTILINE)
        assert found, printed
        done = subprocess.run(["bash", "-c", found.group(1)], capture_output=True, text=True, check=True)
        assert re.match(r"HTTP/1.1 202 ", done.stdout), done.stdout
        page = f"http://127.0.0.1:{port}/v1/units?id=395210000000000019"
        until(lambda: httpx.get(page, timeout=30).status_code == 200, "it can be looked up")
    finally:
        process.terminate()
        process.communicate(timeout=90)
    assert process.returncode == 0


def test_without_java_it_says_so_in_one_line(tmp_path: Path) -> None:
    nothing = tmp_path / "bin"
    nothing.mkdir()
    variables = {name: value for name, value in os.environ.items() if name != "JAVA_HOME"} | {"PATH": str(nothing)}
    command = [*COMMAND, "--data", str(tmp_path / "data")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=variables, check=False)
    assert done.returncode == 1, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("default-jre-headless is missing"), line


@pytest.mark.usefixtures("clickhouse_server", "kafka_server")  # skips where no server can be had
def test_ctrl_c_before_it_is_ready_ends_it_quietly(tmp_path: Path) -> None:
    command = [*COMMAND, "--data", str(tmp_path), "--port", str(free_port())]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "starting Kafka and ClickHouse ...\n"
        port = json.loads((tmp_path / "ports.json").read_text())["KafkaServer.port"]
        until(lambda: listens(port), "the broker is starting")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert (process.returncode, out, err) == (130, "ending ...\n", "")
    assert not listens(port)


def listens(port: int) -> bool:
    """Whether somebody takes connections on a loopback port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
