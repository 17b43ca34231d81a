"""A ClickHouse that answers late: what waits stays in Kafka, the group stays as it is, everything is stored once."""

import re
import time
from contextlib import closing
from http import HTTPStatus
from pathlib import Path
from uuid import uuid4

import pytest
from kafka import KafkaProducer

from services.bus.topics import CAPTURES
from services.store.clickhouse import ClickHouseStore
from tests.faults.season_log import query
from tests.servers.clickhouse import ClickHouseServer
from tests.servers.cluster import Cluster, IngestWorker, until
from tests.servers.slow import SlowProxy
from tests.streams.test_metrics import lags, value

EVENTS = 110_000
MORE = 2_000
PAD = "the same words in every event, so that they are large in memory and small in the log; " * 12
SETTINGS = {
    "TIANZHUO_INGEST_BUFFER_BYTES": "8000000",
    "TIANZHUO_INGEST_GRID": "2000",
    "TIANZHUO_INGEST_INSTANCE": "",
    "TIANZHUO_CONNECTIONS": "4",
}
ROOM = 160 * 1024 * 1024
"""What the worker may take beside what it has at its start: aiokafka's fetches, what waits, and three blocks of rows.
The events alone are as much again."""
SLOW_SECONDS = 20


def produce(kafka: str, count: int) -> None:
    with closing(
        KafkaProducer(bootstrap_servers=kafka, compression_type="lz4", linger_ms=20, batch_size=262_144)
    ) as producer:
        head = '{"@context":"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld","type":"ObjectEvent",'
        tail = (
            f'","eventTime":"2026-05-01T08:00:00+08:00","eventTimeZoneOffset":"+08:00","action":"OBSERVE",'
            f'"http://ns.example.com/note":"{PAD}","epcList":["urn:epc:id:sgtin:0614141.107346.'
        )
        for number in range(count):
            producer.send(CAPTURES, f'{head}"eventID":"urn:uuid:{uuid4()}{tail}{number}"]}}'.encode(), b"%d" % number)
        producer.flush()


def peak(worker: IngestWorker) -> int:
    """The most memory that it had so far, bytes."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{worker.pid}/status").read_text())
    assert found
    return int(found[1]) * 1024


def assignments(worker: IngestWorker) -> float:
    return value(worker, "tianzhuo_ingest_assignments_total")


@pytest.mark.timeout(300)
def test_a_slow_store_fills_no_memory_and_moves_no_partitions(
    cluster: Cluster, cluster_store: ClickHouseStore, clickhouse_server: ClickHouseServer
) -> None:
    with SlowProxy(clickhouse_server.http_port) as proxy:
        one = cluster.worker({**SETTINGS, "TIANZHUO_STORE": proxy.url})
        two = cluster.worker(SETTINGS)
        with one:
            before = peak(one)
            proxy.delay, proxy.rate = 1.0, 4_000_000
            produce(cluster.kafka, EVENTS)
            end = time.monotonic() + SLOW_SECONDS
            while time.monotonic() < end:
                assert one.get("/livez")[0] == HTTPStatus.OK
                time.sleep(0.5)
            assert cluster.behind() > EVENTS / 2, "it is slow"
            produce(cluster.kafka, MORE)
            until(lambda: sum(lags(one).values()) == cluster.behind(), "it knows its lag, though it does not fetch")
            assert assignments(one) == 1
            with two:
                until(lambda: lags(one) and lags(two), "both have partitions")
                settled = assignments(one), assignments(two)
                time.sleep(5)
                assert (assignments(one), assignments(two)) == settled, "no rebalance goes on and on"
                proxy.delay, proxy.rate = 0.0, 0
                cluster.wait_stored()
                assert one.get("/livez")[0] == HTTPStatus.OK
                assert peak(one) - before < ROOM
    assert cluster_store.reader.count() == EVENTS + MORE
    ((rows, events),) = query(cluster_store, "SELECT count(), uniqExact(id) FROM events")
    assert events == EVENTS + MORE
    assert rows <= events + 20_000, "at most the block in flight when the second one came is there twice"
