"""The PostgreSQL server of the benchmarks is a real one with durable commits."""

from pathlib import Path

import psycopg
import pytest

from tests.servers import PostgresServer


def test_commits_are_durable_as_shipped(postgres_server: PostgresServer) -> None:
    with psycopg.connect(postgres_server.dsn) as connection:
        shown = [connection.execute(f"SHOW {name}").fetchone() for name in ("fsync", "synchronous_commit")]
    assert shown == [("on",), ("on",)]


@pytest.mark.usefixtures("postgres_server")  # skips where no server can be had
def test_killed_server_starts_again_with_its_rows_and_settings(tmp_path: Path) -> None:
    with PostgresServer(tmp_path / "server", {"work_mem": "7MB"}) as server:
        with psycopg.connect(server.dsn) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS id")
        server.kill()
        server.start()
        with psycopg.connect(server.dsn) as connection:
            assert connection.execute("SELECT id FROM kept").fetchall() == [(1,)]
            assert connection.execute("SHOW work_mem").fetchone() == ("7MB",)
