"""From the field to the county's dock: harvest, village, township, mixing, grading, packing, cartons, pallets."""

from dataclasses import dataclass

import numpy as np

from services.usecases.simulation import geography as geo
from services.usecases.simulation.catalogue import BULK, CARTON, ITEMS, PACK, products
from services.usecases.simulation.gs1 import Ints
from services.usecases.simulation.lanes import DIRECT, LABEL_ONLY, MEMBERSHIP, VILLAGES, Draft, Planted
from services.usecases.simulation.ledger import Bools, Floats, Names
from services.usecases.simulation.steps import Kind, Role
from services.usecases.simulation.things import OPERATOR, Cls

GRADES = 2


@dataclass(slots=True)
class Dispatched:
    """What stands loaded at the counties' docks.

    Attributes:
        carton, carton_lane: cartons and the consignment of each.
        carton_pallet: for each carton the position of its pallet in `pallet`.
        pack, pack_carton, pack_pos: packs, for each the position of its carton in `carton`, its place in the carton.
        pallet, pallet_lane: pallets and the consignment of each.
        logger: the temperature logger of each consignment, -1 for none.
        departed: per consignment, milliseconds since 1970 UTC.
    """

    carton: Ints
    carton_lane: Ints
    carton_pallet: Ints
    pack: Ints
    pack_carton: Ints
    pack_pos: Ints
    pallet: Ints
    pallet_lane: Ints
    logger: Ints
    departed: Ints


def latest(group: Ints, time: Ints, groups: int) -> Ints:
    """For each group the latest of its times."""
    found = np.full(groups, np.iinfo(np.int64).min, np.int64)
    np.maximum.at(found, group, time)
    return found


def sums(group: Ints, amount: Floats, groups: int) -> Floats:
    """For each group the sum of its amounts."""
    return np.bincount(group, amount, groups).astype(np.float64)


def places_in(group: Ints) -> Ints:
    """For sorted group numbers: the position of each element inside its group."""
    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    return np.arange(len(group)) - np.repeat(starts, np.diff(np.r_[starts, len(group)]))


def pick(owner: Ints, keep: Bools) -> Bools:
    """For each row whether its owner is kept."""
    return keep[owner]


def grow_and_pack(draft: Draft) -> Dispatched:
    """Writes all events up to the departure of the trunk lorries."""
    lanes = draft.lanes
    n = len(lanes)
    sizes = lanes.cartons * lanes.carton_size
    first_half = (lanes.cartons + 1) // 2 * lanes.carton_size
    packs = np.stack([first_half, sizes - first_half], axis=1)  # (lane, grade)
    weights = np.array([p.pack_kg for p in products()])[lanes.product]
    needed = packs * weights / 0.97
    harvest = np.maximum(needed[:, 0] / 0.5, needed[:, 1] / 0.35) * (1.05 + 0.35 * draft.rng.random(n))
    mixed, kilograms, received = _villages(draft, harvest)
    graded, graded_at = _grade(draft, mixed, kilograms, received)
    return _pack(draft, graded, graded_at, packs, needed)


def _villages(draft: Draft, harvest: Floats) -> tuple[Ints, Floats, Ints]:
    """Mixed lots (two per lane), their kilograms, and when the county centre received them."""
    lanes, rng, ledger = draft.lanes, draft.rng, draft.ledger
    n = len(lanes)
    lane = np.repeat(np.arange(n), rng.integers(3, 7, n))
    nth = places_in(lane)
    slot = lane * VILLAGES + nth % VILLAGES
    share = 0.5 + rng.random(len(lane))
    kg: Floats = np.round(harvest[lane] * share / sums(lane, share, n)[lane] + 0.1, 1)
    village = lanes.village.ravel()[slot]
    county = lanes.county[lane] * geo.SPAN
    base = county + geo.BASE + village * geo.BASES_PER_VILLAGE + rng.integers(0, geo.BASES_PER_VILLAGE, len(lane))
    point = county + geo.VILLAGE + village
    station = lanes.county * geo.SPAN + geo.TOWNSHIP + lanes.township
    each = np.arange(len(lane))
    raw = draft.things.new(Cls.RAW_LOT, lanes.product[lane] * ITEMS + BULK)
    at = lanes.start[lane] + draft.minutes(0, 240, len(lane))
    ledger.add(Kind.HARVEST, at, base, Names(Role.SUBJECT, each, raw, kg), lane=lane)

    crated = lanes.crated[lane]
    crate = np.full(len(lane), -1, np.int64)
    crate[crated] = draft.things.new(Cls.CRATE, lanes.county[lane[crated]])
    boxes = np.arange(int(crated.sum()))
    lot_rows = Names(Role.CHILD, boxes, raw[crated], kg[crated])
    crate_rows = Names(Role.PARENT, boxes, crate[crated])
    at = at + draft.minutes(20, 60, len(lane))
    ledger.add(Kind.CRATE_ADD, at[crated], point[crated], crate_rows, lot_rows, lane=lane[crated])

    load = Names(Role.SUBJECT, slot, np.where(crated, crate, raw), np.where(crated, np.nan, kg))
    ships = np.repeat(np.arange(n), VILLAGES)
    shipped = latest(slot, at, n * VILLAGES) + draft.minutes(30, 60, n * VILLAGES)
    points = lanes.county[ships] * geo.SPAN + geo.VILLAGE + lanes.village.ravel()
    ledger.add(Kind.VILLAGE_SHIP, shipped, points, load, dest=station[ships], lane=ships)
    arrived = shipped + draft.minutes(40, 180, n * VILLAGES)
    ledger.add(Kind.TOWNSHIP_RECEIVE, arrived, station[ships], load, lane=ships)

    at = arrived[slot] + draft.minutes(5, 40, len(lane))
    named = draft.chance(0.7, len(boxes))  # the others say "everything out of this crate"
    out_rows = Names(Role.CHILD, boxes[named], raw[crated][named], kg[crated][named])
    ledger.add(Kind.CRATE_OUT, at[crated], station[lane[crated]], crate_rows, out_rows, lane=lane[crated])

    group = lane * 2 + nth % 2
    groups = np.repeat(np.arange(n), 2)
    mixed = draft.things.new(Cls.MIXED_LOT, lanes.product[groups] * ITEMS + BULK)
    total = np.round(sums(group, kg, n * 2), 1)
    at = latest(group, at, n * 2) + draft.minutes(30, 90, n * 2)
    ledger.add(
        Kind.CONSOLIDATE,
        at,
        station[groups],
        Names(Role.INPUT, group, raw, kg),
        Names(Role.OUTPUT, np.arange(n * 2), mixed, total),
        lane=groups,
    )
    both = Names(Role.SUBJECT, groups, mixed, total)
    at = latest(groups, at, n) + draft.minutes(20, 60, n)
    centre = lanes.county * geo.SPAN
    ledger.add(Kind.TOWNSHIP_SHIP, at, station, both, dest=centre, lane=np.arange(n))
    at = at + draft.minutes(60, 200, n)
    ledger.add(Kind.COUNTY_RECEIVE, at, centre, both, lane=np.arange(n))
    return mixed, total, at


