"""docs/operations.md, backup of a cluster: its statements, on each of two servers, bring the rows of both back."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.cli.command import tianzhuo
from tests.docs.pages import blocks, page
from tests.servers.availability import ServerUnavailable, unavailable
from tests.servers.clickhouse import ClickHouseServer
from tests.servers.clickhouse_cluster import ClickHouseShards

ROWS = 100
BACKUP, RECOVER = (block.text for block in blocks(page("operations")) if block.mark == "cluster")


@pytest.fixture
def shards(tmp_path: Path) -> Iterator[ClickHouseShards]:
    found = ClickHouseShards(tmp_path)
    for node in found.nodes:
        node.config += f"<backups><allowed_path>{node.path}/</allowed_path></backups>"
    with ExitStack() as running:
        try:
            running.enter_context(found)
        except ServerUnavailable as reason:
            unavailable(str(reason))
        yield found


def ask(server: ClickHouseServer, query: str) -> str:
    answer = httpx.post(server.url, content=query, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.text.strip()


def stored(shards: ClickHouseShards, database: str) -> list[str]:
    return [ask(one, f"SELECT count(), sum(id_hash) FROM {database}.event_ids") for one in shards.nodes]


def test_a_backup_of_each_server_brings_everything_back(shards: ClickHouseShards) -> None:
    done = tianzhuo("migrate", variables=shards.environment)
    assert done.returncode == 0, done.stderr
    ask(
        shards.nodes[0],
        "INSERT INTO tianzhuo.event_ids (id_hash, event_second)"
        f" SELECT number, 8 FROM numbers({ROWS}) SETTINGS distributed_foreground_insert = 1",
    )
    before = stored(shards, "tianzhuo_shard")
    assert all(int(line.split()[0]) for line in before), "both shards have rows"
    for text in (BACKUP, RECOVER):
        for one in shards.nodes:
            for statement in text.split(";"):
                ask(one, statement.replace("/var/lib/clickhouse/backups/NAME", f"{one.path}/backup"))
    assert stored(shards, "tianzhuo_shard") == before
    assert stored(shards, "tianzhuo") == [f"{ROWS}\t{sum(range(ROWS))}"] * 2
    done = tianzhuo("migrate", "--check", variables=shards.environment)
    assert done.returncode == 0, done.stderr
