"""The trunk leg from the counties to the warehouses in Suzhou, with its temperature readings."""

import numpy as np

from services.usecases.simulation import geography as geo
from services.usecases.simulation.catalogue import products
from services.usecases.simulation.gs1 import Ints
from services.usecases.simulation.lanes import HOUR, Draft, Planted
from services.usecases.simulation.ledger import Bools, Names
from services.usecases.simulation.origin import Dispatched, pick
from services.usecases.simulation.steps import Kind, Role

REPORT_EVERY = 6 * HOUR
READ_EVERY = HOUR // 3
TROUBLE_SHARE = 0.08
"""Share of the measured legs with an excursion, and share with a gap."""
WARMER_BY = 8.0
"""°C by which a planted excursion lies above the usual middle of the band."""


def haul(draft: Draft, load: Dispatched) -> Ints:
    """Writes the events of the leg; gives for each carton when it was free at the warehouse (ms since 1970 UTC)."""
    lanes, ledger = draft.lanes, draft.ledger
    n = len(lanes)
    every = np.arange(n)
    km = np.array([c.km for c in geo.counties()], np.int64)[lanes.county]
    hours = km / 55 * (1 + 0.3 * draft.rng.random(n)) + 3
    arrived = load.departed + (hours * HOUR).astype(np.int64)
    names = Names(Role.SUBJECT, load.pallet_lane, load.pallet)
    _measure(draft, load, arrived)
    ledger.add(Kind.ARRIVE, arrived, lanes.warehouse, names, lane=every)
    received = arrived + draft.minutes(20, 90, n)
    ledger.add(Kind.RECEIVE, received, lanes.warehouse, names, lane=every)
    at = received + draft.minutes(1, 10, n)
    ledger.add(Kind.ORDER, at, lanes.warehouse, names, lane=every, aux=draft.wave * 1000 + every)
    cold = np.flatnonzero(lanes.chilled)
    boxes = np.arange(len(cold))
    ledger.add(
        Kind.LOGGER_OFF,
        received[cold] + 11 * 60_000,
        lanes.warehouse[cold],
        Names(Role.PARENT, boxes, load.pallet[np.searchsorted(load.pallet_lane, cold)]),
        Names(Role.CHILD, boxes, load.logger[cold]),
        lane=cold,
    )
    pallets = np.arange(len(load.pallet))
    at = received[load.pallet_lane] + draft.minutes(15, 120, len(pallets))
    rows = pick(load.carton_pallet, draft.chance(0.7, len(pallets)))  # the others: everything off this pallet
    ledger.add(
        Kind.PALLET_OUT,
        at,
        lanes.warehouse[load.pallet_lane],
        Names(Role.PARENT, pallets, load.pallet),
        Names(Role.CHILD, load.carton_pallet[rows], load.carton[rows]),
        lane=load.pallet_lane,
    )
    return at[load.carton_pallet]


def _troubled(draft: Draft, cold: Ints) -> Bools:
    """Which of the measured legs get one kind of trouble: the share, and at least one."""
    chosen = draft.chance(TROUBLE_SHARE, len(cold))
    chosen[draft.rng.integers(0, len(cold))] = True
    return chosen


def _measure(draft: Draft, load: Dispatched, arrived: Ints) -> None:
    """Sensor events every six hours, each with a reading every twenty minutes; excursions and gaps planted."""
    lanes, rng = draft.lanes, draft.rng
    cold = np.flatnonzero(lanes.chilled)
    bands = [products()[p] for p in lanes.product[cold].tolist()]
    low = np.array([p.low if p.low is not None else 0.0 for p in bands])
    high = np.array([p.high if p.high is not None else 0.0 for p in bands])
    begin, duration = load.departed[cold], arrived[cold] - load.departed[cold]
    count = duration // READ_EVERY
    leg = np.repeat(np.arange(len(cold)), count)
    nth = np.arange(len(leg)) - np.repeat(np.cumsum(count) - count, count)
    time = begin[leg] + (nth + 1) * READ_EVERY - 60_000
    value = ((low + high) / 2)[leg] + 0.12 * (high - low)[leg] * rng.standard_normal(len(leg)).clip(-2.5, 2.5)

    warm, silent = _troubled(draft, cold), _troubled(draft, cold)
    warm_from = begin + (duration * (0.1 + 0.3 * rng.random(len(cold)))).astype(np.int64)
    warm_to = warm_from + draft.minutes(120, 240, len(cold))
    silent_from = begin + (duration * (0.55 + 0.1 * rng.random(len(cold)))).astype(np.int64)
    silent_to = silent_from + draft.minutes(150, 300, len(cold))
    hot = warm[leg] & (time >= warm_from[leg]) & (time <= warm_to[leg])
    value = np.round(value + WARMER_BY * hot, 1)
    kept = ~(silent[leg] & (time > silent_from[leg]) & (time < silent_to[leg]))
    leg, time, value, hot = leg[kept], time[kept], value[kept], hot[kept]

    report = leg * 64 + (time - begin[leg]) // REPORT_EVERY
    keys, owner = np.unique(report, return_inverse=True)
    legs = keys // 64
    at = np.minimum(begin[legs] + (keys % 64 + 1) * REPORT_EVERY, arrived[cold][legs] - 30_000)
    repeats = np.bincount(load.pallet_lane)[cold[legs]]
    first = np.searchsorted(load.pallet_lane, cold[legs])
    rows = np.repeat(first - (np.cumsum(repeats) - repeats), repeats) + np.arange(int(repeats.sum()))
    names = Names(Role.SUBJECT, np.repeat(np.arange(len(keys)), repeats), load.pallet[rows])
    events = draft.ledger.add(Kind.SENSOR, at, -1, names, lane=cold[legs], aux=load.logger[cold[legs]])
    draft.readings.event.append(events[owner])
    draft.readings.time.append(time)
    draft.readings.value.append(value)
    for i in np.flatnonzero(warm).tolist():
        mine = hot & (leg == i)
        facts: dict[str, object] = {
            "from": int(time[mine].min()),
            "to": int(time[mine].max()),
            "high_c": float(high[i]),
            "peak_c": float(value[mine].max()),
        }
        _plant(draft, "temperature_excursion", load, int(cold[i]), facts, np.unique(events[owner[mine]]))
    for i in np.flatnonzero(silent).tolist():
        mine = time[leg == i]
        after = int(np.searchsorted(mine, silent_from[i], side="right"))
        facts = {"from": int(mine[after - 1]), "to": int(mine[after])}
        _plant(draft, "temperature_gap", load, int(cold[i]), facts, events[legs == i])


def _plant(draft: Draft, what: str, load: Dispatched, lane: int, facts: dict[str, object], events: Ints) -> None:
    """Notes planted sensor trouble on the pallets of a lane; `facts` gives its first and last reading."""
    pallets = load.pallet[load.pallet_lane == lane].tolist()
    units = [*pallets, int(load.logger[lane])]
    draft.planted.append(Planted(what, events.tolist(), units, facts))
