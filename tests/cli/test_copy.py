"""`tianzhuo copy` as a person runs it: killed, continued, checked, refused."""

import json
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import clickhouse_connect
import pytest

from services.cli.main import main
from services.store.clickhouse import ClickHouseStore
from tests.servers.clickhouse import ClickHouseServer
from tests.servers.tianzhuo import TianzhuoServer
from tests.store.events import document, event, gtin_serial, put

TIANZHUO = str(Path(sys.executable).with_name("tianzhuo"))
ODD = event(**{"example:name": "桃 \u0000 \U0001f351 '\\"})


def tianzhuo_copy(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [TIANZHUO, "copy", *map(str, arguments)], capture_output=True, text=True, check=False, timeout=120
    )


def run_here(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    """The same in this process (not for embedded stores: a process can open one only)."""
    try:
        code = main(["copy", *map(str, arguments)])
    except SystemExit as end:
        code = int(end.code or 0)
    said = capsys.readouterr()
    return code, said.out, said.err


def kill_after_progress(state: Path, *arguments: str | Path) -> bool:
    """Starts a copy and kills it (-9) once it has stored something more; False when it ended before."""
    before = state.read_bytes() if state.exists() else b""
    process = subprocess.Popen(
        [TIANZHUO, "copy", *map(str, arguments), "--state", str(state)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while process.poll() is None:
            if state.exists() and state.read_bytes() != before:
                return True
            time.sleep(0.002)
        return False
    finally:
        process.kill()
        process.wait()


def new_database() -> str:
    return f"cli{uuid4().hex}"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> TianzhuoServer:
    """A stopped embedded tianzhuo with events in it."""
    with TianzhuoServer(tmp_path_factory.mktemp("filled")) as server:
        for part in range(3):
            events = [event(epcList=[gtin_serial() for _ in range(5)]) for _ in range(150)]
            body = document(*events, *([ODD] if part else []))
            status, _, answer = server.write("/epcis/capture", body)
            assert status in {200, 202}, answer
    return server


def answer(server: TianzhuoServer) -> Any:
    found = server.json(f"/epcis/events/{quote(ODD['eventID'], safe='')}")
    del found["creationDate"]
    return found


@pytest.fixture(scope="module")
def expected(filled: TianzhuoServer) -> Any:
    with filled:
        found = answer(filled)
    (only,) = found["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert only["example:name"] == ODD["example:name"]
    return found


def test_killed_again_and_again_then_equal_both_ways(
    filled: TianzhuoServer, expected: Any, clickhouse_server: ClickHouseServer, tmp_path: Path
) -> None:
    database, state = new_database(), tmp_path / "state.json"
    there: list[str | Path] = [
        "--from",
        filled.data,
        "--to",
        clickhouse_server.url,
        "--to-database",
        database,
        "--batch-rows",
        "150",
    ]
    killed = [kill_after_progress(state, *there) for _ in range(3)]
    assert killed == [True] * 3
    done = tianzhuo_copy(*there, "--state", state)
    assert done.returncode == 0, done.stderr
    assert "continuing" in done.stdout
    assert "both stores hold the same" in done.stdout
    assert not state.exists()

    back: list[str | Path] = [
        "--from",
        clickhouse_server.url,
        "--from-database",
        database,
        "--to",
        tmp_path / "back" / "data",
    ]
    assert kill_after_progress(state, *back, "--batch-rows", "150")
    done = tianzhuo_copy(*back, "--state", state, "--batch-rows", "150")
    assert done.returncode == 0, done.stderr
    with TianzhuoServer(tmp_path / "back") as server:
        assert answer(server) == expected
        status, _, body = server.write("/epcis/capture", document(event()), key=filled.admin_key)
        assert status in {200, 202}, body  # the keys came along


def test_a_difference_is_found_and_said(
    clickhouse_server: ClickHouseServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = new_database(), new_database()
    with closing(ClickHouseStore(clickhouse_server.url, one, connections=2)) as store:
        store.migrate()
        for _ in range(3):
            put(store, *[event() for _ in range(50)])
    url, state = clickhouse_server.url, ["--state", str(tmp_path / "state.json")]
    both: list[str | Path] = ["--from", url, "--from-database", one, "--to", url, "--to-database", two]
    code, _, said = run_here(capsys, *both, "--check")
    assert code == 1  # a new database has no schema, and checking makes none
    assert f"{url} ({two}): the database lacks 0001_events.sql" in said
    assert run_here(capsys, *both, *state)[0] == 0
    assert list(tmp_path.iterdir()) == []

    with clickhouse_connect.get_client(port=clickhouse_server.http_port, host="127.0.0.1", database=two) as client:
        client.command("ALTER TABLE events DELETE WHERE position = 49 SETTINGS mutations_sync = 2")
        client.command("ALTER TABLE captures UPDATE kind = 'event' WHERE 1 SETTINGS mutations_sync = 2")
    code, table, said = run_here(capsys, *both, "--check")
    assert code == 1
    assert "events has 150 rows in the source and 147 in the target" in said
    assert "captures has 3 rows on both sides, but not the same" in said
    assert said.count("\n") == 1
    assert [line.split()[-1] for line in table.splitlines()[1:]].count("differs") == 2

    code, _, said = run_here(capsys, *both, *state)
    assert code == 1
    assert f"{url} ({two}) holds events already" in said
    assert "events has 147 rows" in said
    assert "give --into-existing" in said
    code, _, said = run_here(capsys, *both, "--check")
    assert "events has 150 rows in the source and 147 in the target" in said  # nothing was written
    code, _, said = run_here(capsys, *both, *state, "--into-existing")
    assert code == 1  # the lost events are back, but which of two captures is the right one nobody can tell
    assert "events has" not in said
    assert "captures has 3 rows on both sides, but not the same" in said


def test_a_target_that_holds_others_events_is_left_as_it_is(
    filled: TianzhuoServer, expected: Any, clickhouse_server: ClickHouseServer, tmp_path: Path
) -> None:
    """Also where it is embedded, and where its schema is older: it is not even brought up to date."""
    one = new_database()
    url = clickhouse_server.url
    with closing(ClickHouseStore(url, one, connections=2)) as store:
        store.migrate()
        put(store, event())
    with TianzhuoServer(tmp_path / "theirs") as server:  # an admin key is no reason
        pass
    there: list[str | Path] = ["--from", url, "--from-database", one, "--to"]
    done = tianzhuo_copy(*there, server.data)
    assert (done.returncode, "both stores hold" in done.stdout) == (1, False)
    assert "holds events already" not in done.stderr, "only the keys differ"
    refused = tianzhuo_copy(*there, filled.data)
    assert refused.returncode == 1
    assert "holds events already" in refused.stderr
    with filled:
        assert answer(filled) == expected
    old = new_database()
    with clickhouse_connect.get_client(port=clickhouse_server.http_port, host="127.0.0.1") as client:
        client.command(f"CREATE DATABASE {old}")
        client.command(f"CREATE TABLE {old}.events (x UInt8) ENGINE = MergeTree ORDER BY x AS SELECT 1")
        refused = tianzhuo_copy(*there, url, "--to-database", old)
        assert "events has 1 rows" in refused.stderr
        assert client.command(f"SELECT count() FROM system.tables WHERE database = '{old}'") == 1


def test_an_open_source_is_refused(filled: TianzhuoServer, clickhouse_server: ClickHouseServer, expected: Any) -> None:
    with filled:
        refused = tianzhuo_copy("--from", filled.data, "--to", clickhouse_server.url, "--to-database", new_database())
        assert answer(filled) == expected
    assert refused.returncode == 1
    assert "another process has it open" in refused.stderr


def test_a_target_with_another_schema_is_refused(
    clickhouse_server: ClickHouseServer, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    one, two, url = new_database(), new_database(), clickhouse_server.url
    with closing(ClickHouseStore(url, one, connections=2)) as store:
        store.migrate()
    with clickhouse_connect.get_client(port=clickhouse_server.http_port, host="127.0.0.1") as client:
        client.command(f"CREATE DATABASE {two}")
        client.command(f"CREATE TABLE {two}.events (x UInt8) ENGINE = MergeTree ORDER BY x")
    state = tmp_path / "state.json"
    both = ["--from", url, "--from-database", one, "--to", url, "--to-database", two, "--state", str(state)]
    code, _, said = run_here(capsys, *both)
    assert code == 1
    assert f"{url} ({two}): table events is not as declared" in said
    assert not state.exists()


def test_a_state_of_another_copy_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = tmp_path / "state.json"
    pair = {"source": "a", "target": "b", "schema": "c" * 64}
    state.write_text(json.dumps({"pair": pair, "state": {"copy_id": "x", "piece": None, "rows": {}}}))
    (tmp_path / "data/store").mkdir(parents=True)
    both: list[str | Path] = ["--from", tmp_path / "data", "--to", "http://127.0.0.1:1", "--state", state]
    code, _, said = run_here(capsys, *both)
    assert code == 1
    assert "belongs to another copy, from a to b" in said
    state.write_text("{")
    code, _, said = run_here(capsys, *both)
    assert code == 1
    assert "is no state of a copy" in said


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--from", "one", "--to", "two"], 2, "one process can open only one"),
        (["--from", "one", "--to", "./one"], 2, "are the same store"),
        (["--from", "one", "--to", "ftp://host"], 2, "expected a directory or http(s)://host:port, got 'ftp://host'"),
        (["--from", "one", "--to", "http://user:secret@host:x"], 2, "http://…@host:x: Port could not"),
        (["--from", "one"], 2, "required: --to"),
        (["--from", "one", "--to", "http://127.0.0.1:1", "--batch-rows", "0"], 2, "expected 1 to 9999999, got '0'"),
        (["--from", "one", "--to", "http://127.0.0.1:1"], 1, "one holds no store"),
        (["--from", "http://127.0.0.1:1", "--to", "one", "--check"], 1, "one holds no store"),
        (["--from", "http://user:secret@127.0.0.1:1", "--to", "http://127.0.0.1:2"], 1, "127.0.0.1"),
    ],
)
def test_what_cannot_work_is_said(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    found, _, said = run_here(capsys, *arguments)
    assert found == code
    assert words in said
    assert "secret" not in said
    assert list(tmp_path.iterdir()) == []
