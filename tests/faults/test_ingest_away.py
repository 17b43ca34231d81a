"""The broker or the store away, and workers that come and go, under load: nothing lost, nothing twice."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from uuid import uuid4

import pytest

from services.store.clickhouse import ClickHouseStore
from tests.faults.season_log import check, produce
from tests.faults.test_ingest_poison import document, event
from tests.servers.clickhouse import ClickHouseServer
from tests.servers.cluster import Cluster, until
from tests.servers.kafka import KafkaServer

AWAY_SECONDS = 60 if os.environ.get("CI") else 5
EVENTS = 60_000 if os.environ.get("CI") else 20_000
GRID = {"TIANZHUO_INGEST_GRID": "2000"}


@pytest.fixture
def own_clickhouse(tmp_path: Path) -> Iterator[ClickHouseServer]:
    with ClickHouseServer(tmp_path / "clickhouse") as server:
        yield server


@pytest.fixture
def own_kafka(tmp_path: Path) -> Iterator[KafkaServer]:
    with KafkaServer(tmp_path / "kafka") as server:
        yield server


def prepared(path: Path, kafka: str, store: str) -> tuple[Cluster, ClickHouseStore]:
    cluster = Cluster(path, kafka, store, f"t{uuid4().hex[:12]}")
    opened = ClickHouseStore(store, cluster.database, connections=2)
    opened.migrate()
    cluster.fresh_topics()
    return cluster, opened


def goes_on(cluster: Cluster) -> None:
    before = cluster.behind()
    until(lambda: cluster.behind() < before, "it goes on")


@pytest.mark.timeout(600)
def test_clickhouse_killed_under_load_and_away(
    tmp_path: Path, kafka_server: KafkaServer, own_clickhouse: ClickHouseServer
) -> None:
    cluster, store = prepared(tmp_path, kafka_server.address, own_clickhouse.url)
    expected = produce(cluster.kafka, seed=51, events=EVENTS)
    worker = cluster.worker({**GRID, "TIANZHUO_INGEST_BUFFER_BYTES": "4000000"})
    with worker:
        for away in (2, 2, AWAY_SECONDS):
            goes_on(cluster)
            own_clickhouse.kill()
            until(lambda: worker.get("/readyz")[0] == HTTPStatus.SERVICE_UNAVAILABLE, "it says that it is not ready")
            stuck = cluster.behind()
            time.sleep(away)
            assert cluster.behind() == stuck, "nothing is committed that is not stored"
            assert worker.get("/livez")[0] == HTTPStatus.OK, "what is away is no reason to kill the worker"
            own_clickhouse.start()
        cluster.wait_stored(300)
        assert worker.get("/readyz")[0] == HTTPStatus.OK
    check(store, expected)
    store.close()


@pytest.mark.timeout(600)
def test_broker_killed_under_load(tmp_path: Path, own_kafka: KafkaServer, clickhouse_server: ClickHouseServer) -> None:
    cluster, store = prepared(tmp_path, own_kafka.address, clickhouse_server.url)
    expected = produce(cluster.kafka, seed=52, events=EVENTS)
    with cluster.worker(GRID) as worker:
        for _ in range(2):
            goes_on(cluster)
            own_kafka.kill()
            own_kafka.start()
        until(lambda: worker.get("/readyz")[0] == HTTPStatus.OK, "it is ready again")
        cluster.wait_stored(300)
    check(store, expected)
    store.close()


@pytest.mark.timeout(600)
def test_workers_join_and_leave(cluster: Cluster, cluster_store: ClickHouseStore) -> None:
    expected = produce(cluster.kafka, seed=53, events=EVENTS)
    one, two, three = (cluster.worker({**GRID, "TIANZHUO_INGEST_INSTANCE": ""}) for _ in range(3))
    one.start()
    two.start()
    three.start()
    two.stop()
    two.start()
    one.kill()
    three.stop()
    cluster.wait_stored(400)
    two.stop()
    check(cluster_store, expected)


@pytest.mark.timeout(300)
def test_the_api_without_its_broker_refuses_whole_captures(
    tmp_path: Path, own_kafka: KafkaServer, clickhouse_server: ClickHouseServer
) -> None:
    cluster, store = prepared(tmp_path, own_kafka.address, clickhouse_server.url)
    first, second = [event() for _ in range(5)], [event() for _ in range(5)]
    with cluster.api() as api, cluster.worker():
        assert api.write("/epcis/capture", document(*first))[0] == HTTPStatus.ACCEPTED
        # At once: the only broker must have marked the transaction in every partition before the answer.
        own_kafka.kill()
        status, headers, body = api.write("/epcis/capture", document(*second))
        assert (status, headers["retry-after"]) == (HTTPStatus.SERVICE_UNAVAILABLE, "5")
        told = json.loads(body)
        assert (told["title"], told["detail"]) == ("Kafka cannot be reached", "Kafka does not answer")
        assert api.request("GET", "/livez")[0] == HTTPStatus.OK
        own_kafka.start()
        until(lambda: api.write("/epcis/capture", document(*second))[0] == HTTPStatus.ACCEPTED, "it takes it again")
        cluster.wait_stored()
    for one in (*first, *second):
        assert len(store.reader.events_by_id(one["eventID"])) == 1
    assert store.reader.count() == 10
    store.close()


@pytest.mark.timeout(300)
def test_what_was_taken_back_is_neither_stored_nor_waited_for(cluster: Cluster, cluster_store: ClickHouseStore) -> None:
    subprocess.run([sys.executable, "-m", "tests.faults.abandoned", cluster.kafka], check=True, capture_output=True)
    with cluster.worker():
        cluster.wait_stored()
    assert cluster_store.reader.count() == 0
    assert cluster_store.letters.letters(None, 10) == []
