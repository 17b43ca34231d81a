"""The Kafka of the tests is a real broker: it keeps records, runs transactions, and its jars are the expected ones."""

import shutil
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, OffsetAndMetadata, TopicPartition
from kafka.admin import NewTopic
from kafka.errors import UnknownTopicOrPartitionError

from tests.servers import KafkaServer, ServerUnavailable
from tests.servers.clickhouse_library import cache_folder
from tests.servers.kafka_library import ensure_kafka
from tests.servers.process import ServerFailed

LOG_APPEND_TIME = 1
"""The `timestamp_type` of a record that carries the broker's clock."""


def create(server: KafkaServer, name: str, **settings: str) -> TopicPartition:
    """Create a topic of one partition, with settings such as `message_timestamp_type`."""
    configs = {key.replace("_", "."): value for key, value in settings.items()}
    with KafkaAdminClient(bootstrap_servers=server.address) as admin:
        admin.create_topics([NewTopic(name, 1, 1, topic_configs=configs)])
    return TopicPartition(name, 0)


def consumer(server: KafkaServer, partition: TopicPartition, **settings: str) -> KafkaConsumer:
    client = KafkaConsumer(bootstrap_servers=server.address, enable_auto_commit=False, **settings)
    client.assign([partition])
    client.seek_to_beginning(partition)
    return client


def values(server: KafkaServer, partition: TopicPartition, isolation: str = "read_uncommitted") -> list[bytes]:
    """Read a partition from its beginning to its end: to the last stable offset when only committed records count."""
    client = consumer(server, partition, isolation_level=isolation)
    end, found = client.end_offsets([partition])[partition], []
    # A transaction's markers take offsets without being records, so the position tells when the end is reached.
    while client.position(partition) < end:
        found += [record.value for records in client.poll(1_000).values() for record in records]
    client.close()
    return found


def send(server: KafkaServer, partition: TopicPartition, *payloads: bytes) -> None:
    producer = KafkaProducer(bootstrap_servers=server.address, acks="all", linger_ms=0)
    for sent in [producer.send(partition.topic, payload) for payload in payloads]:
        sent.get(30)
    producer.close()


def test_takes_records_and_gives_them_back_compressed_or_not(kafka_server: KafkaServer) -> None:
    partition = create(kafka_server, "taken")
    payloads = ["田".encode(), b"", b"x" * 2_000_000]
    for compression in (None, "gzip", "lz4"):
        producer = KafkaProducer(
            bootstrap_servers=kafka_server.address, compression_type=compression, max_request_size=4_000_000
        )
        for sent in [producer.send("taken", payload) for payload in payloads]:
            sent.get(30)
        producer.close()
    assert values(kafka_server, partition) == payloads * 3


def test_listens_on_its_address_only_and_makes_no_topic_by_itself(kafka_server: KafkaServer) -> None:
    for port in (kafka_server.port, kafka_server.controller_port):
        with socket.create_connection(("127.0.0.1", port), 5):
            pass
        # A server that listens everywhere would also answer on loopback's other addresses.
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", port), 5)
    with KafkaAdminClient(bootstrap_servers=kafka_server.address) as admin:
        with pytest.raises(UnknownTopicOrPartitionError):
            admin.delete_topics(["misspelt"])
        assert "misspelt" not in admin.list_topics()


@pytest.mark.usefixtures("kafka_server")  # skips where no server can be had
def test_stopped_and_killed_server_starts_again_with_its_records(tmp_path: Path) -> None:
    with KafkaServer(tmp_path / "server") as server:
        partition, cluster, first = create(server, "kept"), server.cluster_id, server.pid
        send(server, partition, b"1", b"2")
        server.kill()
        with pytest.raises(ServerFailed):
            _ = server.pid
        server.start()
        assert (server.cluster_id, server.pid != first) == (cluster, True)
        assert values(server, partition) == [b"1", b"2"]
        send(server, partition, b"3")
        server.stop()
        server.start()
        assert values(server, partition) == [b"1", b"2", b"3"]


