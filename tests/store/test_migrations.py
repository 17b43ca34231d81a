"""The schema: declared, immutable, and refused when it is anything else."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest

from schemas import read_bytes
from services.ports import SchemaMismatch
from services.store.clickhouse import ClickHouseStore
from services.store.migrations import live_schema, packaged
from services.store.topology import shard_database
from tests.servers.clickhouse import ClickHouseServer


@contextmanager
def fresh(server: ClickHouseServer) -> Iterator[ClickHouseStore]:
    store = ClickHouseStore(server.url, f"m{uuid4().hex}", connections=2)
    yield store
    store.close()


def test_landed_migrations_keep_their_hashes() -> None:
    recorded = dict(line.split()[::-1] for line in read_bytes("migrations/HASHES").decode().splitlines())
    assert recorded == {migration.name: migration.sha256 for migration in packaged()}


def test_the_live_schema_is_the_declared_one(store: ClickHouseStore) -> None:
    with store._connections.client() as client:
        if store._connections.topology is not None:
            client.database = shard_database(store._connections.database)
        live = live_schema(client)
        client.database = store._connections.database
    assert live == json.loads(read_bytes("declared_schema.json"))
    store.require_current()
    assert store.migrate() == []


def test_a_new_database_is_refused_until_it_is_migrated(clickhouse_server: ClickHouseServer) -> None:
    with fresh(clickhouse_server) as store:
        with pytest.raises(SchemaMismatch, match=r"lacks 0001_events\.sql.*tianzhuo migrate"):
            store.require_current()
        assert store.migrate() == [migration.name for migration in packaged()]
        store.require_current()


def test_a_migration_cut_off_half_way_runs_again(clickhouse_server: ClickHouseServer) -> None:
    with fresh(clickhouse_server) as store:
        store.migrate()
        with store._connections.client() as client:
            client.command("ALTER TABLE schema_migrations DELETE WHERE number = 3 SETTINGS mutations_sync = 2")
            client.command("DROP TABLE api_keys")
        assert store.migrate() == [packaged()[2].name]
        store.require_current()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("ALTER TABLE events ADD COLUMN extra UInt8", "table events is not as declared"),
        ("ALTER TABLE events DROP COLUMN party", "table events is not as declared"),
        ("DROP TABLE thing_events", "table thing_events is not as declared.*got absent"),
        ("CREATE TABLE other (x UInt8) ENGINE = MergeTree ORDER BY x", "table other is not as declared"),
        ("INSERT INTO schema_migrations (number, name, sha256) VALUES (99, '0099_x.sql', 'a')", "0099_x.sql.*newer"),
        ("INSERT INTO schema_migrations (number, name, sha256) VALUES (1, '0001_events.sql', 'a')", "was edited"),
    ],
)
def test_a_schema_changed_by_hand_is_refused(clickhouse_server: ClickHouseServer, change: str, words: str) -> None:
    with fresh(clickhouse_server) as store:
        store.migrate()
        with store._connections.client() as client:
            client.command(change)
        with pytest.raises(SchemaMismatch, match=words):
            store.require_current()
