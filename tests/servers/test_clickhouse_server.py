"""The ClickHouse server of the tests is a real one: it keeps what it stored, and its package is the expected one."""

import socket
from pathlib import Path

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client

from tests.servers import ClickHouseServer, ServerUnavailable
from tests.servers.clickhouse_library import check_integrity, ensure_library
from tests.servers.process import ServerFailed


def connect(server: ClickHouseServer) -> Client:
    return clickhouse_connect.get_client(host="127.0.0.1", port=server.http_port, autogenerate_session_id=False)


def test_answers_over_http_and_listens_on_its_address_only(clickhouse_server: ClickHouseServer) -> None:
    with connect(clickhouse_server) as client:
        assert client.query("SELECT 1").result_rows == [(1,)]
    for port in (clickhouse_server.http_port, clickhouse_server.tcp_port):
        with socket.create_connection(("127.0.0.1", port), 5):
            pass
        # A server that listens everywhere would also answer on loopback's other addresses.
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", port), 5)


@pytest.mark.usefixtures("clickhouse_server")  # skips where no server can be had
def test_killed_server_starts_again_with_its_rows(tmp_path: Path) -> None:
    with ClickHouseServer(tmp_path / "server") as server:
        with connect(server) as client:
            client.command("CREATE TABLE kept (id UInt64, name String) ENGINE = MergeTree ORDER BY id")
            client.insert("kept", [[1, "田"], [2, "桌"]], column_names=["id", "name"])
        first = server.pid
        server.kill()
        with pytest.raises(ServerFailed):
            _ = server.pid
        server.start()
        assert server.pid != first
        with connect(server) as client:
            assert client.query("SELECT id, name FROM kept ORDER BY id").result_rows == [(1, "田"), (2, "桌")]


@pytest.mark.usefixtures("clickhouse_server")
def test_configured_cluster_of_two_servers_answers_as_one(tmp_path: Path) -> None:
    one, two = ClickHouseServer(tmp_path / "one"), ClickHouseServer(tmp_path / "two")
    shards = "".join(
        f"<shard><replica><host>127.0.0.1</host><port>{server.tcp_port}</port></replica></shard>"
        for server in (one, two)
    )
    one.config = two.config = f"<remote_servers><pair>{shards}</pair></remote_servers>"
    with one, two:
        with connect(two) as client:
            client.command("CREATE TABLE part (id UInt64) ENGINE = MergeTree ORDER BY id")
            client.command("INSERT INTO part VALUES (2)")
        with connect(one) as client:
            client.command("CREATE TABLE part (id UInt64) ENGINE = MergeTree ORDER BY id")
            client.command("INSERT INTO part VALUES (1)")
            assert client.query("SELECT id FROM cluster('pair', default.part) ORDER BY id").result_rows == [(1,), (2,)]


@pytest.mark.usefixtures("clickhouse_server")
def test_server_on_a_taken_port_is_not_mistaken_for_ours(
    tmp_path: Path, clickhouse_server: ClickHouseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.servers.process.START_SECONDS", 2.0)
    server = ClickHouseServer(tmp_path / "late")
    server.http_port = clickhouse_server.http_port
    with pytest.raises(ServerFailed, match="did not answer"):
        server.start()


def test_package_with_other_bytes_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "package.tgz"
    archive.write_bytes(b"not the package")
    with pytest.raises(ServerUnavailable, match="expected"):
        check_integrity(archive)


def test_without_npm_and_cache_the_reason_names_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServerUnavailable, match="npm is needed"):
        ensure_library()