def test_committed_transactions_are_read_and_aborted_ones_are_not(kafka_server: KafkaServer) -> None:
    partition = create(kafka_server, "transactions")
    producer = KafkaProducer(bootstrap_servers=kafka_server.address, transactional_id="writer")
    producer.init_transactions()
    for number, end in enumerate([producer.commit_transaction, producer.abort_transaction] * 2):
        producer.begin_transaction()
        for part in "ab":
            producer.send("transactions", f"{number}{part}".encode())
        producer.flush()
        end()
    producer.close()
    everything = [f"{number}{part}".encode() for number in range(4) for part in "ab"]
    assert values(kafka_server, partition) == everything
    assert values(kafka_server, partition, "read_committed") == [b"0a", b"0b", b"2a", b"2b"]


def test_open_transaction_hides_what_follows_until_the_broker_gives_it_up(kafka_server: KafkaServer) -> None:
    partition = create(kafka_server, "abandoned")
    producer = KafkaProducer(
        bootstrap_servers=kafka_server.address, transactional_id="abandoner", transaction_timeout_ms=3_000
    )
    producer.init_transactions()
    producer.begin_transaction()
    producer.send("abandoned", b"never finished").get(30)
    send(kafka_server, partition, b"after it")
    assert values(kafka_server, partition, "read_committed") == []
    deadline = time.monotonic() + 60
    while not values(kafka_server, partition, "read_committed") and time.monotonic() < deadline:
        time.sleep(0.2)
    assert values(kafka_server, partition, "read_committed") == [b"after it"]
    producer.close()


def test_topic_with_append_time_has_the_brokers_clock(kafka_server: KafkaServer) -> None:
    partition = create(kafka_server, "timed", message_timestamp_type="LogAppendTime")
    before = time.time_ns() // 1_000_000
    producer = KafkaProducer(bootstrap_servers=kafka_server.address)
    producer.send("timed", b"claims to be old", timestamp_ms=1_000).get(30)
    producer.close()
    client = consumer(kafka_server, partition)
    record = next(client)
    client.close()
    assert record.timestamp_type == LOG_APPEND_TIME
    assert before <= record.timestamp <= time.time_ns() // 1_000_000


def test_commit_of_a_group_keeps_its_metadata(kafka_server: KafkaServer) -> None:
    partition = create(kafka_server, "grouped")
    send(kafka_server, partition, b"1")
    client = KafkaConsumer(bootstrap_servers=kafka_server.address, group_id="readers", enable_auto_commit=False)
    client.assign([partition])
    client.commit({partition: OffsetAndMetadata(1, "as far as 田", -1)})
    client.close()
    with KafkaAdminClient(bootstrap_servers=kafka_server.address) as admin:
        committed = admin.list_group_offsets({"readers": None})["readers"][partition]
    assert (committed.offset, committed.metadata) == (1, "as far as 田")


@pytest.mark.usefixtures("kafka_server")
def test_server_on_a_taken_port_is_not_mistaken_for_ours(
    tmp_path: Path, kafka_server: KafkaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.servers.process.START_SECONDS", 3.0)
    server = KafkaServer(tmp_path / "late")
    server.port = kafka_server.port
    with pytest.raises(ServerFailed, match="did not answer"):
        server.start()


def cut_in_half(jar: Path) -> None:
    jar.write_bytes(jar.read_bytes()[: jar.stat().st_size // 2])


@pytest.fixture
def without_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No program on the path, so nothing can be fetched, and a cache of the test's own: its folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    return cache_folder()


@pytest.mark.usefixtures("kafka_server")
@pytest.mark.parametrize("damage", [Path.unlink, cut_in_half])
def test_cache_that_lacks_a_jar_or_holds_half_of_one_is_not_taken_for_whole(
    request: pytest.FixtureRequest, damage: Callable[[Path], object]
) -> None:
    whole = ensure_kafka()
    copy = request.getfixturevalue("without_programs") / whole.name
    shutil.copytree(whole, copy)
    assert ensure_kafka() == copy
    damage(max(copy.iterdir()))
    with pytest.raises(ServerUnavailable, match="apt-get install"):
        ensure_kafka()


@pytest.mark.usefixtures("without_programs")
def test_without_java_and_cache_the_reason_names_the_package() -> None:
    with pytest.raises(ServerUnavailable, match="apt-get install default-jre-headless"):
        ensure_kafka()
