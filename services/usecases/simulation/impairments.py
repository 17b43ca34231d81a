"""What goes wrong between the goods and the records: late villages, missing scans, corrections, redelivery.

The goods move as the flow says; impairments change only what is written and when it is delivered.
"""

from dataclasses import dataclass

import numpy as np

from services.usecases.simulation import geography as geo
from services.usecases.simulation.gs1 import Ints
from services.usecases.simulation.lanes import DAY, HOUR, Draft, Planted
from services.usecases.simulation.ledger import Bools, Events
from services.usecases.simulation.steps import ROLES, Kind, Role

LATE_VILLAGES = 0.04
"""Share of the villages' consignments that were off line for two days."""
MISSING, CORRECTED, UNDONE, REDELIVERED = 0.004, 0.004, 0.001, 0.01
"""Shares of the events: never written, written wrong and corrected, declared not to have happened, delivered twice."""

MAY_BE_MISSED = (
    Kind.HARVEST,
    Kind.CRATE_OUT,
    Kind.TOWNSHIP_RECEIVE,
    Kind.COMMISSION,
    Kind.CARTON_ADD,
    Kind.RECEIVE,
    Kind.PALLET_OUT,
    Kind.OUTLET_RECEIVE,
    Kind.SPLIT,
    Kind.TOTE_ADD,
    Kind.MARKET_RECEIVE,
    Kind.TOTE_OUT,
    Kind.MARKET_SALE,
)
WRONG_CLOCK = (Kind.COUNTY_RECEIVE, Kind.RECEIVE, Kind.OUTLET_RECEIVE)
WRONG_PLACE = (Kind.MARKET_RECEIVE, Kind.MARKET_SALE)
MAY_BE_WRONG = (*WRONG_CLOCK, *WRONG_PLACE, Kind.HARVEST, Kind.CARTON_ADD)


@dataclass(slots=True)
class Impaired:
    """The events as they will be written.

    Attributes:
        events: the table, wrong versions and error declarations appended.
        delivered: when each event reaches us, milliseconds since 1970 UTC.
        written: whether it ever does.
        corrective: for an error declaration the event that is right, else -1.
        again: events that are delivered a second time.
    """

    events: Events
    delivered: Ints
    written: Bools
    corrective: Ints
    again: Ints


def impair(draft: Draft, events: Events) -> Impaired:
    """Plants all impairments and notes them in `draft.planted`."""
    delivered = events.time + draft.minutes(1, 20, len(events))
    _upload_at_dock(events, delivered)
    _late_villages(draft, events, delivered)
    missing = _missing(draft, events)
    events, delivered, corrective = _corrections(draft, events, delivered, missing)
    written = np.ones(len(events), np.bool_)
    written[missing] = False
    again = draft.rng.choice(np.flatnonzero(written), _count(draft, len(events), REDELIVERED), replace=False)
    again.sort()
    for event in again.tolist():
        draft.planted.append(Planted("duplicate", [event], _named(events, event)[:1]))
    return Impaired(events, delivered, written, corrective, again)


def _count(draft: Draft, n: int, share: float) -> int:
    """`share` of n, rounded up or down by chance, at least 1."""
    return max(1, int(n * share + draft.rng.random()))


def _named(events: Events, event: int) -> list[int]:
    """Things that an event names, children and subjects before the container."""
    parent: list[int] = events.thing[events.rows(event, Role.PARENT)].tolist()
    every: list[int] = events.thing[events.start[event * ROLES] : events.start[(event + 1) * ROLES]].tolist()
    return [t for t in every if t not in parent] + parent


def _upload_at_dock(events: Events, delivered: Ints) -> None:
    """Temperature loggers are read out when the lorry has arrived."""
    sensor = np.flatnonzero(events.kind == Kind.SENSOR)
    arrive = np.flatnonzero(events.kind == Kind.ARRIVE)  # one per lane, in the order of the lanes
    delivered[sensor] = events.time[arrive][events.lane[sensor]] + HOUR // 2


