"""The summary of one thing: its own events in order, its commissioning, the containers it was in."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from services.domain.chain.containment import Flag, Move, Stay, fold
from services.domain.chain.relations import Entry, Role

CHILD_ROLES = frozenset({Role.CHILD, Role.CHILD_QUANTITY})
QUANTITY_ROLES = frozenset({Role.QUANTITY, Role.CHILD_QUANTITY, Role.INPUT_QUANTITY, Role.OUTPUT_QUANTITY})


@dataclass(frozen=True, slots=True)
class Deed:
    """One event as it concerns one thing.

    Attributes:
        event_time_us: eventTime, microseconds since 1970-01-01 UTC.
        event_id, content: of the event.
        entry: what the event says about the thing.
        other: key of the other side, see `services.domain.chain.relations.Row`.
    """

    event_time_us: int
    event_id: str
    content: bytes
    entry: Entry
    other: str = ""

    @property
    def order(self) -> tuple[int, bool, str, bytes, str, str]:
        """The order of a chain: instant, unpacking first, event id; then content and role, so that it is total."""
        return (self.event_time_us, not self.entry.unpacks, self.event_id, self.content, self.entry.role, self.other)


@dataclass(frozen=True, slots=True)
class Unit:
    """What is known of one thing by its direct events.

    Attributes:
        deeds: its live direct events, in order.
        commissioning: the earliest ObjectEvent ADD that names it, None when there is none.
        end_of_life_us: for an instance, when it was deleted or used up first.
        stays: the containers it was in, in order of their beginning.
        void: ids of its events that an error declaration withdraws.
        flags: what an auditor must know.
    """

    deeds: list[Deed]
    commissioning: Deed | None
    end_of_life_us: int | None
    stays: list[Stay]
    void: list[str]
    flags: list[Flag]


def containers_of(deeds: Iterable[Deed]) -> set[str]:
    """Keys of every container that the thing was ever put into or taken from: whose own events matter too."""
    return {
        d.other for d in deeds if d.entry.role in CHILD_ROLES and d.entry.event_type == "AggregationEvent" and d.other
    }


def summarize(
    deeds: Iterable[Deed],
    emptied: Iterable[tuple[str, Deed]],
    declared: Collection[str],
    contested: Collection[str] = (),
    *,
    is_lot: bool | None,
) -> Unit:
    """Folds the direct events of one thing (CHAIN §2).

    Args:
        deeds: every direct event of the thing, in any order, duplicates allowed.
        emptied: (container key, deed) of events of its containers; those that unpack everything count.
        declared: event ids that an error declaration withdraws.
        contested: event ids under which there are other events too, whatever things they name.
        is_lot: whether the thing is a lot; None: its id does not tell, it is one where a quantity list names it.
    """
    known = sorted(set(deeds), key=lambda deed: deed.order)
    live = [d for d in known if _is_live(d, declared)]
    if is_lot is None:
        is_lot = any(d.entry.role in QUANTITY_ROLES for d in live)
    ends = [
        d.event_time_us
        for d in live
        if d.entry.role is Role.INPUT
        or (d.entry.role is Role.EPC and d.entry.event_type == "ObjectEvent" and d.entry.action == "DELETE")
    ]
    end = min(ends) if ends and not is_lot else None
    moves = [_move(d, d.other) for d in live if d.entry.role in CHILD_ROLES and _is_aggregation(d)]
    moves.extend(
        _move(d, container) for container, d in emptied if d.entry.role is Role.UNPACKED_ALL and _is_live(d, declared)
    )
    stays, flags = fold(moves, end, is_lot=is_lot)
    if end is not None:
        late = tuple(sorted({d.event_id for d in live if d.event_time_us > end}))
        flags.extend([Flag("event_after_end", late)] if late else [])
    flags.extend(_contested(live, contested))
    return Unit(
        deeds=live,
        commissioning=next((d for d in live if _commissions(d.entry)), None),
        end_of_life_us=end,
        stays=stays,
        void=sorted({d.event_id for d in known if d.event_id in declared and not d.entry.declares_error}),
        flags=sorted(flags, key=lambda flag: (flag.name, flag.events)),
    )


def _is_live(deed: Deed, declared: Collection[str]) -> bool:
    return not deed.entry.declares_error and deed.event_id not in declared


def _is_aggregation(deed: Deed) -> bool:
    return deed.entry.event_type == "AggregationEvent"


def _commissions(entry: Entry) -> bool:
    return entry.event_type == "ObjectEvent" and entry.action == "ADD"


def _move(deed: Deed, container: str) -> Move:
    entry = deed.entry
    names_child = entry.role is not Role.UNPACKED_ALL
    late = int(not entry.unpacks)
    return Move(deed.event_time_us, late, deed.event_id, deed.content, entry.action, container, names_child)


def _contested(deeds: Sequence[Deed], known: Collection[str]) -> list[Flag]:
    contents: dict[str, set[bytes]] = {}
    for deed in deeds:
        contents.setdefault(deed.event_id, set()).add(deed.content)
    return [Flag("contested_id", (one,)) for one, found in contents.items() if len(found) > 1 or one in known]
