"""From the warehouses to people: re-palletising for stores and canteens, splitting into totes for micro-markets."""

from dataclasses import dataclass

import numpy as np

from services.usecases.simulation import geography as geo
from services.usecases.simulation.gs1 import Ints
from services.usecases.simulation.lanes import Draft
from services.usecases.simulation.ledger import Names
from services.usecases.simulation.origin import Dispatched, latest, pick, places_in, sums
from services.usecases.simulation.steps import Kind, Role
from services.usecases.simulation.things import OPERATOR, Cls

TO_MARKET, TO_STORE, TO_CANTEEN = 0, 1, 2
CHANNELS = np.array([TO_MARKET, TO_STORE, TO_MARKET, TO_CANTEEN, TO_MARKET, TO_MARKET, TO_STORE, TO_MARKET])
"""Way of the first, second … carton of a consignment: every consignment of four cartons goes all three ways."""
ROUNDS = 2
UNSOLD, DESTROYED = 0.05, 0.02


@dataclass(slots=True)
class _Offered:
    """Packs on sale: the packs, the carton of each, where, and since when (ms since 1970 UTC)."""

    pack: Ints
    carton: Ints
    place: Ints
    since: Ints


def deliver_and_sell(draft: Draft, load: Dispatched, ready: Ints) -> None:
    """Writes all events after unpacking at the warehouse; `ready` says when each carton was free."""
    channel = CHANNELS[places_in(load.carton_lane) % len(CHANNELS)]
    _outlets(draft, load, ready, channel)
    _markets(draft, load, ready, channel)


