"""Reads: packaged queries in, records of services.ports out. Duplicates and rows without event never leave here."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.domain.chain.relations import Entry, Role, unpack
from services.domain.times import datetime_of, microseconds_of
from services.ports import ALL_ROLES, CaptureRecord, IndexRow, StoredEvent
from services.store import sql
from services.store.connection import Connections
from services.store.packing import pack_id, unpack_id, unpack_raw
from services.store.sql import plain
from services.store.writer import id_hash, turned

LATEST = datetime(2299, 12, 31, tzinfo=UTC)
"""DateTime64's last day: the as_of of a question without one."""


PARAMETER_CHARACTERS = 60_000
"""A server takes 128 KiB in one parameter."""
ROOM_FOR_TIME = 30
"""Characters of an instant in a parameter, quotes and comma included."""


class Reader:
    """Implements `services.ports.EventReader` for ClickHouse."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def _rows(self, name: str, **parameters: Any) -> list[tuple[Any, ...]]:
        with self._connections.client() as client:
            return sql.rows(client, name, **parameters)

    def events_by_id(self, event_id: str, as_of: datetime | None = None) -> list[StoredEvent]:
        """See `services.ports.EventReader.events_by_id`."""
        hashed = int.from_bytes(id_hash(event_id), "little")
        found = self._rows("events_by_id", id_hash=hashed, id=pack_id(event_id).hex(), as_of=as_of or LATEST)
        return [_stored(row) for row in found]

    def thing_events(
        self, things: Sequence[str], as_of: datetime | None = None, roles: Collection[Role] = ALL_ROLES
    ) -> list[IndexRow]:
        """See `services.ports.EventReader.thing_events`."""
        return self._index("thing_events", things, as_of, roles=[role.value for role in roles])

    def thing_contents(self, things: Sequence[str], as_of: datetime | None = None) -> list[IndexRow]:
        """See `services.ports.EventReader.thing_contents`."""
        return self._index("thing_contents", things, as_of)

    def _index(self, table: str, things: Sequence[str], as_of: datetime | None, **which: Any) -> list[IndexRow]:
        rows = [
            (thing, time, ref, unpack(entry), others)
            for part in _text_parts(things)
            for thing, time, ref, entry, others in self._rows(table, things=part, **which)
        ]
        least = turned(microseconds_of(as_of or LATEST))
        events: dict[tuple[datetime, bytes], list[tuple[str, bytes, int]]] = {}
        for part in _parts({(microseconds_of(row[1]), row[2].hex()) for row in rows}, "refs"):
            for time, ref, packed, content, first in self._rows("named_events", least=least, **part):
                events.setdefault((time, ref), []).append((unpack_id(packed), content, turned(first)))
        found = [
            IndexRow(
                thing.decode(),
                microseconds_of(time),
                recorded,
                event_id,
                content,
                said,
                other.decode(),
            )
            for thing, time, ref, said, others in rows
            for event_id, content, recorded in events.get((time, ref), ())
            for other in others
        ]
        found.sort(key=lambda r: (r.thing, r.event_time_us, not r.entry.unpacks, r.event_id, r.content, r.other))
        return found

    def declared(self, event_ids: Sequence[str], as_of: datetime | None = None) -> set[str]:
        """See `services.ports.EventReader.declared`."""
        return {
            row[0].decode()
            for part in _text_parts(event_ids)
            for row in self._rows("declared", ids=part, least=turned(microseconds_of(as_of or LATEST)))
        }

    def contents(self, event_ids: Sequence[str], as_of: datetime | None = None) -> dict[str, set[bytes]]:
        """See `services.ports.EventReader.contents`."""
        least = turned(microseconds_of(as_of or LATEST))
        found: dict[str, set[bytes]] = {}
        hashes = {pack_id(one).hex(): int.from_bytes(id_hash(one), "little") for one in event_ids}
        for ids in _text_parts(hashes):
            where = sorted({hashes[one] for one in ids})
            for packed, content, _ in self._rows("contents_by_id", id_hashes=where, ids=ids, least=least):
                found.setdefault(unpack_id(packed), set()).add(content)
        return found

    def capture(self, capture_id: UUID) -> CaptureRecord | None:
        """See `services.ports.EventReader.capture`."""
        found = self._rows("capture", capture_id=str(capture_id))
        return _capture(found[0]) if found else None

    def captures(self, before: tuple[datetime, UUID] | None, limit: int) -> list[CaptureRecord]:
        """See `services.ports.EventReader.captures`."""
        at, last = before or (LATEST, UUID(int=2**128 - 1))
        return [_capture(row) for row in self._rows("captures", before=at, before_id=str(last), limit=limit)]

    def arrived(self, capture_ids: Sequence[UUID]) -> dict[UUID, int]:
        """See `services.ports.EventReader.arrived`."""
        if not capture_ids:
            return {}
        return {row[0]: int(row[1]) for row in self._rows("arrived", ids=[str(one) for one in capture_ids])}

    def events_of_capture(self, record: CaptureRecord) -> list[bytes]:
        """See `services.ports.EventReader.events_of_capture`."""
        first, last = datetime_of(record.first_event_us), datetime_of(record.last_event_us)
        found = self._rows("events_of_capture", capture_id=str(record.capture_id), first=first, last=last)
        return [
            unpack_raw(raw, unpack_id(packed).encode(), microseconds_of(at), zone) for packed, at, zone, raw in found
        ]

    def latest(self) -> datetime:
        """See `services.ports.EventReader.latest`."""
        return datetime_of(self._rows("latest")[0][0])

    def count(self) -> int:
        """See `services.ports.EventReader.count`."""
        return int(self._rows("count_events")[0][0])


def _parts(keys: set[tuple[int, str]], name: str) -> Iterator[dict[str, Any]]:
    """Query parameters `times` and `name` for (microseconds, text) keys, as many at a time as a server takes."""
    part: list[tuple[int, str]] = []
    size = 0
    for key in sorted(keys):
        if part and size + len(key[1]) > PARAMETER_CHARACTERS:
            yield _times_and(name, part)
            part, size = [], 0
        part.append(key)
        size += len(key[1]) + ROOM_FOR_TIME
    if part:
        yield _times_and(name, part)


def _text_parts(texts: Iterable[str]) -> Iterator[list[str]]:
    """Texts, each once, as many at a time as a server takes in one parameter."""
    for part in _parts({(0, text) for text in texts}, "texts"):
        yield part["texts"]


def _times_and(name: str, part: list[tuple[int, str]]) -> dict[str, Any]:
    times = sorted({time for time, _ in part})
    return {"times": [datetime_of(time) for time in times], name: sorted({text for _, text in part})}


def _stored(row: tuple[Any, ...]) -> StoredEvent:
    (packed, content, event_time, zone, event_type, action, biz_step, disposition, read_point, biz_location, declares,
     party, capture_id, position, context, raw, record_time) = row  # fmt: skip
    event_id = unpack_id(packed)
    event_time_us = microseconds_of(event_time)
    entry = Entry(
        role=Role.EPC,
        event_type=plain(event_type),
        action=plain(action),
        biz_step=plain(biz_step),
        disposition=plain(disposition),
        read_point=plain(read_point),
        biz_location=plain(biz_location),
        declares_error=bool(declares),
    )
    return StoredEvent(
        event_id=event_id,
        content=content,
        event_time_us=event_time_us,
        record_time_us=microseconds_of(record_time),
        zone_minutes=zone,
        entry=entry,
        party=plain(party),
        capture_id=capture_id,
        position=position,
        context_raw=context,
        raw=unpack_raw(raw, event_id.encode(), event_time_us, zone),
    )


def _capture(row: tuple[Any, ...]) -> CaptureRecord:
    capture_id, created, finished, kind, party, behaviour, success, events, first, last, errors, frame, awaited = row
    return CaptureRecord(
        capture_id=capture_id,
        created_at=created,
        finished_at=finished,
        kind=plain(kind),
        party=plain(party),
        error_behaviour=plain(behaviour),
        success=bool(success),
        events=events,
        first_event_us=microseconds_of(first),
        last_event_us=microseconds_of(last),
        errors=plain(errors),
        frame=frame,
        awaited=awaited,
    )
