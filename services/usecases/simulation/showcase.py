"""Units that are worth opening first: the showcase of a simulated season."""

from collections.abc import Iterator

import numpy as np

from services.usecases.simulation.gs1 import Ints
from services.usecases.simulation.lanes import Planted
from services.usecases.simulation.ledger import Bools
from services.usecases.simulation.steps import Kind, Role
from services.usecases.simulation.things import Cls
from services.usecases.simulation.truth import Chains
from services.usecases.simulation.wave import Wave

WHY = {
    "sold_pack": "a pack sold at a micro-market, with its complete chain back to the bases",
    "store_pack": "a pack sold in a store, after its carton was put on another pallet in Suzhou; complete chain",
    "missing_hop": "a pack whose tote was never scanned in at the micro-market: the chain is not complete",
    "pallet": "a store pallet (SSCC) with cartons from two counties",
    "lot": "a lot that was mixed at a township from the lots of several producers",
    "late_lot": "a lot from a village that was off line for two days: its events came late",
    "corrected": "a unit with an event that was declared an error",
    "meal": "a canteen meal cooked from packs of two counties",
    "warm_pack": "a sold pack whose lorry was too warm for some hours",
}
_TRIES = 30


class Showcase:
    """Collects one example of each kind in `WHY` from the first waves that have one."""

    def __init__(self) -> None:
        self.units: dict[str, str] = {}

    @property
    def full(self) -> bool:
        """Whether every kind has its example."""
        return len(self.units) == len(WHY)

    def look(self, wave: Wave, chains: Chains, planted: list[Planted]) -> None:
        """Looks for the examples that are still missing."""
        for name in WHY:
            if name not in self.units:
                unit = next(_examples(name, wave, chains, planted), None)
                if unit is not None:
                    self.units[name] = wave.links[unit]

    def described(self) -> dict[str, dict[str, str]]:
        """For the manifest: name → canonical id, and why it is worth a look."""
        return {name: {"unit": self.units[name], "why": why} for name, why in WHY.items() if name in self.units}


def _examples(name: str, wave: Wave, chains: Chains, planted: list[Planted]) -> Iterator[int]:
    if name == "sold_pack":
        yield from _complete(chains, _sold(wave, Kind.MARKET_SALE))
    elif name == "store_pack":
        yield from _complete(chains, _sold(wave, Kind.STORE_SALE))
    elif name == "missing_hop":
        sold = _sold(wave, Kind.MARKET_SALE)
        receipts = [p for p in planted if p.what == "missing_scan" and _kind(wave, p) == Kind.MARKET_RECEIVE]
        yield from (u for p in receipts for u in p.units if u in sold and chains.back(u)["missing"])
    elif name == "warm_pack":
        lanes = {int(wave.events.lane[p.events[0]]) for p in planted if p.what == "temperature_excursion"}
        mine = np.isin(wave.events.lane, sorted(lanes))
        yield from _complete(chains, _sold(wave, Kind.MARKET_SALE, mine), _sold(wave, Kind.STORE_SALE, mine))
    elif name in ("pallet", "lot", "meal"):
        kind, role = {
            "pallet": (Kind.REPALLET_ADD, Role.PARENT),
            "lot": (Kind.CONSOLIDATE, Role.OUTPUT),
            "meal": (Kind.COOK, Role.OUTPUT),
        }[name]
        yield from _complete(chains, _named(wave, kind, role))
    else:
        what = "late_village" if name == "late_lot" else "correction"
        usual = (Cls.PACK, Cls.RAW_LOT)
        units = [u for p in planted if p.what == what for u in p.units if wave.cls[u] in usual and chains.named(u)]
        yield from units


def _kind(wave: Wave, planted: Planted) -> int:
    return int(wave.events.kind[planted.events[0]])


def _named(wave: Wave, kind: Kind, role: Role, only: Bools | None = None) -> Ints:
    """Things that the written, not void, events of a kind name in a role."""
    events = wave.events
    live = wave.written & (events.kind == kind)
    live[events.declares[wave.written & (events.declares >= 0)]] = False
    live &= events.declares < 0
    if only is not None:
        live &= only
    found: Ints = events.thing[live[events.row_event] & (events.row_role == role)]
    return found


def _sold(wave: Wave, kind: Kind, only: Bools | None = None) -> Ints:
    return _named(wave, kind, Role.SUBJECT, only)


def _complete(chains: Chains, *units: Ints) -> Iterator[int]:
    """Those with a complete chain; of the first some, the one with the longest chain first."""
    tried = [(chains.back(u), u) for u in np.concatenate(units)[:_TRIES].tolist()]
    good = [(len(str(answer["ancestors"])), u) for answer, u in tried if answer["complete"]]
    yield from (u for _, u in sorted(good, reverse=True))
