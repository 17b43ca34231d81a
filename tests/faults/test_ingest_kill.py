"""Workers that are killed: at random moments, and at every step. Every event is there once, whatever happened."""

import os
import random
import signal
import sys
import time

import pytest

from services.store.clickhouse import ClickHouseStore
from tests.faults.season_log import check, produce, query
from tests.servers.cluster import Cluster

IN_CI = bool(os.environ.get("CI"))
EVENTS = 200_000 if IN_CI else 30_000
KILLS = 30 if IN_CI else 6
GRID = {"TIANZHUO_INGEST_GRID": "2000"}
STEPS = {"fetched": "11", "inserting": "123", "inserted": "123", "committed": "123"}
"""At which steps, and at its how many-th time in each life; one fetch may bring everything."""


@pytest.mark.timeout(1200)
def test_killed_at_random_moments(cluster: Cluster, cluster_store: ClickHouseStore) -> None:
    expected = produce(cluster.kafka, seed=41, events=EVENTS)
    chance = random.Random(4)
    worker = cluster.worker(GRID)
    done = []
    for _ in range(KILLS):
        worker.start()
        time.sleep(chance.uniform(0, 1.2))
        worker.kill()
        done.append(cluster.behind())
    assert done == sorted(done, reverse=True), "what was committed stays committed"
    with worker:
        cluster.wait_stored(600)
    physical = check(cluster_store, expected)
    # Blocks on the grid carry a token, so what was stored and not committed is not stored again.
    assert physical["events"] <= len(expected.events) * 1.05 + 2000


@pytest.mark.timeout(300)
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_step(cluster: Cluster, cluster_store: ClickHouseStore, step: str) -> None:
    expected = produce(cluster.kafka, seed=42, events=6_000)
    worker = cluster.worker({"TIANZHUO_INGEST_GRID": "500"})
    usual = worker.command
    for number in STEPS[step]:
        worker.command = [sys.executable, "-m", "tests.faults.dying_worker", step, number]
        worker.launch()  # it may die before it is ready
        assert worker.wait_ended() == -signal.SIGKILL
    worker.command = usual
    with worker:
        cluster.wait_stored()
    check(cluster_store, expected)


@pytest.mark.timeout(300)
def test_told_to_end_it_stores_what_it_has_and_exits_0(cluster: Cluster, cluster_store: ClickHouseStore) -> None:
    expected = produce(cluster.kafka, seed=43, events=6_000)
    worker = cluster.worker({"TIANZHUO_INGEST_GRID": "500"})
    worker.start()
    time.sleep(0.3)
    os.kill(worker.pid, signal.SIGTERM)
    assert worker.wait_ended() == 0
    before = int(query(cluster_store, "SELECT count() FROM events")[0][0])
    worker.start()
    cluster.wait_stored()
    worker.stop()
    after = check(cluster_store, expected)
    assert before <= after["events"] <= 6_000, "nothing was stored twice"
