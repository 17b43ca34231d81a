"""A store over two shards: where its rows lie, and what is refused."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from services.domain.chain.relations import thing_key
from services.domain.identifiers import canonical
from services.ports import SchemaMismatch, StoreUnavailable
from services.store.clickhouse import ClickHouseStore
from services.store.cluster import replicated, sharding_keys
from services.store.migrations import declared_schema, packaged, repeatable
from services.store.sql import WHOLE
from services.store.topology import Topology, shard_database
from services.store.writer import COLUMNS
from tests.servers.clickhouse import ClickHouseServer
from tests.servers.clickhouse_cluster import ClickHouseShards, remote_servers
from tests.store.events import capture, event, gtin_serial, put


def query(node: ClickHouseServer, text: str) -> list[tuple[Any, ...]]:
    with on(node) as client:
        return [tuple(row) for row in client.query(text).result_rows]


@contextmanager
def on(node: ClickHouseServer) -> Iterator[Client]:
    with clickhouse_connect.get_client(host="127.0.0.1", port=node.http_port, autogenerate_session_id=False) as client:
        yield client


@contextmanager
def fresh(shards: ClickHouseShards, topology: Topology | None = None) -> Iterator[ClickHouseStore]:
    name = f"k{uuid4().hex}"
    with closing(ClickHouseStore(shards.url, name, 2, topology=topology or shards.topology)) as store:
        yield store


@contextmanager
def migrated(shards: ClickHouseShards) -> Iterator[ClickHouseStore]:
    with fresh(shards) as store:
        store.migrate()
        yield store


def test_every_table_has_a_sharding_key_that_its_sorting_key_decides() -> None:
    keys, declared = sharding_keys(), declared_schema()
    assert keys.keys() == declared.keys() - {"schema_migrations"}
    for table in keys.keys() - {"boot"}:
        named = {column[0] for column in declared[table]["columns"]} & set(re.findall(r"\w+", keys[table]))
        assert named
        assert named <= set(declared[table]["sorting_key"].split(", "))


def test_rows_lie_on_both_shards_and_those_of_a_thing_on_one(clickhouse_shards: ClickHouseShards) -> None:
    with migrated(clickhouse_shards) as store:
        things = [gtin_serial() for _ in range(200)]
        for day in (1, 2, 3):
            put(store, *[event(epcList=[thing], eventTime=f"2026-05-0{day}T00:00:00Z") for thing in things])
        own = shard_database(store._connections.database)
        for table, column, distinct in (
            ("thing_events", "thing", 200),
            ("events", "id", 600),
            ("event_ids", "id_hash", 600),
        ):
            one, two = (
                {row[0] for row in query(node, f"SELECT DISTINCT hex({column}) FROM {own}.{table}")}
                for node in clickhouse_shards.nodes
            )
            assert one
            assert two
            assert not one & two, table
            assert len(one | two) == distinct


def test_an_acknowledged_insert_is_on_the_disk_of_both_shards(clickhouse_shards: ClickHouseShards) -> None:
    synced = "SELECT value FROM system.events WHERE event = 'FileSync'"
    with migrated(clickhouse_shards) as store:
        before = [query(node, synced)[0][0] for node in clickhouse_shards.nodes]
        put(store, *[event() for _ in range(50)])
        after = [query(node, synced)[0][0] for node in clickhouse_shards.nodes]
        own = shard_database(store._connections.database)
        for node, was, now in zip(clickhouse_shards.nodes, before, after, strict=True):
            # The files of one wide or compact part of each of these tables, at least.
            assert query(node, f"SELECT count() FROM {own}.events")[0][0] > 0
            assert now - was >= 3


def test_rows_that_lie_on_both_shards_count_once(clickhouse_shards: ClickHouseShards) -> None:
    """As after a shard was added: what is sent again goes to another one."""
    with migrated(clickhouse_shards) as store:
        sent = event(epcList=[gtin_serial()])
        made = put(store, sent, *[event() for _ in range(20)])
        thing = thing_key(canonical(sent["epcList"][0]))
        before = answers(store, thing, sent["eventID"], made.capture_id)
        database = store._connections.database
        for node in clickhouse_shards.nodes:
            with on(node) as client:
                for table in sharding_keys():
                    columns = ", ".join(
                        column[0] for column in declared_schema()[table]["columns"] if column[2] != "ALIAS"
                    )
                    client.command(
                        f"INSERT INTO {shard_database(database)}.{table} ({columns}) SELECT {columns} FROM"
                        f" {database}.{table}"
                    )
        counts = [
            query(node, f"SELECT count() FROM {shard_database(database)}.events") for node in clickhouse_shards.nodes
        ]
        assert counts[0][0][0] >= 21
        assert counts[1][0][0] >= 21
        assert answers(store, thing, sent["eventID"], made.capture_id) == before


def answers(store: ClickHouseStore, thing: str, event_id: str, capture_id: UUID) -> list[Any]:
    read = store.reader
    record = read.capture(capture_id)
    assert record is not None
    return [
        read.count(),
        read.events_by_id(event_id),
        read.thing_events([thing]),
        read.thing_contents([thing]),
        read.standing([event_id]),
        read.captures(None, 10),
        read.events_of_capture(record),
        read.arrived([capture_id]),
        read.latest(),
    ]


def test_with_a_shard_away_every_question_and_every_insert_is_refused(tmp_path: Path) -> None:
    with ClickHouseShards(tmp_path) as shards, migrated(shards) as store:
        sent = event(epcList=[gtin_serial()])
        made = put(store, sent, *[event() for _ in range(20)])
        record = store.reader.capture(made.capture_id)
        assert record is not None
        shards.nodes[1].kill()
        thing = thing_key(canonical(sent["epcList"][0]))
        read = store.reader
        questions: list[Callable[[], object]] = [
            store.ping,
            read.count,
            read.latest,
            lambda: read.events_by_id(sent["eventID"]),
            lambda: read.thing_events([thing]),
            lambda: read.thing_contents([thing]),
            lambda: read.standing([sent["eventID"]]),
            lambda: read.capture(made.capture_id),
            lambda: read.captures(None, 10),
            lambda: read.events_of_capture(record),
            lambda: read.arrived([made.capture_id]),
            lambda: store.letters.offsets("captures.v1", 0, 0, 10),
            lambda: store.letters.letters(None, 10),
            lambda: store.letters.letter("captures.v1", 0, 0),
            lambda: store.letters.letters_of(made.capture_id),
            lambda: store.keys.key("0123456789ab"),
            store.keys.keys,
            lambda: put(store, *[event() for _ in range(20)]),
            lambda: store.blocks.commit(store.blocks.new_block(), "token"),
            store.require_current,
        ]
        for number, question in enumerate(questions):
            with pytest.raises(StoreUnavailable):
                pytest.fail(f"question {number} was answered: {question()}")
        shards.nodes[1].start()
        assert len(read.events_by_id(sent["eventID"])) == 1
        store.require_current()


def test_a_token_is_good_for_one_life_of_every_shard(tmp_path: Path) -> None:
    with ClickHouseShards(tmp_path) as shards, migrated(shards) as store:
        lives = [store.blocks._boot()]
        assert store.blocks._boot() == lives[0]
        for node in shards.nodes:
            node.kill()
            node.start()
            lives.append(store.blocks._boot())
            assert store.blocks._boot() == lives[-1]
        assert len(set(lives)) == len(lives)


def test_a_block_that_comes_again_is_stored_once_whoever_takes_it(clickhouse_shards: ClickHouseShards) -> None:
    with migrated(clickhouse_shards) as store:
        rows = store.writer.prepare(capture(*[event() for _ in range(100)]))
        block = b"".join(row + bytes(8) for row in rows.tables["events"])
        settings = {**WHOLE, **clickhouse_shards.topology.settings, "insert_deduplication_token": "again"}
        for node in clickhouse_shards.nodes * 2:
            with on(node) as client:
                table = f"{store._connections.database}.events"
                client.raw_insert(table, COLUMNS["events"], block, settings=settings, fmt="RowBinary")
        own = shard_database(store._connections.database)
        counts = [query(node, f"SELECT count() FROM {own}.events")[0][0] for node in clickhouse_shards.nodes]
        assert sum(counts) == 100
        assert min(counts) > 0


def test_a_cluster_is_refused_until_every_server_is_migrated(clickhouse_shards: ClickHouseShards) -> None:
    second = f"127.0.0.1:{clickhouse_shards.nodes[1].tcp_port}"
    with fresh(clickhouse_shards) as store:
        with pytest.raises(SchemaMismatch, match=r"lacks 0001_events\.sql.*tianzhuo migrate"):
            store.require_current()
        assert store.migrate() == [migration.name for migration in packaged()]
        store.require_current()
        assert store.migrate() == []
        with on(clickhouse_shards.nodes[1]) as client:
            own = shard_database(store._connections.database)
            client.command(f"ALTER TABLE {own}.schema_migrations DELETE WHERE number = 7 SETTINGS mutations_sync = 2")
        with pytest.raises(SchemaMismatch, match=rf"{second}.*lacks 0007_ingest\.sql"):
            store.require_current()
        assert store.migrate() == ["0007_ingest.sql"]
        store.require_current()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("ALTER TABLE {own}.events ADD COLUMN extra UInt8", "table events is not as declared"),
        ("DROP TABLE {own}.thing_events", "table thing_events is not as declared.*got absent"),
        ("DROP TABLE {over}.thing_events", "table thing_events is not as declared.*got absent"),
        (
            "CREATE OR REPLACE TABLE {over}.events AS {own}.events ENGINE = Distributed('pair', '{own}', 'events', 1)",
            "table events is not as declared",
        ),
        ("CREATE TABLE {over}.other (x UInt8) ENGINE = Memory", "table other is not as declared"),
        ("INSERT INTO {own}.schema_migrations (number, name, sha256) VALUES (99, '0099_x.sql', 'a')", "0099_x.*newer"),
    ],
)
def test_a_server_changed_by_hand_is_named(clickhouse_shards: ClickHouseShards, change: str, words: str) -> None:
    second = clickhouse_shards.nodes[1]
    with migrated(clickhouse_shards) as store:
        database = store._connections.database
        with on(second) as client:
            client.command(change.format(own=shard_database(database), over=database))
        with pytest.raises(SchemaMismatch, match=f"127.0.0.1:{second.tcp_port}: .*{words}"):
            store.require_current()


def test_tables_over_the_shards_are_made_anew_when_they_differ(clickhouse_shards: ClickHouseShards) -> None:
    with migrated(clickhouse_shards) as store:
        sent = event()
        put(store, sent)
        database = store._connections.database
        with on(clickhouse_shards.nodes[0]) as client:
            client.command(f"ALTER TABLE {database}.events DROP COLUMN kafka_offset")
            own = shard_database(database)
            client.command(
                f"CREATE TABLE {database}.dropped (x UInt8) ENGINE = Distributed('pair', '{own}', 'dropped')"
            )
        assert store.migrate() == []
        store.require_current()
        assert len(store.reader.events_by_id(sent["eventID"])) == 1


def test_the_database_of_a_single_server_is_left_alone(clickhouse_shards: ClickHouseShards) -> None:
    name = f"k{uuid4().hex}"
    with closing(ClickHouseStore(clickhouse_shards.url, name, 2)) as store:
        store.migrate()
        put(store, event())
        with closing(ClickHouseStore(clickhouse_shards.url, name, 2, topology=clickhouse_shards.topology)) as wrong:
            with pytest.raises(SchemaMismatch, match="table of a single server"):
                wrong.migrate()
            with pytest.raises(SchemaMismatch):
                wrong.require_current()
        store.require_current()
        assert store.reader.count() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cluster": "nobody"}, "knows no cluster 'nobody'"),
        ({"replicas": 2}, "shard 1 has 1 servers.*TIANZHUO_REPLICAS is 2"),
        ({"nodes": ()}, "TIANZHUO_STORE_NODES names none"),
    ],
)
def test_another_cluster_than_the_servers_know_is_refused(
    clickhouse_shards: ClickHouseShards, changes: dict[str, Any], words: str
) -> None:
    topology = replace(clickhouse_shards.topology, **changes)
    with fresh(clickhouse_shards, topology) as store, pytest.raises(SchemaMismatch, match=words):
        store.migrate()
    one = replace(clickhouse_shards.topology, nodes=clickhouse_shards.topology.nodes[:1])
    with fresh(clickhouse_shards, one) as store, pytest.raises(SchemaMismatch, match=r"has 2 servers.*names 1"):
        store.migrate()


def test_servers_that_number_the_shards_differently_are_refused(tmp_path: Path) -> None:
    shards = ClickHouseShards(tmp_path)
    with shards, migrated(shards) as store:
        first, second = shards.nodes
        second.stop()
        second.config = remote_servers([second.tcp_port, first.tcp_port])
        second.start()
        with pytest.raises(SchemaMismatch, match=rf"127.0.0.1:{second.tcp_port}: its remote_servers say"):
            store.require_current()


@pytest.mark.usefixtures("clickhouse_server")  # skips where no server can be had
def test_tables_with_replicas_are_made_as_the_server_takes_them(tmp_path: Path) -> None:
    """No Keeper here: the server reads each statement, fills in its macros, and ends where it looks for Keeper."""
    paths: list[str] = []
    macros = "<macros><shard>1</shard><replica>a</replica></macros>"
    with ClickHouseServer(tmp_path / "server", macros) as server, on(server) as client:
        client.command("CREATE DATABASE own")
        for migration in packaged():
            for statement in map(repeatable, migration.statements):
                changed = replicated(statement, migration.number, "own")
                engines = re.findall(r"\b\w+MergeTree\b", changed)
                if not engines:
                    assert changed == statement
                    continue
                assert all(engine.startswith("Replicated") for engine in engines), changed
                paths += re.findall(r"'(/clickhouse/[^']*)'", changed)
                with pytest.raises(DatabaseError, match="NO_ZOOKEEPER"):
                    client.command(changed.replace("IF NOT EXISTS ", "IF NOT EXISTS own."))
    tables = {path.rpartition("/")[2].rpartition("_")[0] for path in paths}
    assert tables == declared_schema().keys() - {"schema_migrations", "boot"} | {"declarations"}
    assert len(paths) == len(set(paths)) > len(tables)
    assert "/clickhouse/tables/{shard}/own/events_0005" in paths
