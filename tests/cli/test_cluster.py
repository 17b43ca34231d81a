"""`tianzhuo migrate` and `tianzhuo copy` on a cluster, as its operator runs them."""

from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest

from services.cli.main import main
from services.settings import read_store
from services.store.clickhouse import ClickHouseStore
from services.store.cluster import sharding_keys
from services.store.migrations import packaged
from services.store.topology import Topology
from tests.servers.clickhouse import ClickHouseServer
from tests.servers.clickhouse_cluster import ClickHouseShards
from tests.store.events import event, gtin_serial, put


@pytest.fixture
def database(clickhouse_shards: ClickHouseShards, monkeypatch: pytest.MonkeyPatch) -> str:
    """A new one on the shards, which the variables name."""
    name = f"n{uuid4().hex}"
    for variable, value in {**clickhouse_shards.environment, "TIANZHUO_DATABASE": name}.items():
        monkeypatch.setenv(variable, value)
    return name


def test_every_server_is_migrated_once(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate", "--check"]) == 1
    assert f"lacks {packaged()[0].name}" in capsys.readouterr().err
    assert main(["migrate"]) == 0
    said = capsys.readouterr().out
    assert [line for line in said.splitlines() if "applied" in line] == [f"applied {m.name}" for m in packaged()]
    assert main(["migrate"]) == 0
    assert capsys.readouterr().out == "the schema is current\n"
    assert main(["migrate", "--check"]) == 0
    assert database


def test_a_copy_into_a_cluster_and_back_is_equal(
    database: str,
    clickhouse_shards: ClickHouseShards,
    clickhouse_server: ClickHouseServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source, back = f"n{uuid4().hex}", f"n{uuid4().hex}"
    with closing(ClickHouseStore(clickhouse_server.url, source, 2)) as store:
        store.migrate()
        sent = [event(epcList=[gtin_serial()], **{"example:name": "桃 \u0000"}) for _ in range(300)]
        put(store, *sent)
        put(store, *sent[:20])
    there = ["--from", clickhouse_server.url, "--from-database", source, "--to", clickhouse_shards.url]
    there += ["--to-database", database, "--to-cluster", "pair", "--batch-rows", "70"]
    assert main(["copy", *there, "--state", str(tmp_path / "state")]) == 1
    assert "run `tianzhuo migrate` first" in capsys.readouterr().err
    assert main(["migrate"]) == 0
    assert main(["copy", *there, "--state", str(tmp_path / "state")]) == 0
    assert "both stores hold the same" in capsys.readouterr().out
    for node in clickhouse_shards.nodes:
        with closing(ClickHouseStore(node.url, f"{database}_shard", 2)) as part:
            assert 0 < part.reader.count() < len(sent)
    home = ["--from", clickhouse_shards.url, "--from-database", database, "--from-cluster", "pair"]
    home += ["--to", clickhouse_server.url, "--to-database", back]
    assert main(["copy", *home, "--state", str(tmp_path / "state")]) == 0
    assert "both stores hold the same" in capsys.readouterr().out
    # Without being told of the cluster it is no store that could be copied.
    assert main(["copy", "--check", *(one for one in home if one not in {"--from-cluster", "pair"})]) == 1
    assert "lacks" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"CLUSTER": "pair", "STORE": ""}, "TIANZHUO_CLUSTER: expected nothing without TIANZHUO_STORE"),
        ({"CLUSTER": "a'b"}, "TIANZHUO_CLUSTER: expected letters"),
        ({"REPLICAS": "0"}, "TIANZHUO_REPLICAS: expected a number from 1 on, got '0'"),
        ({"REPLICAS": "two"}, "TIANZHUO_REPLICAS: expected a number, got 'two'"),
        ({"CLUSTER": "", "REPLICAS": "2"}, "TIANZHUO_REPLICAS: expected 1 without TIANZHUO_CLUSTER, got '2'"),
        ({"STORE_NODES": "http://a:1,//u:secret@b"}, "TIANZHUO_STORE_NODES: expected http(s)"),
        ({"STORE_NODES": ""}, "TIANZHUO_STORE_NODES names none"),
        ({"CLUSTER": "other"}, "the server knows no cluster 'other'"),
    ],
)
def test_settings_that_make_no_cluster_are_refused(
    database: str,
    variables: dict[str, str],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"TIANZHUO_{name}", value)
    assert main(["migrate", "--database", database]) == 1
    said = capsys.readouterr().err
    assert words in said
    assert "secret" not in said


def test_a_directory_is_no_cluster(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["copy", "--from", "http://127.0.0.1:1", "--to", str(tmp_path), "--to-cluster", "pair"])
    assert ended.value.code == 2
    assert "cluster 'pair' needs the address of one of its servers" in capsys.readouterr().err


def test_what_migrations_make_is_spread(database: str, clickhouse_shards: ClickHouseShards) -> None:
    assert main(["migrate"]) == 0
    with closing(ClickHouseStore(clickhouse_shards.url, database, 2, topology=clickhouse_shards.topology)) as store:
        store.require_current()
        with store._connections.client() as client:
            engines = client.query("SELECT DISTINCT engine FROM system.tables WHERE database = currentDatabase()")
            assert engines.result_rows == [("Distributed",)]
            tables = client.query("SHOW TABLES").result_rows
    assert {name for (name,) in tables} == set(sharding_keys())


def test_a_server_that_is_away_is_named_in_one_line(
    database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "password").write_text("one of a file\n")
    monkeypatch.setenv("TIANZHUO_STORE_NODES", "http://farm@127.0.0.1:1")
    monkeypatch.setenv("TIANZHUO_STORE_PASSWORD_FILE", str(tmp_path / "password"))
    assert main(["migrate"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "http://127.0.0.1:1 does not answer" in line
    assert read_store().topology == Topology(read_store().cluster, 1, ("http://farm:one%20of%20a%20file@127.0.0.1:1",))
    assert database
