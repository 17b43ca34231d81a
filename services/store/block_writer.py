"""Writes blocks of records that came over Kafka: index rows side by side first, then events, then letters and captures.

The order is the writer's (`services/store/writer.py`), and so is every row; only the record time is each record's own,
and the place in the topic is kept.
"""

from functools import partial
from hashlib import sha256
from struct import Struct

import msgspec
from clickhouse_connect.driver.client import Client

from services.domain.chain.relations import backward, forward
from services.ports import CaptureTooLarge, Delivery, Letter, StoreUnavailable
from services.ports.spans import span
from services.store.connection import Connections
from services.store.rowbinary import int32, int64, string, term, text, uint32, uuid, varint
from services.store.sql import WHOLE
from services.store.topology import Topology
from services.store.writer import COLUMNS as OURS
from services.store.writer import (
    INDEX_TABLES,
    MOST_BYTES,
    REF_BYTES,
    SECOND,
    capture_row,
    contents_rows,
    event_row,
    id_hash,
    index_rows,
    least_bytes,
    turned,
)

COLUMNS = {
    **OURS,
    "events": (*OURS["events"], "kafka_partition", "kafka_offset"),
    "captures": (*OURS["captures"], "awaited"),
    "capture_progress": ("capture_id", "digest", "positions"),
    "dead_letters": (
        "topic partition offset record_time stage errors capture_id party replay_of has_key key has_value value headers"
    ).split(),
    "replays": ("letter", "record", "record_time", "event_ids"),
}
AFTER_EVENTS = ("capture_progress", "dead_letters", "replays", "captures")
"""What tells of events is written when they are there, in this order."""

LIVES = "SELECT 0 AS shard, toString(min(id)) FROM boot GROUP BY shard"
_place = Struct("<Qiq").pack  # earliness, kafka_partition, kafka_offset


