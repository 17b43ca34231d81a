"""Writes captures: index rows side by side first, then events, then the captures' records, each with fsync.

Because events come last but one, an event that can be found has its whole index; because the record comes last, a
capture job that says success has its events. A crash in between leaves rows that no answer counts, or events whose
sender got no answer and sends again, which changes nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from hashlib import sha256
from uuid import uuid4

from services.domain.accepted import AcceptedEvent
from services.domain.chain.relations import Entry, Row, backward, forward
from services.domain.times import microseconds_of
from services.ports import Capture, CaptureTooLarge
from services.ports.spans import span
from services.store.connection import Connections
from services.store.packing import pack_id, pack_raw
from services.store.rowbinary import int16, int64, string, term, text, uint32, uint64, uuid, varint

EVENT_COLUMNS = (
    "event_time id content zone_minutes event_type action biz_step disposition read_point location "
    "declares_error party capture_id position context raw earliness"
).split()
INDEX_COLUMNS = ("thing", "event_time", "ref", "entry", "other")
COLUMNS = {
    "events": EVENT_COLUMNS,
    "event_ids": ("id_hash", "event_second"),
    "thing_events": INDEX_COLUMNS,
    "thing_contents": (*INDEX_COLUMNS[:-1], "others"),
    "captures": (
        "capture_id created_at finished_at kind party error_behaviour success events first_event_time last_event_time "
        "errors frame"
    ).split(),
}
INDEX_TABLES = ("event_ids", "thing_events", "thing_contents")
"""Derived from events; written before them."""


REF_BYTES = 8
"""How many bytes of an event's content an index row keeps; with the instant they find the event."""


def turned(number: int) -> int:
    """All 64 bits the other way: from a record time in microseconds to its earliness, and back."""
    return ~number & 0xFFFF_FFFF_FFFF_FFFF


SECOND = 1_000_000
"""Microseconds: `event_ids` says in which second to look."""


def id_hash(event_id: str) -> bytes:
    """The 4 bytes under which `event_ids` keeps an event id."""
    return sha256(event_id.encode()).digest()[:4]


MOST_BYTES = 128 * 1024 * 1024
"""Of the rows of one capture. What an event says (its place, its step, its @context) stands in the row of each thing
that it names, so a small body could otherwise become a very large block."""


@dataclass(slots=True)
class Rows:
    """RowBinary rows of one capture; those of `events` lack the record time: `commit` adds it to each.

    Attributes:
        tables: rows by table.
        capture: see `capture_row`.
        events: how many events.
        size: bytes in all.
    """

    tables: dict[str, list[bytes]] = field(default_factory=lambda: {table: [] for table in (*INDEX_TABLES, "events")})
    capture: tuple[bytes, bytes] = (b"", b"")
    events: int = 0
    size: int = 0


