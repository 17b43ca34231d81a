"""Fixtures of running servers; each worker of a parallel run has its own."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from selenium import webdriver

from services.store.clickhouse import ClickHouseStore
from tests.servers.availability import ServerUnavailable, unavailable
from tests.servers.browser import open_browser
from tests.servers.clickhouse import ClickHouseServer
from tests.servers.clickhouse_cluster import ClickHouseShards
from tests.servers.cluster import Cluster
from tests.servers.kafka import KafkaServer
from tests.servers.postgres import PostgresServer
from tests.servers.process import ServerProcess
from tests.servers.tianzhuo import TianzhuoServer


def _run(server: ServerProcess) -> None:
    try:
        server.start()
    except ServerUnavailable as reason:
        unavailable(str(reason))


@pytest.fixture(scope="session")
def clickhouse_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseServer]:
    """A running ClickHouse server; use a database of your own, and a server of your own to kill."""
    server = ClickHouseServer(tmp_path_factory.mktemp("clickhouse"))
    _run(server)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def clickhouse_shards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseShards]:
    """A running cluster of two shards; use a database of your own, and a cluster of your own to kill."""
    shards = ClickHouseShards(tmp_path_factory.mktemp("shards"))
    for node in shards.nodes:
        _run(node)
    yield shards
    shards.stop()


@pytest.fixture(scope="session")
def kafka_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServer]:
    """A running Kafka broker; use topics and groups of your own, and a server of your own to kill."""
    server = KafkaServer(tmp_path_factory.mktemp("kafka"))
    _run(server)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A running PostgreSQL server; use a schema of your own, and a server of your own to kill."""
    server = PostgresServer(tmp_path_factory.mktemp("postgres"))
    _run(server)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def tianzhuo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TianzhuoServer]:
    """A running embedded tianzhuo; use things and event ids of your own, and a server of your own to kill."""
    server = TianzhuoServer(tmp_path_factory.mktemp("tianzhuo"))
    _run(server)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """A Chromium without a screen; it keeps its cookies between tests."""
    try:
        chromium = open_browser(tmp_path_factory.mktemp("chromium"))
    except ServerUnavailable as reason:
        unavailable(str(reason))
    yield chromium
    chromium.quit()


def _prepared(cluster: Cluster) -> Iterator[Cluster]:
    with closing(cluster.open()) as store:
        store.migrate()
        cluster.fresh_topics()
        yield cluster


@pytest.fixture
def cluster(kafka_server: KafkaServer, clickhouse_server: ClickHouseServer, tmp_path: Path) -> Iterator[Cluster]:
    """A cluster of the test's own on the session's broker and server: a database, empty topics, no processes."""
    yield from _prepared(Cluster(tmp_path, kafka_server.address, clickhouse_server.url, f"t{uuid4().hex[:12]}"))


@pytest.fixture
def sharded_cluster(
    kafka_server: KafkaServer, clickhouse_shards: ClickHouseShards, tmp_path: Path
) -> Iterator[Cluster]:
    """The same on the session's two shards."""
    name = f"t{uuid4().hex[:12]}"
    topology = clickhouse_shards.topology
    yield from _prepared(Cluster(tmp_path, kafka_server.address, clickhouse_shards.url, name, topology=topology))


@pytest.fixture
def cluster_store(cluster: Cluster) -> Iterator[ClickHouseStore]:
    """The store of the test's cluster."""
    with closing(cluster.open()) as opened:
        yield opened
