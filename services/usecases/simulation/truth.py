"""What is true about each thing of a wave by the written events: its chain, from the simulator's own tables.

Works on the integer tables of the flow, never on JSON and never through the product's own resolver.
The members are those of the answer to "where does it come from"; where its definition leaves a choice, this is it:

- `as_of` is null: everything written counts.
- For an ancestor only events up to and including its `until` count: intervals that end later are open, flags raised
  later are left out.
- `through` names the events of every derivation inside the answer that consumes the ancestor.
- Flags: one entry per (flag, unit), with all events that raise it. `event_after_end`: strictly later than the end.
- A receipt must be strictly later than the shipment.
- `void`: void events that name the unit or an ancestor, or would apply to them by the live containment.
- Order: `events` by (instant, unpacking first, event id), then `of`; all other arrays by their members as listed.
"""

from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np

from services.usecases.simulation.render import utc
from services.usecases.simulation.steps import ROLES, Kind, Role, Step, Type, steps
from services.usecases.simulation.things import Cls
from services.usecases.simulation.wave import Wave

FOREVER = int(np.iinfo(np.int64).max)
Path = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Interval:
    """x in a container from one instant to another; `to` is None while it lasts."""

    container: int
    since: int
    to: int | None


@dataclass(frozen=True, slots=True)
class _Derivation:
    """One way in which a thing was made: when, out of what, by which events."""

    time: int
    inputs: tuple[int, ...]
    events: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Folded:
    """Containment intervals of a thing, and the flags that folding raised: (name, event)."""

    intervals: tuple[_Interval, ...]
    flags: tuple[tuple[str, int], ...]


