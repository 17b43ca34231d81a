"""`tianzhuo serve`, `tianzhuo migrate` and `tianzhuo simulate`: what they keep, and what they refuse to touch."""

import json
import socket
from pathlib import Path

import pytest

from tests.api.client import Client
from tests.cli.command import fails
from tests.cli.command import tianzhuo as run
from tests.servers.clickhouse import ClickHouseServer
from tests.servers.process import free_port
from tests.servers.tianzhuo import TianzhuoServer


def test_serve_on_a_taken_port_fails_and_touches_nothing(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        fails(run("serve", "--data", tmp_path / "data", "--port", str(port)), str(port), "in use")
    assert list(tmp_path.iterdir()) == []


def test_serve_on_a_host_that_is_not_ours_fails(tmp_path: Path) -> None:
    done = run("serve", "--data", tmp_path / "data", "--host", "192.0.2.1", "--port", "0")
    fails(done, "cannot listen", "192.0.2.1")


def test_second_process_on_a_directory_fails(tianzhuo_data: Path) -> None:
    """ChDB itself writes a line before ours."""
    for arguments in (("serve", "--port", str(free_port())), ("migrate", "--check")):
        done = run(arguments[0], "--data", tianzhuo_data, *arguments[1:])
        assert done.returncode == 1
        assert "another process has it open" in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.stderr


@pytest.fixture
def tianzhuo_data(tianzhuo: TianzhuoServer) -> Path:
    """The data directory of a running service, which has to go on running."""
    assert tianzhuo.json("/readyz") == {"status": "ok"}
    return tianzhuo.data


def test_directory_that_is_a_file_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for command in ("serve", "migrate"):
        fails(run(command, "--data", tmp_path / "file"), str(tmp_path / "file"))


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "abc"), ("PORT", "65536"), ("STORE", "foo"),
     ("STORE", "http://me:secret@127.0.0.1:nota"), ("CONNECTIONS", "1.5")],
)  # fmt: skip
def test_setting_that_cannot_be_read_fails(tmp_path: Path, name: str, value: str) -> None:
    command = "serve" if name == "PORT" else "migrate"
    done = run(command, "--data", tmp_path / "data", variables={f"TIANZHUO_{name}": value})
    fails(done, "65535" if value == "65536" else f"TIANZHUO_{name}: expected")
    assert "secret" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_store_that_is_away_fails(tmp_path: Path) -> None:
    url = f"http://me:secret@127.0.0.1:{free_port()}"
    for command in ("serve", "migrate"):
        done = run(command, "--store", url, "--data", tmp_path / "data")
        fails(done)
        assert "secret" not in done.stderr


def test_migrate_makes_a_store_and_check_changes_nothing(tmp_path: Path) -> None:
    data = tmp_path / "data"
    fails(run("migrate", "--check", "--data", data), "holds no store")
    assert not data.exists()
    first, again, check = (run("migrate", "--data", data, *more) for more in ((), (), ("--check",)))
    assert [done.returncode for done in (first, again, check)] == [0, 0, 0]
    assert first.stdout.splitlines()[0] == "applied 0001_events.sql"
    assert first.stdout.splitlines()[-1] == "the schema is current"
    assert again.stdout == check.stdout == "the schema is current\n"


def test_migrate_check_of_a_server_without_schema_fails(clickhouse_server: ClickHouseServer) -> None:
    options = ("--store", clickhouse_server.url, "--database", f"cli_check_{free_port()}")
    fails(run("migrate", "--check", *options), "0001_events.sql")
    assert run("migrate", *options).returncode == 0
    assert run("migrate", "--check", *options).stdout == "the schema is current\n"


def test_simulate_wants_a_new_folder(tmp_path: Path) -> None:
    folder = tmp_path / "season"
    done = run("simulate", "--seed", "3", "--events", "40", "--out", folder)
    assert done.returncode == 0
    assert "40 events of " in done.stdout
    manifest = json.loads((folder / "manifest.json").read_text())
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert {file["name"] for file in manifest["files"]} | {"manifest.json"} == before.keys()
    fails(run("simulate", "--seed", "4", "--events", "40", "--out", folder), str(folder), "not empty")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    fails(run("simulate", "--events", "1", "--out", folder / "manifest.json"))
    (tmp_path / "empty").mkdir()
    again = run("simulate", "--seed", "3", "--events", "40", "--out", tmp_path / "empty")
    assert again.returncode == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "empty").iterdir()} == before


def test_simulate_sends_a_season_to_a_service(tianzhuo_data: Path, tianzhuo: TianzhuoServer, tmp_path: Path) -> None:
    send = ("simulate", "--seed", "31", "--events", "60")
    done = run(*send, "--to", tianzhuo.url, "--key-file", tianzhuo_data / "admin.key")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == f"60 events sent to {tianzhuo.url}"
    assert run(*send, "--out", tmp_path / "season").returncode == 0
    manifest = json.loads((tmp_path / "season/manifest.json").read_text())
    client = Client(tianzhuo, tianzhuo.admin_key)
    for example in manifest["showcase"].values():
        assert client.direct(example["unit"])
    truth = (tmp_path / "season/truth-00000.ndjson").read_text().splitlines()
    for line in truth:
        answer = json.loads(line)
        direct = [one["event"] for one in answer["events"] if one["of"] == answer["unit"] and not one["via"]]
        assert client.direct(answer["unit"]) == direct


def test_simulate_with_a_key_that_is_none_fails(tianzhuo: TianzhuoServer, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("tz_ffffffffffff_x")
    fails(run("simulate", "--events", "20", "--to", tianzhuo.url, "--key-file", tmp_path / "key"), "401")
