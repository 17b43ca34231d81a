"""Look-ups: one thing by any form of its identifier, one event by its id."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.domain.chain.relations import Role, thing_key
from services.domain.chain.units import Deed, Unit, containers_of, summarize
from services.domain.errors import TianzhuoError
from services.domain.identifiers import Kind, gtin_of, kind, parse_identifier
from services.domain.times import microseconds_of, rfc3339
from services.ports import EventReader, IndexRow, StoredEvent


def _recorded_by(as_of: datetime | None) -> str:
    return "" if as_of is None else f" recorded by {rfc3339(microseconds_of(as_of))}"


class UnknownThing(TianzhuoError):
    """No event (known at the asked time) names this thing.

    Attributes:
        canonical_id: the thing.
        as_of: the asked time, None when none was.
        is_class: it is a product, which names no single thing.
    """

    def __init__(self, canonical_id: str, as_of: datetime | None = None) -> None:
        self.canonical_id = canonical_id
        self.as_of = as_of
        self.is_class = kind(canonical_id) is Kind.CLASS and gtin_of(canonical_id) is not None
        more = ": a product code alone names no single thing, add its serial (21) or its lot (10)"
        super().__init__(f"no event{_recorded_by(as_of)} names {canonical_id}{more if self.is_class else ''}")


class UnknownEvent(TianzhuoError):
    """There is no event with this id, known at the asked time."""

    def __init__(self, event_id: str, as_of: datetime | None = None) -> None:
        super().__init__(f"there is no event{_recorded_by(as_of)} with the id {event_id}")
        self.event_id = event_id


class UnknownCapture(TianzhuoError):
    """There is no ended capture job with this id."""

    def __init__(self, capture_id: str) -> None:
        super().__init__(f"there is no capture job with the id {capture_id}")
        self.capture_id = capture_id


@dataclass(frozen=True, slots=True)
class UnitAnswer:
    """The summary of a thing as known at a time.

    Attributes:
        canonical_id: the thing.
        kind: what sort of thing it is.
        as_of: the time of knowledge.
        unit: what is known.
    """

    canonical_id: str
    kind: Kind
    as_of: datetime
    unit: Unit


class Lookup:
    """Answers from the store. Methods block; they may be called from several threads."""

    def __init__(self, reader: EventReader, known_until: Callable[[], datetime]) -> None:
        """Builds it.

        Args:
            reader: where events are.
            known_until: the latest time of which it is settled what was recorded by then.
        """
        self._reader = reader
        self._known_until = known_until

    def unit(self, identifier: str, as_of: datetime | None = None) -> UnitAnswer:
        """The summary of one thing.

        Args:
            identifier: any form that `parse_identifier` takes.
            as_of: count what was recorded up to then; now when None. Of a time that is not settled yet nothing final
                can be said: the answer is then as of the latest settled time, and says so.

        Raises:
            InvalidIdentifier: it is no identifier.
            UnknownThing: no event names it.
            StoreUnavailable: the store cannot be asked.
        """
        canonical_id = parse_identifier(identifier)
        at = self._known_until() if as_of is None else min(as_of, self._known_until())
        deeds = [_deed(row) for row in self._reader.thing_events([thing_key(canonical_id)], at)]
        if not deeds:
            raise UnknownThing(canonical_id, as_of)
        containers = sorted(containers_of(deeds))
        emptied = [(row.thing, _deed(row)) for row in self._emptied(containers, at)]
        ids = {d.event_id for d in deeds} | {d.event_id for _, d in emptied}
        standing = self._reader.standing(sorted(ids), at)
        declared = {event_id for event_id, one in standing.items() if one.declared}
        contested = {event_id for event_id, one in standing.items() if len(one.contents) > 1}
        sort = kind(canonical_id)
        # Whether an id of somebody's own is that of a lot, the events tell.
        is_lot = None if sort is Kind.OTHER else sort is Kind.LOT
        return UnitAnswer(canonical_id, sort, at, summarize(deeds, emptied, declared, contested, is_lot=is_lot))

    def _emptied(self, containers: list[str], at: datetime) -> list[IndexRow]:
        """The events that unpacked everything out of these containers."""
        return self._reader.thing_events(containers, at, (Role.UNPACKED_ALL,)) if containers else []

    def events(self, event_ids: Sequence[str], as_of: datetime | None = None) -> list[StoredEvent]:
        """Everything recorded under an event id, its error declarations included, in event order.

        Args:
            event_ids: what the id may be; the first under which there is something counts.
            as_of: count what was recorded up to then, or up to the latest settled time before it, so that the answer
                stays; everything when None.

        Raises:
            UnknownEvent: nothing is recorded under any of them.
            StoreUnavailable: the store cannot be asked.
        """
        at = None if as_of is None else min(as_of, self._known_until())
        for event_id in event_ids:
            if found := self._reader.events_by_id(event_id, at):
                return found
        raise UnknownEvent(event_ids[0], as_of)


def _deed(row: IndexRow) -> Deed:
    return Deed(row.event_time_us, row.event_id, row.content, row.entry, row.other)