class Chains:
    """Answers for the things of one wave; everything that several answers share is worked out once."""

    def __init__(self, wave: Wave) -> None:
        self._wave = wave
        events = wave.events
        live = wave.written & (events.declares < 0)
        self._void = np.zeros(len(events), np.bool_)
        self._void[events.declares[wave.written & (events.declares >= 0)]] = True
        table = steps()
        kinds: list[int] = events.kind.tolist()
        self._step: list[Step] = [table[k] for k in kinds]
        self._kind = kinds
        self._time: list[int] = events.time.tolist()
        self._iso = dict(zip(self._time, utc(events.time), strict=True))
        unpacking = [s.type is Type.AGGREGATION and s.action == "DELETE" for s in self._step]
        self._key = [(t, not u, i) for t, u, i in zip(self._time, unpacking, wave.ids, strict=True)]
        rows = np.flatnonzero(live[events.row_event])
        order = rows[np.argsort(events.thing[rows], kind="stable")]
        self._row_event: list[int] = events.row_event[order].tolist()
        self._row_role: list[int] = events.row_role[order].tolist()
        self._first: list[int] = np.searchsorted(events.thing[order], np.arange(len(wave.cls) + 1)).tolist()
        self._lot: list[bool] = (wave.cls <= Cls.MEAL_LOT).tolist()
        self._parts: dict[int, list[int]] = {}
        for e in np.flatnonzero(live & ~self._void & np.isin(events.kind, (Kind.GRADE_IN, Kind.GRADE_OUT))).tolist():
            self._parts.setdefault(int(events.aux[e]), []).append(e)
        self._direct: dict[int, list[tuple[int, int]]] = {}
        self._live: dict[int, list[tuple[int, int]]] = {}
        self._derived: dict[int, list[_Derivation]] = {}
        self._folded: dict[int, _Folded] = {}
        self._carried: dict[int, list[tuple[int, Path]]] = {}
        self._applied: dict[int, list[tuple[int, Path]]] = {}

    def named(self, thing: int) -> bool:
        """Whether any written event names the thing."""
        return self._first[thing] < self._first[thing + 1]

    def direct(self, thing: int) -> list[tuple[int, int]]:
        """(event, role) of every event that names the thing, void ones included, in order."""
        found = self._direct.get(thing)
        if found is None:
            rows = slice(self._first[thing], self._first[thing + 1])
            found = sorted(zip(self._row_event[rows], self._row_role[rows], strict=True), key=lambda x: self._key[x[0]])
            self._direct[thing] = found
        return found

    def live(self, thing: int) -> list[tuple[int, int]]:
        """The direct events that are not void."""
        found = self._live.get(thing)
        if found is None:
            found = self._live[thing] = [x for x in self.direct(thing) if not self._void[x[0]]]
        return found

    def folded(self, thing: int) -> _Folded:
        """Containment intervals, folded from the live events in order."""
        found = self._folded.get(thing)
        if found is None:
            found = self._folded[thing] = self._fold(thing)
        return found

    def _end(self, thing: int) -> int | None:
        """When the thing's life ends, None for lots and for what still lives."""
        if self._lot[thing]:
            return None
        for e, role in self.live(thing):
            step = self._step[e]
            if role == Role.INPUT or (step.type is Type.OBJECT and step.action == "DELETE"):
                return self._time[e]
        return None

    def _fold(self, thing: int) -> _Folded:
        end, lot = self._end(thing), self._lot[thing]
        done: list[_Interval] = []
        flags: list[tuple[str, int]] = []
        inside: dict[int, int] = {}
        everything_out = self._unpacked_all(thing)
        flags.extend(("event_after_end", e) for e, _ in self.live(thing) if end is not None and self._time[e] > end)
        for e, role in sorted([*self.live(thing), *everything_out], key=lambda x: self._key[x[0]]):
            step, time = self._step[e], self._time[e]
            if end is not None and time > end:
                break
            if step.type is not Type.AGGREGATION or role != Role.CHILD:
                continue
            box = self._parent(e)
            if step.action == "ADD":
                if box in inside:
                    flags.append(("packed_twice", e))
                    continue
                if inside and not lot:
                    flags.append(("moved_without_unpacking", e))
                    done.extend(_Interval(b, since, time) for b, since in inside.items())
                    inside.clear()
                inside[box] = time
            elif step.action == "DELETE" and box in inside:
                done.append(_Interval(box, inside.pop(box), time))
            elif step.action == "DELETE" and (e, role) not in everything_out:
                flags.append(("unpacked_without_packing", e))
        done.extend(_Interval(b, since, end) for b, since in inside.items())
        return _Folded(tuple(done), tuple(flags))

    def _parent(self, event: int) -> int:
        return int(self._wave.events.thing[self._wave.events.start[event * ROLES + Role.PARENT]])

    def _childless(self, event: int) -> bool:
        start, at = self._wave.events.start, event * ROLES + Role.CHILD
        return bool(start[at] == start[at + 1])

    def _unpacked_all(self, thing: int) -> list[tuple[int, int]]:
        """Unpackings without children of the containers that the thing is ever put into, as if they named it."""
        boxes = {
            self._parent(e)
            for e, role in self.live(thing)
            if role == Role.CHILD and self._step[e].type is Type.AGGREGATION
        }
        return [
            (e, int(Role.CHILD))
            for box in sorted(boxes)
            for e, role in self.live(box)
            if role == Role.PARENT
            and self._step[e].type is Type.AGGREGATION
            and self._step[e].action == "DELETE"
            and self._childless(e)
        ]

    def _carry(self, box: int) -> list[tuple[int, Path]]:
        """Events (void ones included) that say something about what is in a container, with the way to it."""
        found = self._carried.get(box)
        if found is None:
            found = [(e, (box,)) for e, role in self.direct(box) if self._carries(e, role)]
            found.extend((e, (box, *via)) for e, via in self._from_outside(box))
            self._carried[box] = found
        return found

    def _carries(self, event: int, role: int) -> bool:
        step = self._step[event]
        if step.type is Type.OBJECT:
            return step.action == "OBSERVE"
        return step.type is Type.TRANSACTION or (step.type is Type.AGGREGATION and role == Role.CHILD)

    def _from_outside(self, thing: int) -> list[tuple[int, Path]]:
        return [
            (e, via)
            for i in self.folded(thing).intervals
            for e, via in self._carry(i.container)
            if i.since <= self._time[e] and (i.to is None or self._time[e] <= i.to)
        ]

    def applied(self, thing: int) -> list[tuple[int, Path]]:
        """Events that apply to the thing or name it, void ones included, in order; each with its best way."""
        found = self._applied.get(thing)
        if found is None:
            best: dict[int, Path] = {e: () for e, _ in self.direct(thing)}
            for e, via in self._from_outside(thing):
                known = best.get(e)
                if known is None or self._rank(via) < self._rank(known):
                    best[e] = via
            found = sorted(best.items(), key=lambda x: self._key[x[0]])
            self._applied[thing] = found
        return found

    def _rank(self, via: Path) -> tuple[int, list[str]]:
        return len(via), [self._wave.links[b] for b in via]

    def derivations(self, thing: int) -> list[_Derivation]:
        """Transformations that put the thing out, and its membership in a lot that somebody recorded."""
        found = self._derived.get(thing)
        if found is None:
            found = self._derived[thing] = self._derive(thing)
        return found

    def _derive(self, thing: int) -> list[_Derivation]:
        events, found = self._wave.events, []
        for e, role in self.live(thing):
            if role == Role.OUTPUT:
                split = self._kind[e] in (Kind.GRADE_IN, Kind.GRADE_OUT)
                parts = self._parts[int(events.aux[e])] if split else [e]
                inputs = [events.thing[events.rows(p, Role.INPUT)].tolist() for p in parts]
                time = max(self._time[p] for p in parts)
                found.append(_Derivation(time, tuple(i for some in inputs for i in some), tuple(parts)))
            elif self._kind[e] == Kind.COMMISSION and self.live(int(events.aux[e])):
                found.append(_Derivation(self._time[e], (int(events.aux[e]),), (e,)))
        return found

    def back(self, unit: int) -> dict[str, object]:
        """The whole answer for one thing, members and order as this module says."""
        until = {unit: FOREVER}
        queue = [(-FOREVER, unit)]
        while queue:
            negative, y = heappop(queue)
            if -negative < until[y]:
                continue
            for d in self.derivations(y):
                for a in d.inputs:
                    if d.time <= until[y] and d.time > until.get(a, -1):
                        until[a] = d.time
                        heappush(queue, (-d.time, a))
        through: dict[int, set[int]] = {}
        roots = []
        for y, limit in until.items():
            usable = [d for d in self.derivations(y) if d.time <= limit]
            if not usable:
                roots.append(y)
            for d in usable:
                for a in d.inputs:
                    through.setdefault(a, set()).update(d.events)
        return self._answer(unit, until, through, roots)

    def _commissioned(self, thing: int, limit: int) -> int | None:
        for e, _ in self.live(thing):
            step = self._step[e]
            if step.type is Type.OBJECT and step.action == "ADD" and self._time[e] <= limit:
                return e
        return None

    def _answer(
        self, unit: int, until: dict[int, int], through: dict[int, set[int]], roots: list[int]
    ) -> dict[str, object]:
        names, iso = self._wave.links, self._iso
        origins = {r: self._commissioned(r, until[r]) for r in roots}
        unknown = sorted(names[r] for r, e in origins.items() if e is None)
        flags: dict[tuple[str, str], list[int]] = {("no_origin", r): [] for r in unknown}
        containers: list[tuple[str, str, str, str | None]] = []
        applied: list[tuple[tuple[int, bool, str], str, int, Path]] = []
        void: set[str] = set()
        for a, limit in until.items():
            folded = self.folded(a)
            for name, e in folded.flags:
                if self._time[e] <= limit:
                    flags.setdefault((name, names[a]), []).append(e)
            for i in folded.intervals:
                if i.since <= limit:
                    to = None if i.to is None or i.to > limit else iso[i.to]
                    containers.append((names[a], iso[i.since], names[i.container], to))
            for e, via in self.applied(a):
                if self._time[e] > limit:
                    break
                if self._void[e]:
                    void.add(self._id(e))
                else:
                    applied.append((self._key[e], names[a], e, via))
        unreceived = sorted(map(self._id, self._unreceived(unit)))
        return {
            "unit": names[unit],
            "as_of": None,
            "complete": not unreceived and all(name == "packed_twice" for name, _ in flags),
            "origins": [
                {"unit": names[r], "event": None if e is None else self._id(e)}
                for r, e in sorted(origins.items(), key=lambda x: names[x[0]])
            ],
            "ancestors": [
                {"unit": names[a], "until": iso[until[a]], "through": sorted(map(self._id, through[a]))}
                for a in sorted(through, key=names.__getitem__)
            ],
            "containers": [
                {"unit": a, "container": box, "from": since, "to": to}
                for a, since, box, to in sorted(containers, key=lambda c: c[:3])
            ],
            "events": [
                {"event": self._id(e), "event_time": iso[key[0]], "of": of, "via": [names[b] for b in via]}
                for key, of, e, via in sorted(applied)
            ],
            "missing": [{"what": "origin", "unit": r, "event": None} for r in unknown]
            + [{"what": "receipt", "unit": names[unit], "event": e} for e in unreceived],
            "flags": [
                {"flag": name, "unit": u, "events": sorted(map(self._id, es))}
                for (name, u), es in sorted(flags.items())
            ],
            "void": sorted(void),
        }

    def _unreceived(self, unit: int) -> list[int]:
        """Shipments that apply to the unit and have no later receipt that does."""
        steps_of = [(e, self._step[e].biz_step) for e, _ in self.applied(unit) if not self._void[e]]
        got = [self._time[e] for e, step in steps_of if step in ("receiving", "arriving")]
        last = max(got, default=-1)
        return [e for e, step in steps_of if step in ("shipping", "departing") and self._time[e] >= last]

    def _id(self, event: int) -> str:
        return f"urn:uuid:{self._wave.ids[event]}"
