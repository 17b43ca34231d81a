"""A season in Kafka, and what a store must hold once it is ingested."""

from dataclasses import dataclass
from typing import Any

from services.bus.connection import Broker
from services.bus.emitter import Emitter
from services.domain.chain.relations import backward, forward
from services.domain.epcis.documents import read_document
from services.store.clickhouse import ClickHouseStore
from services.usecases.receive import accept_events, context_of
from services.usecases.simulation import documents


@dataclass(frozen=True, slots=True)
class Expected:
    """What a store must hold, each thing once.

    Attributes:
        events: (event id, content) of the events.
        done, contents: index rows: (thing, time, ref, entry, other).
    """

    events: set[tuple[str, bytes]]
    done: set[tuple[Any, ...]]
    contents: set[tuple[Any, ...]]

    def join(self, other: "Expected") -> None:
        """Expects what another one expects, too."""
        self.events.update(other.events)
        self.done.update(other.done)
        self.contents.update(other.contents)

    def add(self, body: bytes) -> None:
        """Expects the events of a document, too."""
        document = read_document(body)
        accepted, violations = accept_events(document.events, context_of(document), document.context_raw, 1_000_000)
        assert not violations
        for event in accepted:
            self.events.add((event.event_id, event.content))
            named = (event.event_time_us, event.content[:8])
            self.done.update((row.thing, *named, row.entry, row.other) for row in backward(event.groups, event.entry))
            self.contents.update(
                (row.thing, *named, row.entry, row.other) for row in forward(event.groups, event.entry)
            )


def produce(kafka: str, seed: int, events: int) -> Expected:
    """Produces a season, one event in a record, some of them twice as the season has it."""
    expected = Expected(set(), set(), set())
    emitter = Emitter(Broker(kafka), "season")
    for body in documents(seed, events):
        emitter.send(body)
        expected.add(body)
    emitter.close()
    return expected


def check(store: ClickHouseStore, expected: Expected) -> dict[str, int]:
    """Compares a store with what it must hold; returns how many rows it has physically, by table."""
    assert _pairs(store) == expected.events
    assert store.reader.count() == len(expected.events)
    counts = {}
    for table, rows, joined in (
        ("thing_events", expected.done, ""),
        ("thing_contents", expected.contents, "ARRAY JOIN others AS other"),
    ):
        found = query(store, f"SELECT uniqExact(thing, event_time, ref, entry, other), count() FROM {table} {joined}")
        assert int(found[0][0]) == len(rows), table
        counts[table] = int(found[0][1])
    counts["events"] = int(query(store, "SELECT count() FROM events")[0][0])
    for event_id, content in list(expected.events)[:50]:
        assert content in {one.content for one in store.reader.events_by_id(event_id)}
    return counts


def _pairs(store: ClickHouseStore) -> set[tuple[str, bytes]]:
    rows = query(store, "SELECT event_id, hex(content) FROM events GROUP BY event_time, event_id, content")
    return {(str(event_id), bytes.fromhex(content)) for event_id, content in rows}


def query(store: ClickHouseStore, sql: str) -> list[tuple[Any, ...]]:
    """Rows of a query of the test's own."""
    with store._connections.client() as client:
        return [tuple(row) for row in client.query(sql).result_rows]