def _outlets(draft: Draft, load: Dispatched, ready: Ints, channel: Ints) -> None:
    """Stores and canteens: one mixed pallet for each from the two consignments of a pair."""
    lanes, ledger = draft.lanes, draft.ledger
    mine = np.flatnonzero(channel != TO_MARKET)
    outlet = load.carton_lane[mine] // 2 * 2 + (channel[mine] == TO_CANTEEN)
    n = len(lanes)  # a store and a canteen per pair of lanes
    each = np.arange(n)
    place = np.where(each % 2 == 0, lanes.store, lanes.canteen)
    pallet = draft.things.new(Cls.STORE_PALLET, np.full(n, OPERATOR))
    one = Names(Role.SUBJECT, each, pallet)
    parents = Names(Role.PARENT, each, pallet)
    cartons = load.carton[mine]
    at = latest(outlet, ready[mine], n) + draft.minutes(60, 180, n)
    ledger.add(Kind.REPALLET_COMMISSION, at, lanes.warehouse, one)
    at = at + draft.minutes(5, 30, n)
    ledger.add(Kind.REPALLET_ADD, at, lanes.warehouse, parents, Names(Role.CHILD, outlet, cartons))
    at = at + draft.minutes(30, 300, n)
    ledger.add(Kind.OUTLET_SHIP, at, lanes.warehouse, one, dest=place)
    at = at + draft.minutes(40, 200, n)
    ledger.add(Kind.OUTLET_RECEIVE, at, place, one)
    at = at + draft.minutes(10, 60, n)
    named = pick(outlet, draft.chance(0.6, n))
    off = Names(Role.CHILD, outlet[named], cartons[named])
    ledger.add(Kind.OUTLET_PALLET_OUT, at, place, parents, off)

    number = np.full(len(load.carton), -1, np.int64)
    number[mine] = np.arange(len(mine))
    packs = np.flatnonzero(number[load.pack_carton] >= 0)
    owner = number[load.pack_carton[packs]]
    opened = at[outlet] + draft.minutes(10, 900, len(mine))
    named = pick(owner, draft.chance(0.6, len(mine)))
    ledger.add(
        Kind.OUTLET_CARTON_OUT,
        opened,
        place[outlet],
        Names(Role.PARENT, np.arange(len(mine)), cartons),
        Names(Role.CHILD, owner[named], load.pack[packs[named]]),
        lane=load.carton_lane[mine],
    )
    eaten = (outlet % 2 == 1)[owner]
    _cook(draft, load.pack[packs[eaten]], outlet[owner[eaten]] // 2, opened[owner[eaten]])
    sold, boxes = packs[~eaten], owner[~eaten]
    offered = _Offered(load.pack[sold], load.pack_carton[sold], place[outlet[boxes]], opened[boxes])
    _sell(draft, load, offered, Kind.STORE_SALE)


def _cook(draft: Draft, pack: Ints, pair: Ints, opened: Ints) -> None:
    """Each canteen makes one batch of meals of everything it got."""
    pairs = len(draft.lanes) // 2
    each = np.arange(pairs)
    meal = draft.things.new(Cls.MEAL_LOT, np.full(pairs, OPERATOR))
    portions = sums(pair, np.full(len(pair), 6.0), pairs)
    at = latest(pair, opened, pairs) + draft.minutes(60, 900, pairs)
    made = Names(Role.OUTPUT, each, meal, portions)
    draft.ledger.add(Kind.COOK, at, draft.lanes.canteen[::2], Names(Role.INPUT, pair, pack), made)


def _markets(draft: Draft, load: Dispatched, ready: Ints, channel: Ints) -> None:
    """Micro-markets: half a carton per trip, and the tote of the first trip is used again for the second."""
    lanes, ledger = draft.lanes, draft.ledger
    mine = np.flatnonzero(channel == TO_MARKET)
    number = np.full(len(load.carton), -1, np.int64)
    number[mine] = np.arange(len(mine))
    packs = np.flatnonzero(number[load.pack_carton] >= 0)
    box = load.pack_carton[packs]
    second = load.pack_pos[packs] >= lanes.carton_size[load.carton_lane[box]] // 2
    trip = number[box] * ROUNDS + second
    carton = np.repeat(mine, ROUNDS)
    n = len(carton)
    each = np.arange(n)
    tote = np.repeat(draft.things.new(Cls.TOTE, np.full(len(mine), OPERATOR)), ROUNDS)
    lane = load.carton_lane[carton]
    warehouse = lanes.warehouse[lane]
    market = geo.SUZHOU + geo.MICRO_MARKET + draft.rng.integers(0, geo.MICRO_MARKETS, n)
    children = Names(Role.CHILD, trip, load.pack[packs])
    first = ready[mine] + draft.minutes(120, 480, len(mine))
    at = np.stack([first, first + draft.minutes(1560, 1800, len(mine))], axis=1).ravel()
    ledger.add(Kind.SPLIT, at, warehouse, Names(Role.PARENT, each, load.carton[carton]), children, lane=lane)
    at = at + draft.minutes(5, 20, n)
    parents = Names(Role.PARENT, each, tote)
    ledger.add(Kind.TOTE_ADD, at, warehouse, parents, children, lane=lane)
    at = at + draft.minutes(10, 60, n)
    one = Names(Role.SUBJECT, each, tote)
    ledger.add(Kind.TOTE_SHIP, at, warehouse, one, dest=market, lane=lane)
    at = at + draft.minutes(30, 240, n)
    ledger.add(Kind.MARKET_RECEIVE, at, market, one, lane=lane)
    at = at + draft.minutes(5, 60, n)
    named = pick(trip, draft.chance(0.5, n))
    out = Names(Role.CHILD, trip[named], load.pack[packs[named]])
    ledger.add(Kind.TOTE_OUT, at, market, parents, out, lane=lane)
    offered = _Offered(load.pack[packs], box, market[trip], at[trip])
    _sell(draft, load, offered, Kind.MARKET_SALE)


def _sell(draft: Draft, load: Dispatched, offered: _Offered, kind: Kind) -> None:
    """Most packs are sold, one or two at a time; a few are thrown away, a few stay unsold."""
    fate = draft.rng.random(len(offered.pack))
    ruined = np.flatnonzero((fate >= UNSOLD) & (fate < UNSOLD + DESTROYED))
    lane = load.carton_lane[offered.carton]
    at = offered.since[ruined] + draft.minutes(600, 4000, len(ruined))
    names = Names(Role.SUBJECT, np.arange(len(ruined)), offered.pack[ruined])
    draft.ledger.add(Kind.DESTROY, at, offered.place[ruined], names, lane=lane[ruined])
    sold = np.flatnonzero(fate >= UNSOLD + DESTROYED)
    since, box = offered.since[sold], offered.carton[sold]
    alone = np.r_[True, (since[1:] != since[:-1]) | (box[1:] != box[:-1])]  # another trip or carton
    starts = alone | draft.chance(0.7, len(sold))
    basket = np.cumsum(starts) - 1
    head = sold[starts]
    at = offered.since[head] + draft.minutes(10, 2880, len(head))
    names = Names(Role.SUBJECT, basket, offered.pack[sold])
    draft.ledger.add(kind, at, offered.place[head], names, lane=lane[head])