def _grade(draft: Draft, mixed: Ints, kilograms: Floats, received: Ints) -> tuple[Ints, Ints]:
    """Graded lots (A and B of each lane, flat), and when they were graded."""
    lanes, ledger = draft.lanes, draft.ledger
    n = len(lanes)
    groups = np.repeat(np.arange(n), 2)
    graded = draft.things.new(Cls.GRADED_LOT, lanes.product[groups] * ITEMS + BULK)
    total = sums(groups, kilograms, n)
    kg = np.round(np.stack([total * 0.55, total * 0.38], axis=1).ravel(), 1)
    at = received + draft.minutes(60, 240, n)
    done = np.where(lanes.two_part, at + 40 * 60_000, at)
    for kind, keep, time in (
        (Kind.GRADE, ~lanes.two_part, at),
        (Kind.GRADE_IN, lanes.two_part, at),
        (Kind.GRADE_OUT, lanes.two_part, done),
    ):
        number = np.cumsum(keep) - 1
        rows = pick(groups, keep)
        names = []
        if kind is not Kind.GRADE_OUT:
            names.append(Names(Role.INPUT, number[groups[rows]], mixed[rows], kilograms[rows]))
        if kind is not Kind.GRADE_IN:
            names.append(Names(Role.OUTPUT, number[groups[rows]], graded[rows], kg[rows]))
        aux = -1 if kind is Kind.GRADE else np.flatnonzero(keep)
        ledger.add(kind, time[keep], lanes.county[keep] * geo.SPAN, *names, lane=np.flatnonzero(keep), aux=aux)
    return graded, done


