"""The same store on embedded chDB, a real server and a cluster of two shards.

A chDB process opens one directory only, so it is shared.
"""

from collections.abc import Iterator

import pytest

from services.store.clickhouse import ClickHouseStore
from tests.servers.clickhouse import ClickHouseServer
from tests.servers.clickhouse_cluster import ClickHouseShards


@pytest.fixture(scope="session")
def embedded_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseStore]:
    store = ClickHouseStore(f"chdb://{tmp_path_factory.mktemp('embedded')}", connections=4)
    store.migrate()
    yield store
    store.close()


@pytest.fixture(scope="session")
def server_store(clickhouse_server: ClickHouseServer) -> Iterator[ClickHouseStore]:
    store = ClickHouseStore(clickhouse_server.url, "conformance", connections=4)
    store.migrate()
    yield store
    store.close()


@pytest.fixture(scope="session")
def shards_store(clickhouse_shards: ClickHouseShards) -> Iterator[ClickHouseStore]:
    store = ClickHouseStore(clickhouse_shards.url, "conformance", 4, topology=clickhouse_shards.topology)
    store.migrate()
    yield store
    store.close()


@pytest.fixture(params=["embedded", "server", "shards"])
def store(request: pytest.FixtureRequest) -> ClickHouseStore:
    found = request.getfixturevalue(f"{request.param}_store")
    assert isinstance(found, ClickHouseStore)
    return found