class RowBlock:
    """Implements `services.ports.Block`: RowBinary rows by table.

    Attributes:
        tables: rows by table; those of `capture_progress` are made at the end.
        events: how many events.
        size: bytes, about.
        keys: see `services.ports.Block.keys`.
    """

    def __init__(self) -> None:
        self.tables: dict[str, list[bytes]] = {table: [] for table in COLUMNS}
        self.events = 0
        self.size = 0
        self.keys: list[bytes] = []
        self._arrived: dict[bytes, list[int]] = {}

    def add(self, delivery: Delivery) -> None:
        """See `services.ports.Block.add`."""
        size = sum(map(least_bytes, delivery.events))
        if size > MOST_BYTES:
            raise CaptureTooLarge(f"its index rows and contexts would be {size} bytes, one record takes {MOST_BYTES}")
        record = delivery.record
        place = _place(turned(record.time_us), record.partition, record.offset)
        recorded = int64(record.time_us)
        identity = uuid(delivery.capture_id)
        origin = term(delivery.party) + identity
        tables = self.tables
        rows, ids = tables["events"], tables["event_ids"]
        done, contents = tables["thing_events"], tables["thing_contents"]
        for event in delivery.events:
            time = int64(event.event_time_us)
            rows.append(event_row(event, time, origin) + place)
            hashed = id_hash(event.event_id)
            ids.append(hashed + int64(event.event_time_us // SECOND * SECOND))
            self.keys.append(hashed + event.content[:4])
            named = time + event.content[:REF_BYTES]
            index_rows(done, backward(event.groups, event.entry), named)
            contents_rows(contents, forward(event.groups, event.entry), named)
        if delivery.in_capture:
            self._arrived.setdefault(identity, []).extend(event.position for event in delivery.events)
        if delivery.capture is not None:
            tables["captures"].append(recorded.join(capture_row(delivery.capture)) + uint32(delivery.capture.awaited))
        if delivery.replay_of:
            found = [event.event_id for event in delivery.events]
            tables["replays"].append(
                text(delivery.replay_of) + text(record.origin) + recorded + _array(list(map(text, found)))
            )
        self.events += len(delivery.events)
        self.size += size + len(record.value or b"")

    def add_letter(self, letter: Letter) -> None:
        """See `services.ports.Block.add_letter`."""
        record = letter.record
        self.tables["dead_letters"].append(
            b"".join(
                (
                    term(record.topic),
                    int32(record.partition),
                    int64(record.offset),
                    int64(record.time_us),
                    term(letter.stage),
                    string(msgspec.json.encode(letter.violations)),
                    uuid(letter.capture_id),
                    text(letter.party),
                    text(letter.replay_of),
                    *map(_optional, (record.key, record.value)),
                    _array([text(name) + string(value) for name, value in record.headers]),
                )
            )
        )
        self.size += len(record.value or b"")

    def rows(self, table: str) -> bytes:
        """The table's rows, as RowBinary."""
        if table != "capture_progress":
            return b"".join(self.tables[table])
        rows = []
        for capture_id, positions in sorted(self._arrived.items()):  # sorted: the same block gives the same bytes
            packed = list(map(uint32, sorted(positions)))
            rows += [capture_id, sha256(b"".join(packed)).digest()[:8], _array(packed)]
        return b"".join(rows)


class BlockWriter:
    """Implements `services.ports.BlockWriter` for ClickHouse."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def new_block(self) -> RowBlock:
        """See `services.ports.BlockWriter.new_block`."""
        return RowBlock()

    def commit(self, block: RowBlock, token: str) -> None:
        """See `services.ports.BlockWriter.commit`."""
        token = f"{token}@{self._boot()}"
        self._connections.side_by_side(
            [partial(self._insert, table, block.rows(table), token) for table in INDEX_TABLES]
        )
        for table in ("events", *AFTER_EVENTS):
            self._insert(table, block.rows(table), token)

    def _boot(self) -> str:
        """What tells one life of every server that stores from the next: the contents of tables in their memory.

        ClickHouse notes a token before the block is stored. Killed in between, it would drop the block when it comes
        again; so a token is only good for the life of the servers in which it was first given. A restart of one shard
        changes the token for all: what the others have stored is stored twice there, and merges into one.

        Replicated tables need none of it: their token is in Keeper, written in one transaction with the part.
        """
        topology = self._connections.topology
        if topology is not None and topology.replicas > 1:
            return ""
        lives = LIVES if topology is None else LIVES.replace("0 AS", "_shard_num AS")
        with self._connections.client() as client:
            shards = _shards(client, topology)
            found = _lives(client, lives)
            new = shards - found.keys()
            for shard in new:
                settings = {"insert_shard_id": shard} if shard else {}
                client.command("INSERT INTO boot SELECT generateUUIDv4()", settings=settings)
            if new:
                found = _lives(client, lives)
        if shards - found.keys():
            raise StoreUnavailable("a server of the store was started again meanwhile")
        return "+".join(found[shard] for shard in sorted(shards))

    def _insert(self, table: str, rows: bytes, token: str) -> None:
        if rows:
            settings = {**WHOLE, "insert_deduplication_token": token}
            with span("insert", table=table, bytes=len(rows)), self._connections.writing(len(rows)) as client:
                client.raw_insert(table, COLUMNS[table], rows, settings=settings, fmt="RowBinary")


def _lives(client: Client, query: str) -> dict[int, str]:
    return {int(shard): str(life) for shard, life in client.query(query).result_rows}


def _shards(client: Client, topology: Topology | None) -> set[int]:
    """The numbers of the cluster's shards; 0 stands for a single server."""
    if topology is None:
        return {0}
    query = "SELECT DISTINCT shard_num FROM system.clusters WHERE cluster = {cluster:String}"
    return {int(row[0]) for row in client.query(query, parameters={"cluster": topology.cluster}).result_rows}


def _array(items: list[bytes]) -> bytes:
    """An Array: its length as LEB128, then the items."""
    return varint(len(items)) + b"".join(items)


def _optional(value: bytes | None) -> bytes:
    return b"\x00\x00" if value is None else b"\x01" + string(value)
