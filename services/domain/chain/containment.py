"""Where a thing was packed when: CHAIN's containment, folded from its aggregation events."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Move:
    """One aggregation event as seen by a child; ordered as a chain orders events.

    Attributes:
        time_us: eventTime, microseconds since 1970-01-01 UTC.
        late: 0 for unpacking (it comes before everything else at its instant), 1 otherwise.
        event_id: eventID.
        content: of the event; two events under one id are two moves.
        action: ADD, DELETE or OBSERVE.
        container: key of the parent.
        names_child: False for a DELETE that names no child: everything comes out.
    """

    time_us: int
    late: int
    event_id: str
    content: bytes
    action: str
    container: str
    names_child: bool = True


@dataclass(frozen=True, slots=True)
class Stay:
    """A time inside a container, closed at both ends.

    Attributes:
        container: key of the container.
        from_us: microseconds since 1970-01-01 UTC.
        to_us: the same, None while it lasts.
        opened_by: event id of the ADD.
    """

    container: str
    from_us: int
    to_us: int | None
    opened_by: str


@dataclass(frozen=True, slots=True)
class Flag:
    """Something that an auditor must know about an answer.

    Attributes:
        name: e.g. `packed_twice`.
        events: ids of the events that raise it.
    """

    name: str
    events: tuple[str, ...]


def fold(moves: Sequence[Move], end_of_life_us: int | None, *, is_lot: bool) -> tuple[list[Stay], list[Flag]]:
    """The stays of one thing, in order of their beginning, and the flags that its moves raise.

    Args:
        moves: all live moves of the thing, in any order, duplicates allowed.
        end_of_life_us: when the thing ended, None for a lot or a living instance. It closes an open stay; what is
            packed later than that stays out.
        is_lot: a lot may be in several containers at once and is never `moved_without_unpacking`.
    """
    open_stays: dict[str, Stay] = {}
    stays: list[Stay] = []
    flags: list[Flag] = []

    def close(container: str, at: int) -> None:
        stay = open_stays.pop(container)
        stays.append(Stay(stay.container, stay.from_us, at, stay.opened_by))

    for move in sorted(set(moves)):
        if end_of_life_us is not None and move.time_us > end_of_life_us:
            continue
        if move.action == "ADD":
            if move.container in open_stays:
                flags.append(Flag("packed_twice", (move.event_id,)))
                continue
            if open_stays and not is_lot:
                flags.append(Flag("moved_without_unpacking", (move.event_id,)))
                close(next(iter(open_stays)), move.time_us)
            open_stays[move.container] = Stay(move.container, move.time_us, None, move.event_id)
        elif move.action == "DELETE":
            if move.container in open_stays:
                close(move.container, move.time_us)
            elif move.names_child:
                flags.append(Flag("unpacked_without_packing", (move.event_id,)))
    if end_of_life_us is not None:
        for container in list(open_stays):
            close(container, end_of_life_us)
    stays.extend(open_stays.values())
    return sorted(stays, key=lambda stay: (stay.from_us, stay.container)), flags
