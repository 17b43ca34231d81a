"""A store of an older version: migrated, it gives the answers of one that this version filled."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.domain.chain.relations import thing_key, things
from services.ports import Capture
from services.store.clickhouse import ClickHouseStore
from services.store.migrations import packaged
from tests.store import old_schema
from tests.store.events import capture, event, gtin_serial, pack, sscc

NOON = datetime(2026, 5, 2, 12, tzinfo=UTC)
LOT = "urn:epc:class:lgtin:4012345.012345.L1"
HERE, ELSEWHERE = "urn:epc:id:sgln:0614141.00001.0", "urn:epc:id:sgln:0614141.00002.0"
Delivery = tuple[Capture, datetime]


@contextmanager
def beside(store: ClickHouseStore) -> Iterator[ClickHouseStore]:
    """An empty database where the store is."""
    with closing(ClickHouseStore(store._connections.dsn, f"o{uuid4().hex}", connections=4)) as made:
        yield made


def transformation(**members: Any) -> dict[str, Any]:
    return event(type="TransformationEvent", epcList=None, action=None, **members)


def deliveries() -> list[Delivery]:
    """Of every kind that is stored in a way of its own."""
    boxed, box, contested = [gtin_serial() for _ in range(3)], sscc(), event()
    lotted = {"https://ref.gs1.org/cbv/mda/lotNumber": "L1", "cbvmda:lotNumber": "L1"}
    first = [
        event(eventTime="2026-05-01T08:00:00.123+08:00", readPoint={"id": HERE}, bizLocation={"id": HERE}),
        event(eventTime="2026-05-01T05:30:00.123-02:30", eventTimeZoneOffset="-02:30", readPoint={"id": HERE}),
        event(eventTime="2026-05-01T00:00:00.123456Z", readPoint={"id": HERE}, bizLocation={"id": ELSEWHERE}),
        event(eventTime="1969-12-31T23:59:58.250Z", eventTimeZoneOffset="+00:00", bizLocation={"id": HERE}),
        event(eventID=None, eventTime="2026-05-01T08:00:01.000+08:00"),
        event(eventID="urn:example:0001"),
        event(eventID=f"urn:uuid:{uuid4()}".upper().replace("URN:UUID", "urn:uuid")),
        pack(box, boxed, eventTime="2026-05-01T09:00:00.5+08:00"),
        pack(box, [], action="DELETE", eventTime="2026-05-01T10:00:00.500+08:00"),
        event(action="ADD", bizStep="commissioning", epcList=[gtin_serial(), gtin_serial()], ilmd=lotted),
        transformation(inputEPCList=boxed, outputQuantityList=[{"epcClass": LOT, "quantity": 2, "uom": "KGM"}]),
        transformation(inputEPCList=[gtin_serial()], transformationID="urn:example:made"),
        transformation(outputEPCList=[gtin_serial(), gtin_serial()], transformationID="urn:example:made"),
        contested,
    ]
    error = {"declarationTime": "2026-05-02T00:00:00Z", "reason": "incorrect_data"}
    again = [
        first[0],
        {**contested, "bizStep": "receiving"},
        {**first[2], "errorDeclaration": error},
        pack(box, boxed[::-1], eventTime="2026-05-01T09:00:00.5+08:00", eventID=first[7]["eventID"]),
    ]
    return [
        (capture(*first), NOON),
        (capture(*again, compact=True), NOON + timedelta(hours=1)),
        (capture(first[0], party="early", compact=True), NOON - timedelta(hours=1)),
    ]


def answers(store: ClickHouseStore, made: list[Delivery]) -> dict[str, Any]:
    """All that a reader says of these events, now and as known at noon."""
    events = [one for sent, _ in made for one in sent.events]
    keys = {thing_key(thing) for one in events for thing in things(one.groups)}
    keys |= {group.other for one in events for group in one.groups}
    ids = sorted({one.event_id for one in events})
    found: dict[str, Any] = {}
    reader = store.reader
    for as_of in (None, NOON):
        found |= {
            f"by id {as_of}": [reader.events_by_id(event_id, as_of) for event_id in ids],
            f"backward {as_of}": reader.thing_events(sorted(keys), as_of),
            f"forward {as_of}": reader.thing_contents(sorted(keys), as_of),
            f"declared {as_of}": {name for name, one in reader.standing(ids, as_of).items() if one.declared},
        }
    assert [name for name, value in found.items() if not value] == [f"declared {NOON}"]
    return {**found, "count": reader.count()}


def merged(store: ClickHouseStore) -> dict[str, int]:
    """Rows of each table after a merge."""
    held = {}
    with store._connections.client() as client:
        for table in ("events", "event_ids", "thing_events", "thing_contents"):
            client.command(f"OPTIMIZE TABLE {table} FINAL")
            held[table] = int(str(client.command(f"SELECT count() FROM {table}")))
    return held


@pytest.fixture(name="made", scope="module")
def _made() -> list[Delivery]:
    return deliveries()


@pytest.fixture(name="expected", scope="module")
def _expected(server_store: ClickHouseStore, made: list[Delivery]) -> dict[str, Any]:
    with beside(server_store) as fresh:
        fresh.migrate()
        for sent, at in made:
            fresh.writer.commit([fresh.writer.prepare(sent)], at)
        return answers(fresh, made)


def test_an_old_store_is_migrated(store: ClickHouseStore, made: list[Delivery], expected: dict[str, Any]) -> None:
    with beside(store) as old:
        old_schema.make(old, made)
        assert old.migrate() == [migration.name for migration in packaged()[old_schema.OLD :]]
        old.require_current()
        assert answers(old, made) == expected
        held = merged(old)
        assert held["events"] == expected["count"]
        for sent, at in made:  # rows that were moved are those that this version writes
            old.writer.commit([old.writer.prepare(sent)], at + timedelta(days=1))
        assert merged(old) == held
        assert answers(old, made) == expected


@pytest.mark.parametrize(
    ("place", "statements"),
    [
        (place, statements)
        for place, migration in enumerate(packaged()[old_schema.OLD :], old_schema.OLD)
        for statements in range(1, len(migration.statements) + 1)
    ],
)
def test_a_migration_of_an_old_store_can_be_cut_off_anywhere(
    server_store: ClickHouseStore, made: list[Delivery], expected: dict[str, Any], place: int, statements: int
) -> None:
    with beside(server_store) as old:
        old_schema.make(old, made)
        with old._connections.client() as client:
            for migration in packaged()[old_schema.OLD : place]:
                old_schema.run(client, migration)
            old_schema.run(client, packaged()[place], statements, record=False)
        old.migrate()
        old.require_current()
        assert answers(old, made) == expected
