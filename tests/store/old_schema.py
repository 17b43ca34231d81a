"""A store as the version with three migrations made and filled it, by SQL alone."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from clickhouse_connect.driver.client import Client

from services.domain.chain.relations import backward, forward
from services.domain.times import datetime_of
from services.ports import Capture
from services.store.clickhouse import ClickHouseStore
from services.store.migrations import BOOK, Migration, packaged
from services.store.writer import id_hash

OLD = 3
"""Migrations of that version."""
EVENTS = (
    "event_time event_id content zone_minutes event_type action biz_step disposition read_point biz_location "
    "declares_error party capture_id position context raw id_at record_time"
).split()
INDEX = ("thing", "event_time", "ref", "entry", "other")
TABLES: dict[str, Iterable[str]] = {
    "events": EVENTS,
    "event_ids": ("id_hash", "event_time"),
    "declarations": ("event_id", "content", "event_time", "record_time"),
    "thing_events": INDEX,
    "thing_contents": INDEX,
}


def run(client: Client, migration: Migration, statements: int | None = None, *, record: bool = True) -> None:
    """Runs a migration's first statements (all unless told), for the first time."""
    for statement in migration.statements[:statements]:
        client.command(statement)
    if record:
        row = [migration.number, migration.name, migration.sha256]
        client.insert("schema_migrations", [row], column_names=["number", "name", "sha256"])


def make(store: ClickHouseStore, deliveries: Iterable[tuple[Capture, datetime]]) -> None:
    """Migrates an empty store as far as that version and writes captures with their record times."""
    with store._connections.client() as client:
        client.command(BOOK)
        for migration in packaged()[:OLD]:
            run(client, migration)
        for capture, at in deliveries:
            rows = _rows(capture, at)
            for table, columns in TABLES.items():
                if rows[table]:
                    client.insert(table, rows[table], column_names=list(columns))


def _rows(capture: Capture, at: datetime) -> dict[str, list[list[Any]]]:
    rows: dict[str, list[list[Any]]] = {table: [] for table in TABLES}
    for one in capture.events:
        said, time, encoded = one.entry, datetime_of(one.event_time_us), one.event_id.encode()
        raw, id_at = one.raw, -1
        if raw.count(encoded) == 1:
            id_at = raw.index(encoded)
            raw = raw.replace(encoded, b"")
        terms = [said.event_type, said.action, said.biz_step, said.disposition, said.read_point, said.biz_location]
        origin = [capture.party, capture.capture_id, one.position, one.context_raw]
        rows["events"].append(
            [time, one.event_id, one.content, one.zone_minutes, *terms, said.declares_error, *origin, raw, id_at, at]
        )
        rows["event_ids"].append([int.from_bytes(id_hash(one.event_id), "little"), time])
        if said.declares_error:
            rows["declarations"].append([one.event_id, one.content, time, at])
        for table, found in (("thing_events", backward), ("thing_contents", forward)):
            for thing, entry, other in found(one.groups, said):
                rows[table].append([thing, time, one.content[:8], entry, other])
    return rows
