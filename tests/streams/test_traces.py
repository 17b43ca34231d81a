"""Traces, from a capture's request to the insert of its rows, as a collector gets them."""

from collections.abc import Iterator
from contextlib import closing
from http import HTTPStatus
from pathlib import Path
from secrets import token_hex

import pytest
from kafka import KafkaConsumer

from services.bus.topics import CAPTURES
from tests.faults.test_ingest_poison import document, event
from tests.servers.cluster import Cluster
from tests.servers.collector import Collector, Received
from tests.servers.tianzhuo import TianzhuoServer

MARK = "zzMARKERzz"
INDEX = {"event_ids", "thing_events"}
NOT_OURS = {"FASTAPI_OTEL_AUTO_CONFIGURE": "true", "OTEL_TRACES_EXPORTER": "otlp", "OTEL_LOGS_EXPORTER": "otlp"}


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as found:
        yield found


def told(collector: Collector, share: str = "1") -> dict[str, str]:
    return {"TIANZHUO_OTLP_ENDPOINT": collector.endpoint, "TIANZHUO_TRACE_SHARE": share}


def capture(server: TianzhuoServer, trace: str = "", flags: str = "01") -> str:
    """One event in a trace that began elsewhere; returns the trace."""
    trace = trace or token_hex(16)
    headers = {"traceparent": f"00-{trace}-{'ab' * 8}-{flags}"}
    body = document(event(**{f"http://ns.example.com/{MARK}": MARK}))
    assert server.write("/epcis/capture", body, headers)[0] == HTTPStatus.ACCEPTED
    return trace


def named(spans: list[Received], name: str) -> Received:
    (found,) = [one for one in spans if one.name == name]
    return found


def under(spans: list[Received], parent: Received) -> list[Received]:
    return [one for one in spans if one.parent == parent.span]


def inserted(spans: list[Received], parent: Received) -> set[str]:
    """The tables that were written under a span."""
    return {one.said["table"].split('"')[1] for one in under(spans, parent) if one.name == "insert"}


@pytest.mark.timeout(300)
def test_one_trace_from_the_capture_through_kafka_to_the_rows(cluster: Cluster, collector: Collector) -> None:
    with cluster.api(told(collector, "0")) as api, cluster.worker(told(collector, "0")):
        trace = capture(api)
        capture(api, flags="00")
        assert api.write("/epcis/capture", document(event()))[0] == HTTPStatus.ACCEPTED
        cluster.wait_stored()
    spans = collector.spans(trace)
    assert collector.spans() == spans, "of the others nothing is collected"
    request = named(spans, "POST /epcis/capture")
    assert (request.parent, request.service) == ("ab" * 8, "tianzhuo-serve")
    assert request.said["http.response.status_code"] == "int_value: 202"
    below = {one.name for one in under(spans, request)}
    assert below == {"validate", "commit", "ingest: prepare", "ingest: store"}
    assert [one.name for one in under(spans, named(spans, "commit"))] == ["kafka transaction"]
    store = named(spans, "ingest: store")
    assert store.service == "tianzhuo-ingest"
    assert inserted(spans, store) >= INDEX | {"events", "captures"}
    assert not any(one.failed for one in spans)
    assert all(MARK.encode() not in body for body in collector.bodies)


@pytest.mark.timeout(300)
def test_captures_of_one_block_meet_in_it(cluster: Cluster, collector: Collector) -> None:
    with cluster.api(told(collector, "0")) as api:
        traces = [capture(api) for _ in range(3)]
        assert api.write("/epcis/capture", document(event()))[0] == HTTPStatus.ACCEPTED
    assert sorted(trace for trace, _ in sampled_records(cluster)) == sorted(traces * 2), "an event and a frame each"
    worker = cluster.worker({**told(collector, "0"), "TIANZHUO_INGEST_LINGER": "1.5"})
    with worker:
        cluster.wait_stored()
    stores = [one for one in collector.spans() if one.name == "ingest: store"]
    assert {one.trace for one in stores} == set(traces)
    whole = {(one.trace, one.span) for one in stores if inserted(collector.spans(), one)}
    for one in stores:
        assert (one.trace, one.span) in whole or set(one.links) <= whole
    assert any(one.links for one in stores)


def sampled_records(cluster: Cluster) -> list[tuple[str, int]]:
    """Trace and offset of the records that carry one."""
    consumer = KafkaConsumer(
        CAPTURES,
        bootstrap_servers=cluster.kafka,
        auto_offset_reset="earliest",
        consumer_timeout_ms=4000,
        isolation_level="read_committed",
    )
    with closing(consumer):
        found = [(dict(record.headers), record.offset) for record in consumer]
    return [(head["traceparent"].decode().split("-")[1], offset) for head, offset in found if "traceparent" in head]


def test_embedded_the_way_is_shorter(tmp_path: Path, collector: Collector) -> None:
    server = TianzhuoServer(tmp_path, told(collector))
    with server:
        trace = capture(server)
        assert server.write("/v1/scans", MARK.encode())[0] == HTTPStatus.BAD_REQUEST
        server.request("GET", "/v1/units?id=urn:x:1")
    spans = collector.spans(trace)
    request = named(spans, "POST /epcis/capture")
    assert {one.name for one in under(spans, request)} == {"validate", "commit"}
    assert inserted(spans, named(spans, "commit")) == INDEX | {"events", "captures"}
    begun = {one.name for one in collector.spans() if not one.parent}
    assert begun == {"POST /v1/scans", "GET /v1/units"}, "no probe begins a trace"
    assert all(MARK.encode() not in body for body in collector.bodies)


def test_a_collector_that_is_away_holds_nothing_up(tmp_path: Path) -> None:
    server = TianzhuoServer(tmp_path, {"TIANZHUO_OTLP_ENDPOINT": "http://127.0.0.1:9", "TIANZHUO_TRACE_SHARE": "1"})
    with server:
        for _ in range(20):
            capture(server)
        assert server.stop() == 0


@pytest.mark.timeout(300)
def test_without_the_setting_nothing_is_sent_nor_its_sender_loaded(cluster: Cluster, collector: Collector) -> None:
    listed = {"PYTHONPROFILEIMPORTTIME": "1", **NOT_OURS, "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint}
    for environment, loaded in ((listed, False), ({**listed, **told(collector)}, True)):
        api, worker = cluster.api(environment), cluster.worker(environment)
        with api, worker:
            capture(api)
            cluster.wait_stored()
        for process in (api, worker):
            text = process.log.read_text()
            assert "clickhouse_connect.driver" in text, "imports are listed"
            for package in ("opentelemetry.sdk", "opentelemetry.exporter", "opentelemetry.proto"):
                assert (package in text) == loaded, package
        assert bool(collector.bodies) == loaded
        api.log.unlink()
        worker.log.unlink()


@pytest.mark.parametrize(
    ("name", "value"), [("OTLP_ENDPOINT", "127.0.0.1:4318"), ("TRACE_SHARE", "1.5"), ("TRACE_SHARE", "x")]
)
def test_a_wrong_setting_is_named(tmp_path: Path, name: str, value: str) -> None:
    server = TianzhuoServer(tmp_path, {f"TIANZHUO_{name}": value})
    assert server.launch().wait(60) == 1
    assert f"TIANZHUO_{name}: expected " in server.log.read_text()
    server.kill()