def _pack(draft: Draft, graded: Ints, graded_at: Ints, packs: Ints, needed: Floats) -> Dispatched:
    lanes, ledger, things = draft.lanes, draft.ledger, draft.things
    n = len(lanes)
    carton_lane = np.repeat(np.arange(n), lanes.cartons)
    nth = places_in(carton_lane)
    grade = (nth >= ((lanes.cartons + 1) // 2)[carton_lane]).astype(np.int64)
    pack_carton = np.repeat(np.arange(len(carton_lane)), lanes.carton_size[carton_lane])
    lot = (carton_lane * GRADES + grade)[pack_carton]  # position in (lane, grade)
    lot_lane = np.repeat(np.arange(n), GRADES)
    item = lanes.product[lot_lane] * ITEMS + PACK + np.tile(np.arange(GRADES), n)
    random = np.array([p.random_serials for p in products()])[lanes.product[lot_lane]][lot]
    serial = draft.wave * 2**13 + np.arange(len(lot), dtype=np.int64)
    serial[random] = draft.rng.integers(2**59, 2**60, int(random.sum()), dtype=np.int64)
    pack_lot = things.new(Cls.PACK_LOT, item)
    pack = things.new(Cls.PACK, item[lot], serial)

    centre = (lanes.county * geo.SPAN)[lot_lane]
    at = graded_at[lot_lane] + draft.minutes(60, 180, n * GRADES)
    mode = lanes.mode[lot_lane]
    kg, pieces = np.round(needed.ravel(), 2), packs.ravel().astype(np.float64)
    for kind, keep in ((Kind.PACK_LOT, mode == MEMBERSHIP), (Kind.PACK_DIRECT, mode == DIRECT)):
        number = np.cumsum(keep) - 1
        rows = pick(lot, keep)
        made = (
            Names(Role.OUTPUT, number[keep], pack_lot[keep], pieces[keep])
            if kind is Kind.PACK_LOT
            else Names(Role.OUTPUT, number[lot[rows]], pack[rows])
        )
        used = Names(Role.INPUT, number[keep], graded[keep], kg[keep])
        ledger.add(kind, at[keep], centre[keep], used, made, lane=lot_lane[keep])
    printed = mode != DIRECT
    number, rows = np.cumsum(printed) - 1, pick(lot, printed)
    at = at + draft.minutes(10, 30, n * GRADES)
    commissioned = ledger.add(
        Kind.COMMISSION,
        at[printed],
        centre[printed],
        Names(Role.SUBJECT, number[lot[rows]], pack[rows]),
        lane=lot_lane[printed],
        aux=pack_lot[printed],
    )
    for label in np.flatnonzero(mode == LABEL_ONLY).tolist():
        first = int(pack[np.flatnonzero(lot == label)[0]])
        event = int(commissioned[number[label]])
        draft.planted.append(Planted("unlinked_lot", [event], [first, int(pack_lot[label])]))
    closed = latest(lot_lane, at, n)
    return _cartons(draft, _Cartons(carton_lane, nth, grade, pack, pack_carton), closed)


@dataclass(slots=True)
class _Cartons:
    """Cartons by lane, their position in the lane, their grade; packs and their carton's position."""

    lane: Ints
    nth: Ints
    grade: Ints
    pack: Ints
    pack_carton: Ints


def _cartons(draft: Draft, boxes: _Cartons, packed: Ints) -> Dispatched:
    lanes, ledger, things = draft.lanes, draft.ledger, draft.things
    n, lane = len(lanes), boxes.lane
    as_item = np.array([p.carton_sgtin for p in products()])[lanes.product[lane]]
    carton = np.empty(len(lane), np.int64)
    carton[as_item] = things.new(Cls.CARTON_SGTIN, lanes.product[lane[as_item]] * ITEMS + CARTON + boxes.grade[as_item])
    carton[~as_item] = things.new(Cls.CARTON_SSCC, lanes.county[lane[~as_item]])
    centre, every = lanes.county * geo.SPAN, np.arange(n)
    at = packed + draft.minutes(5, 15, n)
    ledger.add(Kind.CARTON_COMMISSION, at, centre, Names(Role.SUBJECT, lane, carton), lane=every)
    filled = at[lane] + (boxes.nth + 1) * 120_000 + draft.minutes(0, 1, len(lane))
    ledger.add(
        Kind.CARTON_ADD,
        filled,
        centre[lane],
        Names(Role.PARENT, np.arange(len(lane)), carton),
        Names(Role.CHILD, boxes.pack_carton, boxes.pack),
        lane=lane,
    )
    per_lane = (lanes.cartons + 3) // 4
    pallet_lane = np.repeat(every, per_lane)
    carton_pallet = (np.cumsum(per_lane) - per_lane)[lane] + boxes.nth // 4
    pallet = things.new(Cls.PALLET, lanes.county[pallet_lane])
    at = latest(lane, filled, n) + draft.minutes(10, 20, n)
    ledger.add(Kind.PALLET_COMMISSION, at, centre, Names(Role.SUBJECT, pallet_lane, pallet), lane=every)
    at_pallet = at[pallet_lane] + draft.minutes(3, 30, len(pallet))
    parents = Names(Role.PARENT, np.arange(len(pallet)), pallet)
    children = Names(Role.CHILD, carton_pallet, carton)
    ledger.add(Kind.PALLET_ADD, at_pallet, centre[pallet_lane], parents, children, lane=pallet_lane)

    logger, cold = np.full(n, -1, np.int64), np.flatnonzero(lanes.chilled)
    logger[cold] = things.new(Cls.LOGGER, np.full(len(cold), OPERATOR))
    at = at + 31 * 60_000
    ledger.add(
        Kind.LOGGER_ON,
        at[cold],
        centre[cold],
        Names(Role.PARENT, np.arange(len(cold)), pallet[np.searchsorted(pallet_lane, cold)]),
        Names(Role.CHILD, np.arange(len(cold)), logger[cold]),
        lane=cold,
    )
    load = Names(Role.SUBJECT, pallet_lane, pallet)
    at = at + draft.minutes(10, 40, n)
    ledger.add(Kind.COUNTY_SHIP, at, centre, load, dest=lanes.warehouse, lane=every)
    departed = at + draft.minutes(5, 20, n)
    ledger.add(Kind.DEPART, departed, centre, load, lane=every)
    return Dispatched(
        carton,
        lane,
        carton_pallet,
        boxes.pack,
        boxes.pack_carton,
        places_in(boxes.pack_carton),
        pallet,
        pallet_lane,
        logger,
        departed,
    )