def prepare(capture: Capture) -> Rows:
    """RowBinary rows of a capture. Pure.

    Raises:
        CaptureTooLarge: they would be more than MOST_BYTES.
    """
    size = sum(map(least_bytes, capture.events))
    if size > MOST_BYTES:
        raise CaptureTooLarge(f"its index rows and contexts would be {size} bytes, one capture takes {MOST_BYTES}")
    rows = Rows(events=len(capture.events))
    tables = rows.tables
    origin = term(capture.party) + uuid(capture.capture_id)
    for event in capture.events:
        time = int64(event.event_time_us)
        tables["events"].append(event_row(event, time, origin))
        tables["event_ids"].append(id_hash(event.event_id) + int64(event.event_time_us // SECOND * SECOND))
        named = time + event.content[:REF_BYTES]
        index_rows(tables["thing_events"], backward(event.groups, event.entry), named)
        contents_rows(tables["thing_contents"], forward(event.groups, event.entry), named)
    rows.capture = capture_row(capture)
    rows.size = sum(sum(map(len, table)) for table in tables.values()) + sum(map(len, rows.capture))
    return rows


def capture_row(capture: Capture) -> tuple[bytes, bytes]:
    """The first and the second part of the row of `captures`, to be joined by its finishing time."""
    first, last = capture.between
    if capture.events:
        times = [event.event_time_us for event in capture.events]
        first, last = min(times), max(times)
    return (
        uuid(capture.capture_id) + int64(microseconds_of(capture.created_at)),
        b"".join(
            (
                term(capture.kind),
                term(capture.party),
                term(capture.error_behaviour),
                b"\x01" if capture.errors == "[]" else b"\x00",
                uint32(capture.awaited or len(capture.events)),
                int64(first),
                int64(last),
                text(capture.errors),
                string(capture.frame),
            )
        ),
    )


def least_bytes(event: AcceptedEvent) -> int:
    """A lower bound of the bytes that an event's rows take, found without making them."""
    entry = event.entry
    said = len(entry.event_type) + len(entry.biz_step) + len(entry.disposition)
    said += len(entry.read_point) + len(entry.biz_location)
    named = sum(len(group.things) * (said + len(group.other)) for group in event.groups)
    return named + len(event.raw) + len(event.context_raw)


def event_row(event: AcceptedEvent, time: bytes, origin: bytes) -> bytes:
    """The row of `events` without its record time; `time` is the event's instant, `origin` its party and capture."""
    entry = event.entry
    encoded = event.event_id.encode()
    raw = pack_raw(event.raw, encoded, event.event_time_us, event.zone_minutes)
    return b"".join(
        (
            time,
            string(pack_id(event.event_id)),
            event.content,
            int16(event.zone_minutes),
            term(entry.event_type),
            term(entry.action),
            term(entry.biz_step),
            term(entry.disposition),
            term(entry.read_point),
            term(_location(entry)),
            b"\x01" if entry.declares_error else b"\x00",
            origin,
            uint32(event.position),
            string(event.context_raw),
            string(raw),
        )
    )


def index_rows(rows: list[bytes], found: Iterator[Row], event: bytes) -> None:
    """Adds index rows; `event` is the event's instant and reference."""
    last, middle = b"", b""
    for thing, entry, other in found:
        if entry is not last:
            last, middle = entry, event + string(entry)
        rows.append(text(thing) + middle + text(other))


def contents_rows(rows: list[bytes], found: Iterator[Row], event: bytes) -> None:
    """Adds forward rows: one for each thing and role, with all its other sides.

    Sorted, so that the same event with its lists in another order gives the same rows.
    """
    gathered: dict[tuple[str, bytes], set[str]] = {}
    for thing, entry, other in found:
        gathered.setdefault((thing, entry), set()).add(other)
    for (thing, entry), others in gathered.items():
        packed = sorted(one.encode() for one in others)
        rows.append(b"".join((text(thing), event, string(entry), varint(len(packed)), *map(string, packed))))


def _location(entry: Entry) -> str:
    if not entry.biz_location:
        return ""
    return "=" if entry.biz_location == entry.read_point else ":" + entry.biz_location


class Writer:
    """Implements `services.ports.EventWriter` for ClickHouse."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def prepare(self, capture: Capture) -> Rows:
        """See `services.ports.EventWriter.prepare`."""
        return prepare(capture)

    def commit(self, prepared: Sequence[Rows], record_time: datetime) -> None:
        """See `services.ports.EventWriter.commit`."""
        at = microseconds_of(record_time)
        blocks = {table: _block(table, prepared, at) for table in (*INDEX_TABLES, "events")}
        self._connections.side_by_side([partial(self._insert, table, blocks[table]) for table in INDEX_TABLES])
        self._insert("events", blocks["events"])
        self._insert("captures", b"".join(int64(at).join(rows.capture) for rows in prepared))

    def _insert(self, table: str, block: bytes) -> None:
        if block:
            # ClickHouse remembers a block before it has stored it. Killed in between, it would drop the same index rows
            # when they are sent again; so no two blocks are the same to it. Rows that come twice are merged into one.
            settings = {"insert_deduplication_token": uuid4().hex}
            with span("insert", table=table, bytes=len(block)), self._connections.writing(len(block)) as client:
                client.raw_insert(table, COLUMNS[table], block, settings=settings, fmt="RowBinary")


def _block(table: str, prepared: Sequence[Rows], at: int) -> bytes:
    """The rows of a table in one block; `at` is the record time in microseconds."""
    rows = [row for one in prepared for row in one.tables[table]]
    if not rows:
        return b""
    end = uint64(turned(at)) if table == "events" else b""
    return end.join(rows) + end
