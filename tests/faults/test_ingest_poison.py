"""Poison between good records: each in the dead letters with its reason, the rest stored; a storm stops the worker."""

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from services.bus.connection import Broker
from services.bus.progress import Progress
from services.bus.topics import CAPTURES, DEADLETTER
from services.store.clickhouse import ClickHouseStore
from tests.servers.cluster import Cluster

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
TIANZHUO = str(Path(sys.executable).with_name("tianzhuo"))


def event(**members: Any) -> dict[str, Any]:
    return {
        "@context": CONTEXT,
        "type": "ObjectEvent",
        "eventID": f"urn:uuid:{uuid4()}",
        "eventTime": "2026-05-01T08:00:00+08:00",
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        "epcList": [f"urn:epc:id:sgtin:0614141.107346.{uuid4().int % 10**9}"],
        **members,
    }


def body(**members: Any) -> bytes:
    return json.dumps(event(**members)).encode()


def document(*events: dict[str, Any]) -> bytes:
    outer = {
        "@context": CONTEXT,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-05-01T00:00:00Z",
    }
    return json.dumps({**outer, "epcisBody": {"eventList": list(events)}}).encode()


POISON: dict[str, tuple[bytes | None, list[tuple[str, bytes]], str, str]] = {
    # name: value, headers, stage, pointer of the first reason
    "not JSON": (b"no json", [], "decode", ""),
    "invalid UTF-8": (b'{"type": "\xff\xfe"}', [], "decode", ""),
    "NaN": (body()[:-1] + b', "x:y": NaN}', [], "decode", ""),
    "nested deep": (b"[" * 10_000 + b"]" * 10_000, [], "decode", ""),
    "5 MB": (b'{"type": "' + b"y" * 5_000_000 + b'"}', [], "decode", "/@context"),
    "unknown type": (body(type="Foo"), [], "validate", "/type"),
    "empty": (b"", [], "decode", ""),
    "null": (None, [], "decode", ""),
    "no document": (b'{"type": "EPCISDocument"}', [], "decode", "/@context"),
    "one wrong event in a document": (
        document(event(), event(action="SEE")),
        [],
        "validate",
        "/epcisBody/eventList/1/action",
    ),
    "a member twice": (body()[:-1] + b', "action": "ADD"}', [], "decode", "/action"),
    "bad header": (body(), [("position", b"x")], "headers", "#position"),
    "bad context": (body(), [("context", b"{")], "headers", "#context"),
}


def produce(cluster: Cluster, records: list[tuple[bytes | None, list[tuple[str, bytes]]]]) -> list[int]:
    """Offsets of the records, all in partition 0."""
    with closing(KafkaProducer(bootstrap_servers=cluster.kafka, max_request_size=20_000_000)) as producer:
        sent = [producer.send(CAPTURES, value, b"k", headers, partition=0) for value, headers in records]
        return [future.get(timeout=30).offset for future in sent]


