"""The consignments of one wave: who grows what, where, and which way it will go. Everything else follows from these."""

from dataclasses import dataclass, field

import numpy as np

from services.usecases.simulation import geography as geo
from services.usecases.simulation.catalogue import products, products_of
from services.usecases.simulation.gs1 import Ints
from services.usecases.simulation.ledger import Bools, Ledger
from services.usecases.simulation.things import Things

HOUR = 3_600_000
DAY = 24 * HOUR
SEASON_START = 1_780_250_400_000
"""2026-06-01 02:00 +08:00 in milliseconds since 1970."""
SEASON_DAYS = 150
FIRST_LANES, MOST_LANES = 4, 96
VILLAGES = 3
MEMBERSHIP, DIRECT, LABEL_ONLY = 0, 1, 2
"""How packs hang on their lot: through the lot number in their commissioning, as outputs of a transformation, or only
through a lot number that nobody ever recorded anything about."""


def lanes_of(wave: int) -> int:
    """How many consignments wave number `wave` has: 4, 8, 16, 32, 64, then 96 each (some 140 events per lane)."""
    return min(FIRST_LANES << min(wave, 8), MOST_LANES)


@dataclass(slots=True)
class Lanes:
    """Columns, one row per consignment; neighbours (2i, 2i+1) share warehouse, store and canteen.

    Attributes:
        start: harvest begins, milliseconds since 1970 UTC.
        village: (n, 3) numbers of the villages that deliver, all of one township.
        early_zone: whether the origin's scanners use the county's own time zone.
        crated: whether lots travel in crates.
        mode: MEMBERSHIP, DIRECT or LABEL_ONLY.
        two_part: whether grading is recorded as two events with one transformationID.
        cartons, carton_size: number of cartons, packs in each.
        chilled: whether the trunk leg is measured.
    """

    start: Ints
    county: Ints
    product: Ints
    township: Ints
    village: Ints
    early_zone: Bools
    crated: Bools
    mode: Ints
    two_part: Bools
    cartons: Ints
    carton_size: Ints
    chilled: Bools
    warehouse: Ints
    store: Ints
    canteen: Ints

    def __len__(self) -> int:
        return len(self.start)


@dataclass(slots=True)
class Readings:
    """Temperature readings inside sensor events: for each its event, instant (ms since 1970 UTC) and °C."""

    event: list[Ints] = field(default_factory=list)
    time: list[Ints] = field(default_factory=list)
    value: list[np.ndarray[tuple[int], np.dtype[np.float64]]] = field(default_factory=list)


@dataclass(slots=True)
class Planted:
    """Something unusual that was planted on purpose.

    Attributes:
        what: its name in planted.ndjson.
        events: events concerned (rows of the wave's table).
        units: things concerned, the most telling first.
        facts: further members for planted.ndjson.
    """

    what: str
    events: list[int]
    units: list[int]
    facts: dict[str, object] = field(default_factory=dict)


class Draft:
    """A wave while it is being written: its lanes, random numbers, things, events, readings and planted trouble."""

    def __init__(self, seed: int, wave: int) -> None:
        self.wave = wave
        self.rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, wave])))
        self.things = Things(wave)
        self.ledger = Ledger()
        self.readings = Readings()
        self.planted: list[Planted] = []
        self.lanes = _lanes(self.rng, wave)

    def minutes(self, low: float, high: float, n: int) -> Ints:
        """Random durations between `low` and `high` minutes, in milliseconds; `n` of them."""
        return self.rng.integers(int(low * 60_000), int(high * 60_000), n, dtype=np.int64)

    def chance(self, share: float, n: int) -> Bools:
        """Independent draws, true with probability `share`; `n` of them."""
        return self.rng.random(n) < share


def _lanes(rng: np.random.Generator, wave: int) -> Lanes:
    n = lanes_of(wave)
    rounds = [rng.permutation(geo.COUNTIES) for _ in range(-(-n // geo.COUNTIES))]
    county = np.concatenate(rounds)[:n].astype(np.int64)
    product = np.array([rng.choice(products_of(c)) for c in county.tolist()], np.int64)
    product[0] = products_of(int(county[0]))[0]  # one chilled consignment at least
    townships = np.array([c.townships for c in geo.counties()], np.int64)[county]
    villages = np.array([c.villages for c in geo.counties()], np.int64)[county]
    township = rng.integers(0, townships)
    # The three villages are numbers k, k + 1, k + 2 (round) of the township's own.
    own = villages // townships
    nth = (rng.integers(0, own)[:, None] + np.arange(VILLAGES)) % own[:, None]
    mode = rng.choice(np.array([MEMBERSHIP, DIRECT, LABEL_ONLY]), n, p=(0.70, 0.22, 0.08))
    mode[0] = MEMBERSHIP
    zones = np.array([c.zone for c in geo.counties()], np.int64)[county]
    pairs = n // 2
    return Lanes(
        start=SEASON_START + wave * 36 % (SEASON_DAYS * 24) * HOUR + rng.integers(2, 34, n) * HOUR,
        county=county,
        product=product,
        township=township,
        village=township[:, None] + townships[:, None] * nth,
        early_zone=(zones != 8) & (rng.random(n) < 0.6),
        crated=rng.random(n) < 0.7,
        mode=mode,
        two_part=rng.random(n) < 0.2,
        cartons=rng.integers(4, 9, n),
        carton_size=rng.choice(np.array([6, 8, 10]), n),
        chilled=np.array([p.high is not None for p in products()])[product],
        warehouse=geo.SUZHOU + geo.WAREHOUSE + np.repeat(rng.integers(0, geo.WAREHOUSES, pairs), 2),
        store=geo.SUZHOU + geo.STORE + np.repeat(rng.integers(0, geo.STORES, pairs), 2),
        canteen=geo.SUZHOU + geo.CANTEEN + np.repeat(rng.integers(0, geo.CANTEENS, pairs), 2),
    )
