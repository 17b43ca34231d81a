"""Reads: packaged queries in, records of services.ports out. Duplicates and rows without event never leave here."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.domain.chain.relations import Entry, Role, unpack
from services.domain.times import datetime_of, microseconds_of
from services.ports import ALL_ROLES, CaptureRecord, IndexRow, Standing, StoredEvent
from services.store import sql
from services.store.connection import Connections
from services.store.packing import pack_id, unpack_id, unpack_raw
from services.store.sql import plain
from services.store.writer import REF_BYTES, id_hash, turned

LATEST = datetime(2299, 12, 31, tzinfo=UTC)
"""DateTime64's last day: the as_of of a question without one."""


PARAMETER_CHARACTERS = 60_000
"""A server takes 128 KiB in one parameter."""
QUOTES = 4
"""Characters around a text in a parameter, and a comma, about."""
NAMED_AT_ONCE = 1_000
"""Events of one question; an instant and a number are some 50 characters of parameters."""


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
        if roles is ALL_ROLES:
            return self._index("thing_events", things, as_of)
        return self._index("thing_events_in_roles", things, as_of, roles=[role.value for role in roles])

    def thing_contents(self, things: Sequence[str], as_of: datetime | None = None) -> list[IndexRow]:
        """See `services.ports.EventReader.thing_contents`."""
        return self._index("thing_contents", things, as_of)

    def _index(self, query: str, things: Sequence[str], as_of: datetime | None, **which: Any) -> list[IndexRow]:
        rows = {  # a set: the same row may be there twice
            (thing, time, ref, entry, other)
            for part in _text_parts(things)
            for thing, time, ref, entry, others in self._rows(query, things=part, **which)
            for other in (others if isinstance(others, list) else (others,))
        }
        least = turned(microseconds_of(as_of or LATEST))
        events: dict[tuple[datetime, bytes], dict[tuple[bytes, bytes], int]] = {}
        for part in _named_parts({(row[1], row[2]) for row in rows}):
            for time, packed, content, earliness in self._rows("named_events", **part):
                if earliness >= least:  # of several deliveries the first counts
                    named = events.setdefault((time, content[:REF_BYTES]), {})
                    named[packed, content] = max(earliness, named.get((packed, content), 0))
        found = [
            IndexRow(
                thing.decode(),
                microseconds_of(time),
                turned(earliness),
                unpack_id(packed),
                content,
                unpack(entry),
                other.decode(),
            )
            for thing, time, ref, entry, other in rows
            for (packed, content), earliness in events.get((time, ref), {}).items()
        ]
        found.sort(key=lambda r: (r.thing, r.event_time_us, not r.entry.unpacks, r.event_id, r.content, r.other))
        return found

    def standing(self, event_ids: Sequence[str], as_of: datetime | None = None) -> dict[str, Standing]:
        """See `services.ports.EventReader.standing`."""
        least = turned(microseconds_of(as_of or LATEST))
        found: dict[str, Standing] = {}
        hashes = {pack_id(one).hex().upper(): int.from_bytes(id_hash(one), "little") for one in event_ids}
        for ids in _text_parts(hashes):
            where = sorted({hashes[one] for one in ids})
            for packed, content, declares, earliness in self._rows("standing", id_hashes=where, ids=ids):
                if earliness >= least:
                    standing = found.setdefault(unpack_id(packed), Standing())
                    if declares:
                        standing.declared = True
                    else:
                        standing.contents.add(content)
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


def _named_parts(keys: set[tuple[datetime, bytes]]) -> Iterator[dict[str, Any]]:
    """Query parameters for instants and first bytes of contents, as many at a time as a server takes."""
    ordered = sorted(keys)
    for start in range(0, len(ordered), NAMED_AT_ONCE):
        part = ordered[start : start + NAMED_AT_ONCE]
        times = sorted({time for time, _ in part})
        yield {"times": times, "refs": sorted({int.from_bytes(ref, "little") for _, ref in part})}


def _text_parts(texts: Iterable[str]) -> Iterator[list[str]]:
    """Texts, each once, as many at a time as a server takes in one parameter."""
    part: list[str] = []
    size = 0
    for text in sorted(set(texts)):
        if part and size + len(text) > PARAMETER_CHARACTERS:
            yield part
            part, size = [], 0
        part.append(text)
        size += len(text) + QUOTES
    if part:
        yield part


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