def command(cluster: Cluster, *arguments: str) -> str:
    variables = [f"{name}={value}" for name, value in cluster.environment.items()]
    done = subprocess.run(
        ["/usr/bin/env", *variables, TIANZHUO, *arguments], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_each_poison_is_a_letter_and_the_rest_is_stored(cluster: Cluster, cluster_store: ClickHouseStore) -> None:
    good = [event() for _ in POISON]
    records: list[tuple[bytes | None, list[tuple[str, bytes]]]] = []
    for one, (value, headers, _, _) in zip(good, POISON.values(), strict=True):
        records += [(json.dumps(one).encode(), []), (value, headers)]
    offsets = produce(cluster, records)[1::2]
    with cluster.worker():
        cluster.wait_stored()
    for one in good:
        assert len(cluster_store.reader.events_by_id(one["eventID"])) == 1
    assert cluster_store.reader.count() == len(good)
    for offset, (name, (value, headers, stage, pointer)) in zip(offsets, POISON.items(), strict=True):
        stored = cluster_store.letters.letter(CAPTURES, 0, offset)
        assert stored is not None, name
        letter = stored.letter
        assert (letter.stage, letter.violations[0].pointer) == (stage, pointer), name
        assert letter.violations[0].expected, name
        assert (letter.record.value, list(letter.record.headers), letter.record.key) == (value, headers, b"k"), name
    sent = read_all(cluster.kafka, DEADLETTER)
    assert [message.key.decode() for message in sent] == [f"{CAPTURES}:0:{offset}" for offset in offsets]
    assert [message.value for message in sent] == [value for value, *_ in POISON.values()]
    assert all({"origin", "stage", "reason"} <= dict(message.headers).keys() for message in sent)


def read_all(kafka: str, topic: str) -> list[Any]:
    place = TopicPartition(topic, 0)
    with closing(
        KafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="earliest", max_partition_fetch_bytes=20_000_000)
    ) as c:
        c.assign([place])
        end = c.end_offsets([place])[place]
        found: list[Any] = []
        while c.position(place) < end:
            for messages in c.poll(1000).values():
                found += messages
        return found


def test_a_mended_letter_is_traceable_and_replaying_twice_is_harmless(
    cluster: Cluster, cluster_store: ClickHouseStore, tmp_path: Path
) -> None:
    mended = event()
    broken = {**mended, "action": "SEE"}
    (offset,) = produce(cluster, [(json.dumps(broken).encode(), [("party", "基地".encode())])])
    name = f"{CAPTURES}:0:{offset}"
    with cluster.worker():
        cluster.wait_stored()
        assert name in command(cluster, "deadletter", "list", "--open")
        assert command(cluster, "deadletter", "show", name, "--raw").encode() == json.dumps(broken).encode()
        value = tmp_path / "mended.json"
        value.write_text(json.dumps(mended))
        for _ in range(2):
            command(cluster, "deadletter", "replay", name, "--value", str(value))
        cluster.wait_stored()
    (found,) = cluster_store.reader.events_by_id(mended["eventID"])
    assert (found.raw, found.party) == (value.read_bytes(), "基地")
    stored = cluster_store.letters.letter(CAPTURES, 0, offset)
    assert stored is not None
    assert len(stored.replays) == 2
    assert stored.mended == [mended["eventID"]]
    (line,) = command(cluster, "deadletter", "list", "--json").splitlines()
    assert json.loads(line)["events"] == [mended["eventID"]]
    assert command(cluster, "deadletter", "list", "--open", "--json") == ""


@pytest.mark.timeout(300)
def test_a_storm_stops_the_worker_with_the_offset_unmoved(cluster: Cluster, cluster_store: ClickHouseStore) -> None:
    good = [event() for _ in range(20)]
    poison: list[tuple[bytes | None, list[tuple[str, bytes]]]] = [(b"poison %d" % n, []) for n in range(400)]
    offsets = produce(cluster, [(json.dumps(one).encode(), []) for one in good] + poison)
    worker = cluster.worker({"TIANZHUO_STORM_RUN": "50"})
    committed = 0
    for _ in range(3):  # a supervisor starts it again: that must not drain the topic either
        worker.launch()
        assert worker.wait_ended() == 1
        committed, _ = Progress(Broker(cluster.kafka)).of(CAPTURES, [0])[0]
        assert committed == offsets[20 + 50]
    assert cluster_store.reader.count() == len(good)
    letters = cluster_store.letters.letters(None, 1000)
    assert [one.letter.record.offset for one in letters] == offsets[20 : 20 + 50]
    said = worker.log.read_text()
    assert f"poison storm in partition 0 of {CAPTURES}" in said
    assert f"offset {committed}" in said
    worker.environment["TIANZHUO_STORM_RUN"] = "0"
    worker.environment["TIANZHUO_STORM_SHARE"] = "1"
    with worker:
        cluster.wait_stored()
    assert len(cluster_store.letters.letters(None, 1000)) == len(poison)
