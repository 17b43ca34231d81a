"""What a worker tells Prometheus: how far behind it is, partition by partition, and what it saw twice."""

import json
import re

from tests.faults.test_ingest_poison import event, produce
from tests.servers.cluster import Cluster, IngestWorker, until

_SAMPLE = re.compile(r'^tianzhuo_ingest_lag_records\{partition="(\d+)"\} (\S+)$', re.MULTILINE)
NO_INSTANCE = {"TIANZHUO_INGEST_INSTANCE": ""}


def record() -> tuple[bytes | None, list[tuple[str, bytes]]]:
    return json.dumps(event()).encode(), []


def lags(worker: IngestWorker) -> dict[int, float]:
    return {int(number): float(value) for number, value in _SAMPLE.findall(worker.get("/metrics")[1])}


def value(worker: IngestWorker, name: str) -> float:
    found = re.search(rf"^{name} (\S+)$", worker.get("/metrics")[1], re.MULTILINE)
    assert found, name
    return float(found[1])


def test_each_partition_has_its_lag_where_it_is_read(cluster: Cluster) -> None:
    everything = dict.fromkeys(range(cluster.partitions), 0.0)
    with cluster.worker(NO_INSTANCE) as one:
        produce(cluster, [record() for _ in range(100)])
        cluster.wait_stored()
        until(lambda: lags(one) == everything, "one worker has all partitions, and nothing lies behind")
        with cluster.worker(NO_INSTANCE) as two:
            until(lambda: lags(one) | lags(two) == everything, "both have all")
            until(lambda: lags(one) and lags(two) and not lags(one).keys() & lags(two).keys(), "none is of both")
        until(lambda: lags(one) == everything, "what the second had is the first one's again")


def test_what_came_before_is_counted(cluster: Cluster) -> None:
    records: list[tuple[bytes | None, list[tuple[str, bytes]]]] = [
        (json.dumps(event()).encode(), []) for _ in range(50)
    ]
    with cluster.worker() as worker:
        produce(cluster, [*records, *records[:5]])
        cluster.wait_stored()
        produce(cluster, records[10:20])
        cluster.wait_stored()
        until(lambda: value(worker, "tianzhuo_ingest_events_total") == 65, "all are counted")
        assert value(worker, "tianzhuo_ingest_duplicates_total") == 15