def _late_villages(draft: Draft, events: Events, delivered: Ints) -> None:
    early = np.flatnonzero(events.kind <= Kind.VILLAGE_SHIP)
    reference = events.place[early] % geo.SPAN
    within = np.where(reference >= geo.BASE, (reference - geo.BASE) // geo.BASES_PER_VILLAGE, reference - geo.VILLAGE)
    key = events.lane[early] * geo.SPAN + within
    consignments = np.unique(key)
    chosen = draft.rng.choice(consignments, _count(draft, len(consignments), LATE_VILLAGES), replace=False)
    for one in np.sort(chosen).tolist():
        mine = early[key == one]
        delivered[mine] += 2 * DAY + draft.minutes(0, 120, 1)[0]
        harvests = mine[events.kind[mine] == Kind.HARVEST].tolist()
        lots = [int(events.thing[events.rows(e, Role.SUBJECT)][0]) for e in harvests]
        place = int(events.place[mine[events.kind[mine] == Kind.VILLAGE_SHIP][0]])
        draft.planted.append(Planted("late_village", mine.tolist(), lots, {"place": place, "hours": 48}))


def _missing(draft: Draft, events: Events) -> Ints:
    """Events that happened and were never recorded; a micro-market that forgot to receive is always among them."""
    received = np.flatnonzero(events.kind == Kind.MARKET_RECEIVE)
    forgotten = draft.rng.choice(received, 1)
    able = np.flatnonzero(np.isin(events.kind, MAY_BE_MISSED))
    others = draft.rng.choice(able, _count(draft, len(events), MISSING), replace=False)
    chosen = np.unique(np.concatenate([forgotten, others]))
    filled = int(np.flatnonzero(events.kind == Kind.TOTE_ADD)[0])
    for event in chosen.tolist():
        units = _named(events, event)
        if events.kind[event] == Kind.MARKET_RECEIVE:  # the totes' events run in the same order in every step
            trip = event - int(received[0])
            units = events.thing[events.rows(filled + trip, Role.CHILD)].tolist() + units
        facts: dict[str, object] = {"place": int(events.place[event]), "time": int(events.time[event])}
        draft.planted.append(Planted("missing_scan", [event], units, facts))
    return chosen


def _corrections(draft: Draft, events: Events, delivered: Ints, missing: Ints) -> tuple[Events, Ints, Ints]:
    """Appends wrong versions of some events and the declarations that take them back."""
    able = np.flatnonzero(np.isin(events.kind, MAY_BE_WRONG))
    able = np.setdiff1d(able, missing)
    right = np.sort(draft.rng.choice(able, _count(draft, len(events), CORRECTED), replace=False))
    sales = np.setdiff1d(np.flatnonzero(np.isin(events.kind, (Kind.MARKET_SALE, Kind.STORE_SALE))), right)
    ghosts = np.sort(draft.rng.choice(sales, _count(draft, len(events), UNDONE), replace=False))
    n, k = len(events), len(right) + len(ghosts)
    sources = np.concatenate([right, ghosts])
    table = events.with_copies(sources)
    for i, event in enumerate(right.tolist()):
        _spoil(draft, table, event, n + i)
    table.time[n + len(right) :] -= DAY
    wrong = np.arange(n, n + k)
    table = table.with_copies(wrong)
    table.declares[n + k :] = wrong
    declared = delivered[sources] + draft.minutes(120, 480, k)
    first = np.where(np.arange(k) < len(right), delivered[sources], table.time[wrong] + 600_000)
    declared = np.where(np.arange(k) < len(right), declared, first + draft.minutes(30, 120, k))
    corrective = np.full(len(table), -1, np.int64)
    corrective[n + k : n + k + len(right)] = right
    delivered = np.concatenate([delivered, first, declared])
    delivered[right] = declared[: len(right)] + 60_000
    for i, event in enumerate(sources.tolist()):
        corrected = i < len(right)
        facts: dict[str, object] = {"reason": "incorrect_data" if corrected else "did_not_occur"}
        concerned = [n + i, event] if corrected else [n + i]
        draft.planted.append(Planted("correction", concerned, _named(events, event), facts))
    return table, delivered, corrective


def _spoil(draft: Draft, table: Events, right: int, wrong: int) -> None:
    """Makes the copy `wrong` of the event `right` wrong in the way that is usual for its kind."""
    kind = Kind(int(table.kind[right]))
    if kind in WRONG_CLOCK:
        table.time[wrong] -= 6 * HOUR
    elif kind in WRONG_PLACE:
        table.place[wrong] = geo.SUZHOU + geo.MICRO_MARKET + int(draft.rng.integers(0, geo.MICRO_MARKETS))
    elif kind is Kind.HARVEST:
        table.quantity[table.rows(wrong, Role.SUBJECT)] *= 2  # 斤 entered as kilograms
    else:
        # The label of a neighbouring carton of the same consignment was scanned.
        after = right + 1 < len(table) and table.kind[right + 1] == kind and table.lane[right + 1] == table.lane[right]
        other = right + 1 if after else right - 1
        table.thing[table.rows(wrong, Role.PARENT)] = table.thing[table.rows(other, Role.PARENT)]
