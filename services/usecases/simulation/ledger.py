"""Events as columns: one row per event, and one row per thing that an event names (sorted by event, then role)."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.usecases.simulation.gs1 import Ints
from services.usecases.simulation.steps import ROLES, Kind, Role

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_COLUMNS = ("kind", "time", "place", "dest", "lane", "aux", "declares")


class Names(NamedTuple):
    """Things that the events of one call name in one role.

    Attributes:
        role: the role.
        owner: for each row the event, counted within the call.
        thing: for each row the thing.
        quantity: for each row kilograms or pieces (pack and meal lots), NaN for instances; None: all instances.
    """

    role: Role
    owner: Ints
    thing: Ints
    quantity: Floats | None = None


@dataclass(slots=True)
class Events:
    """A finished table of events.

    Attributes:
        kind: `Kind` of each event.
        time: eventTime, milliseconds since 1970 UTC.
        place: readPoint's place number, -1 for none.
        dest: destination's place number, -1 for none.
        lane: consignment that the event belongs to, -1 where several meet.
        aux: depends on the kind: the lot printed on packs, the order number, the transformation's number; else -1.
        declares: the event that this one declares to be an error, else -1.
        start: rows of role r of event e are `start[e * ROLES + r]` to `start[e * ROLES + r + 1]`.
        thing, quantity: of each row, see `Names`.
    """

    kind: Ints
    time: Ints
    place: Ints
    dest: Ints
    lane: Ints
    aux: Ints
    declares: Ints
    start: Ints
    thing: Ints
    quantity: Floats

    def __len__(self) -> int:
        return len(self.kind)

    def rows(self, event: int, role: Role) -> slice:
        """The rows of one role of one event."""
        at = event * ROLES + role
        return slice(int(self.start[at]), int(self.start[at + 1]))

    @property
    def row_event(self) -> Ints:
        """For each row its event."""
        return np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.start[::ROLES]))

    @property
    def row_role(self) -> Ints:
        """For each row its role."""
        return np.repeat(np.tile(np.arange(ROLES, dtype=np.int64), len(self)), np.diff(self.start))

    def with_copies(self, events: Ints) -> "Events":
        """This table with copies of `events` appended; change the new rows afterwards."""
        first, last = self.start[events * ROLES], self.start[(events + 1) * ROLES]
        sizes = last - first
        rows = np.repeat(first - (np.cumsum(sizes) - sizes), sizes) + np.arange(int(sizes.sum()), dtype=np.int64)
        width = np.arange(ROLES, dtype=np.int64)
        lengths = np.diff(self.start)[(events[:, None] * ROLES + width).ravel()]
        columns = {c: np.concatenate([getattr(self, c), getattr(self, c)[events]]) for c in _COLUMNS}
        return Events(
            **columns,
            start=np.concatenate([self.start, self.start[-1] + np.cumsum(lengths)]),
            thing=np.concatenate([self.thing, self.thing[rows]]),
            quantity=np.concatenate([self.quantity, self.quantity[rows]]),
        )


class Ledger:
    """Collects events of many kinds; `close` makes the table."""

    def __init__(self) -> None:
        self._columns: dict[str, list[Ints]] = {c: [] for c in _COLUMNS}
        self._keys: list[Ints] = []
        self._things: list[Ints] = []
        self._quantities: list[Floats] = []
        self.count = 0

    def add(
        self,
        kind: Kind,
        time: Ints,
        place: Ints | int,
        *names: Names,
        dest: Ints | int = -1,
        lane: Ints | int = -1,
        aux: Ints | int = -1,
    ) -> Ints:
        """Adds one event per element of `time` and gives their numbers; columns as in `Events`."""
        n = len(time)
        numbers = np.arange(self.count, self.count + n, dtype=np.int64)
        self.count += n
        values = {
            "kind": int(kind),
            "time": time,
            "place": place,
            "dest": dest,
            "lane": lane,
            "aux": aux,
            "declares": -1,
        }
        for column, value in values.items():
            self._columns[column].append(np.broadcast_to(np.asarray(value, np.int64), (n,)))
        for name in names:
            self._keys.append(numbers[name.owner] * ROLES + name.role)
            self._things.append(name.thing)
            self._quantities.append(np.full(len(name.thing), np.nan) if name.quantity is None else name.quantity)
        return numbers

    def close(self) -> Events:
        """The table of everything added."""
        keys = np.concatenate(self._keys)
        order = np.argsort(keys, kind="stable")
        sizes = np.bincount(keys, minlength=self.count * ROLES)
        return Events(
            **{c: np.concatenate(parts) for c, parts in self._columns.items()},
            start=np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]),
            thing=np.concatenate(self._things)[order],
            quantity=np.concatenate(self._quantities)[order],
        )
