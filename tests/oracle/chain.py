"""A small, slow reference for the traceability chain: the definition's clauses one by one, over decoded events.

Nothing is indexed: every clause looks through all events, and reads like its sentence. An answer is the
JSON of `back` without `as_of`; choices that the definition leaves open are marked "choice".
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from tests.oracle.identifiers import canonical

Json = dict[str, Any]
Canonical = Callable[[str], str]
FOREVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Interval:
    container: str
    since: datetime
    to: datetime | None

    def holds(self, at: datetime) -> bool:
        """Closed at both ends; an open one has no end."""
        return self.since <= at and (self.to is None or at <= self.to)


@dataclass(frozen=True)
class Derivation:
    at: datetime
    inputs: frozenset[str]
    events: frozenset[str]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def zulu(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def is_lot(thing: str) -> bool:
    parts = thing.split("/")
    return "10" in parts[5:] and "21" not in parts[5:]


@dataclass(frozen=True)
class Told:
    """One event as the definition reads it: which things it names, and how."""

    id: str
    type: str
    action: str
    step: str
    at: datetime
    subjects: frozenset[str]
    parent: str | None
    children: frozenset[str]
    inputs: frozenset[str]
    outputs: frozenset[str]
    transformation: str | None
    lot_number: str | None

    @classmethod
    def of(cls, event: Json, canonical: Canonical) -> "Told":
        def things(*members: str) -> frozenset[str]:
            epcs = [canonical(t) for t in event.get(members[0]) or ()]
            classes = [canonical(q["epcClass"]) for q in event.get(members[1]) or ()]
            return frozenset(epcs + [c for c in classes if is_lot(c)])  # a GTIN alone is a product, not a thing

        return cls(
            id=event["eventID"],
            type=event["type"],
            action=event.get("action", ""),
            step=event.get("bizStep", ""),
            at=instant(event["eventTime"]),
            subjects=things("epcList", "quantityList"),
            parent=canonical(event["parentID"]) if event.get("parentID") else None,
            children=things("childEPCs", "childQuantityList"),
            inputs=things("inputEPCList", "inputQuantityList"),
            outputs=things("outputEPCList", "outputQuantityList"),
            transformation=event.get("transformationID"),
            lot_number=(event.get("ilmd") or {}).get("cbvmda:lotNumber"),
        )

    @property
    def order(self) -> tuple[datetime, bool, str]:
        """Instant, unpacking before everything else at the same instant, event id."""
        return self.at, not (self.type == "AggregationEvent" and self.action == "DELETE"), self.id

    def names(self, x: str) -> bool:
        return x == self.parent or x in self.subjects | self.children | self.inputs | self.outputs


class Chain:
    """The answers for a set of events (decoded JSON objects, in any order, with any duplicates)."""

    def __init__(self, deliveries: Iterable[Json], canonical: Canonical = canonical) -> None:
        # Two deliveries of the same event are one event.
        distinct = {json.dumps(e, sort_keys=True): e for e in deliveries}.values()
        # Live: without errorDeclaration, unless an event of the same id has one. The declaring event never applies.
        declared = {e["eventID"] for e in distinct if "errorDeclaration" in e}
        told = [Told.of(e, canonical) for e in distinct if "errorDeclaration" not in e]
        self.live = sorted((e for e in told if e.id not in declared), key=lambda e: e.order)
        self.void = [e for e in told if e.id in declared]
        self.contained = cache(self._contained)
        self.derivations = cache(self._derivations)

    # --- relations ---------------------------------------------------------------------------------------------

    def direct(self, x: str) -> list[Told]:
        return [e for e in self.live if e.names(x)]

    def end_of_life(self, x: str) -> datetime | None:
        """ObjectEvent DELETE, or use as a transformation input; the earliest. A lot has none."""
        if is_lot(x):
            return None
        ends = [e.at for e in self.direct(x) if (e.type == "ObjectEvent" and e.action == "DELETE") or x in e.inputs]
        return min(ends, default=None)

    def _contained(self, x: str) -> tuple[list[Interval], list[tuple[str, Told]]]:
        """Intervals of x in containers, and the flags of x with the event that raises each."""
        end = self.end_of_life(x)
        done: list[Interval] = []
        flags = [("event_after_end", e) for e in self.direct(x) if end is not None and e.at > end]
        inside: dict[str, datetime] = {}
        for e in self.live:
            box = e.parent
            if e.type != "AggregationEvent" or box is None:
                continue
            if end is not None and e.at > end:  # choice: nothing opens, closes or is flagged twice after the end
                break
            if e.action == "ADD" and x in e.children:
                if box in inside:
                    flags.append(("packed_twice", e))
                    continue
                if inside and not is_lot(x):
                    flags.append(("moved_without_unpacking", e))
                    done += [Interval(b, since, e.at) for b, since in inside.items()]
                    inside.clear()
                inside[box] = e.at
            elif e.action == "DELETE" and box in inside and (x in e.children or not e.children):
                done.append(Interval(box, inside.pop(box), e.at))
            elif e.action == "DELETE" and x in e.children:
                flags.append(("unpacked_without_packing", e))
        done += [Interval(b, since, end) for b, since in inside.items()]
        return done, flags

    def paths(self, x: str, at: datetime, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
        """Every way p1, p2 … pk of containers that x was in at that instant."""
        for i in self.contained(x)[0]:
            if i.holds(at) and i.container not in path:
                yield (*path, i.container)
                yield from self.paths(i.container, at, (*path, i.container))

    @staticmethod
    def says_something_about_content(e: Told, box: str) -> bool:
        if e.type == "ObjectEvent":
            return e.action == "OBSERVE" and box in e.subjects
        if e.type == "TransactionEvent":
            return e.names(box)
        return e.type == "AggregationEvent" and box in e.children

    def applies(self, x: str, events: Iterable[Told]) -> list[tuple[Told, tuple[str, ...]]]:
        """Events that are direct or come through containers, with the shortest, then first, way to each."""
        found: list[tuple[Told, tuple[str, ...]]] = []
        for e in events:
            ways = [p for p in self.paths(x, e.at) if self.says_something_about_content(e, p[-1])]
            if e.names(x):
                found.append((e, ()))
            elif ways:
                found.append((e, min(ways, key=lambda p: (len(p), p))))
        return found

    def _derivations(self, x: str) -> list[Derivation]:
        found = []
        for e in self.live:
            if x in e.outputs:
                same = [o for o in self.live if e.transformation and o.transformation == e.transformation] or [e]
                inputs = frozenset[str]().union(*(o.inputs for o in same))
                found.append(Derivation(max(o.at for o in same), inputs, frozenset(o.id for o in same)))
            commissioned = e.type == "ObjectEvent" and e.action == "ADD" and x in e.subjects
            if commissioned and e.lot_number and "/01/" in x and "/21/" in x:
                lot = f"{x.partition('/21/')[0]}/10/{e.lot_number}"
                if self.direct(lot):  # membership counts only where the lot itself has a direct event
                    found.append(Derivation(e.at, frozenset({lot}), frozenset({e.id})))
        return found

    # --- the answer --------------------------------------------------------------------------------------------

    def until(self, x: str) -> dict[str, datetime]:
        """Every thing on a way back from x, with the latest time of the derivation that consumed it."""
        latest = {x: FOREVER}

        def walk(y: str, limit: datetime) -> None:
            for d in self.derivations(y):
                if d.at <= limit:
                    for a in d.inputs:
                        if a != x and d.at > latest.get(a, datetime.min.replace(tzinfo=UTC)):
                            latest[a] = d.at
                            walk(a, d.at)

        walk(x, FOREVER)
        return latest

    def back(self, x: str) -> Json:
        until = self.until(x)
        through: dict[str, set[str]] = {a: set() for a in until}
        origins: dict[str, str | None] = {}
        for y, limit in until.items():
            usable = [d for d in self.derivations(y) if d.at <= limit]
            for d in usable:
                for a in d.inputs:
                    through[a] |= d.events
            if not usable:
                made = [e for e in self.direct(y) if e.type == "ObjectEvent" and e.action == "ADD" and e.at <= limit]
                origins[y] = made[0].id if made else None
        flags: dict[tuple[str, str], list[str]] = {("no_origin", o): [] for o, e in origins.items() if e is None}
        events: list[tuple[tuple[datetime, bool, str], Json]] = []
        containers: list[Json] = []
        void: set[str] = set()
        for a, limit in until.items():
            intervals, raised = self.contained(a)
            for flag, told in raised:
                if told.at <= limit:
                    flags.setdefault((flag, a), []).append(told.id)
            for i in intervals:
                if i.since <= limit:  # choice: what ends after until is open
                    to = None if i.to is None or i.to > limit else zulu(i.to)
                    containers.append({"unit": a, "container": i.container, "from": zulu(i.since), "to": to})
            for told, via in self.applies(a, self.live):
                if told.at <= limit:
                    one = {"event": told.id, "event_time": zulu(told.at), "of": a, "via": list(via)}
                    events.append((told.order, one))
            void |= {told.id for told, _ in self.applies(a, self.void) if told.at <= limit}  # choice
        unreceived = self.unreceived(x)
        gone = sorted(o for o, e in origins.items() if e is None)
        return {
            "unit": x,
            "complete": not gone and not unreceived and all(flag == "packed_twice" for flag, _ in flags),
            "origins": [{"unit": o, "event": origins[o]} for o in sorted(origins)],
            "ancestors": [
                {"unit": a, "until": zulu(until[a]), "through": sorted(through[a])} for a in sorted(until) if a != x
            ],
            "containers": sorted(containers, key=lambda c: (c["unit"], c["from"], c["container"])),
            "events": [one for _, one in sorted(events, key=lambda p: (p[0], p[1]["of"]))],
            "missing": [{"what": "origin", "unit": o, "event": None} for o in gone]
            + [{"what": "receipt", "unit": x, "event": e} for e in unreceived],
            "flags": [{"flag": f, "unit": u, "events": sorted(es)} for (f, u), es in sorted(flags.items())],
            "void": sorted(void),
        }

    def unreceived(self, x: str) -> list[str]:
        """Shipments and departures that apply to x without a later receipt or arrival that does."""
        mine = [e for e, _ in self.applies(x, self.live)]
        got = [e.at for e in mine if e.step in ("receiving", "arriving")]
        sent = [e for e in mine if e.step in ("shipping", "departing")]
        return sorted(e.id for e in sent if not any(later > e.at for later in got))  # choice: strictly later
