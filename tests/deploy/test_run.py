"""`make run` as a newcomer sees it: a season, addresses that open, a curl line that works, Ctrl-C that ends it."""

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from deploy import run
from tests.architecture.tree import ROOT
from tests.servers.process import free_port


class Started:
    """A running deploy/run.py with what it has printed up to its greeting's end."""

    def __init__(self, data: Path, port: int) -> None:
        command = [sys.executable, str(ROOT / "deploy/run.py"), "--data", str(data), "--port", str(port)]
        self.process = subprocess.Popen([*command, "--events", "400"], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.printed = ""
        for line in self.process.stdout:
            self.printed += line
            if line.startswith("Ctrl-C ends it"):
                break

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=60)
        return self.process.returncode


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Started]:
    one = Started(tmp_path_factory.mktemp("run") / "data", port)
    yield one
    one.end()


def test_three_addresses_open(started: Started) -> None:
    addresses = re.findall(r"^  (http://\S+)   ", started.printed, re.MULTILINE)
    assert len(addresses) == 3, started.printed
    for address in addresses:
        answer = httpx.get(address, timeout=30)
        assert answer.status_code == 200, address
        assert answer.content


def test_printed_curl_line_captures_the_sample_events(started: Started, port: int) -> None:
    found = re.search(r"^  (curl .*?\n.*?)\n", started.printed, re.MULTILINE)
    assert found, started.printed
    done = subprocess.run(["bash", "-c", found.group(1)], capture_output=True, text=True, check=True)
    assert re.match(r"HTTP/1.1 202 ", done.stdout), done.stdout
    unit = httpx.get(f"http://127.0.0.1:{port}/v1/units", params={"id": f"https://id.gs1.org{run.SAMPLE_LOT}"})
    assert "395210000000000019" in unit.text


def test_ctrl_c_ends_it_and_the_next_start_sends_nothing_again(tmp_path: Path) -> None:
    first = Started(tmp_path / "data", free_port())
    assert first.end() == 0, first.printed
    sent = (tmp_path / "data/sample/sent").stat().st_mtime_ns
    second = Started(tmp_path / "data", free_port())
    assert second.end() == 0, second.printed
    assert (tmp_path / "data/sample/sent").stat().st_mtime_ns == sent


def test_the_pages_shown_are_those_of_the_showcase(started: Started) -> None:
    assert re.search(r"/01/\d{14}/21/\S+   a pack that was sold", started.printed), started.printed
    assert re.search(r"/00/\d{18}   a pallet", started.printed), started.printed


def test_a_season_without_examples_leads_to_the_look_up(tmp_path: Path) -> None:
    (tmp_path / "sample").mkdir()
    (tmp_path / "sample/manifest.json").write_text('{"showcase": {}}')
    assert run.sample_pages(tmp_path) == [("/", "look a code up")]


def test_a_start_after_an_interrupted_one_makes_the_season_anew(tmp_path: Path) -> None:
    (tmp_path / "data/sample").mkdir(parents=True)
    (tmp_path / "data/sample/captures-00000.ndjson").write_text("half a docu")
    again = Started(tmp_path / "data", free_port())
    assert again.end() == 0
    assert "tianzhuo runs" in again.printed
    assert (tmp_path / "data/sample/sent").exists()


def test_a_second_start_on_the_same_directory_leaves_the_first_and_its_log_alone(tmp_path: Path) -> None:
    data, log = tmp_path / "data", tmp_path / "data" / "serve.log"
    first = Started(data, free_port())
    before = log.read_text()
    assert "listening on " in before
    command = [sys.executable, str(ROOT / "deploy/run.py"), "--data", str(data), "--port", str(free_port())]
    second = subprocess.run(command, capture_output=True, text=True, check=False)
    assert second.returncode == 1
    assert "another process has it open" in second.stderr
    assert "listening on " not in second.stderr
    assert log.read_text().startswith(before)
    address = re.findall(r"^  (http://\S+)   ", first.printed, re.MULTILINE)[0]
    assert httpx.get(address, timeout=30).status_code == 200
    assert first.end() == 0


def test_taken_port_gives_the_next_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert run.free_port(port) > port


def test_greeting_speaks_of_the_sample_document() -> None:
    events = json.loads(run.SAMPLE_EVENT.read_text())["epcisBody"]["eventList"]
    assert any(f"https://id.gs1.org{run.SAMPLE_LOT}" in json.dumps(event["quantityList"]) for event in events[:1])
