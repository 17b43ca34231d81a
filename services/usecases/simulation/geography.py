"""Where things happen: 13 counties with their townships, villages and bases; Suzhou's warehouses, shops and canteens.

Codes and counts are facts (schemas/reference). Which township a village belongs to, village names and the seats of
shops are made up: a village is a number inside its county.

A place is one integer: `county * 10_000 + location reference` for the counties (0 to 12), and
`SUZHOU + location reference` for everything that the operator in Suzhou runs.
"""

import csv
from dataclasses import dataclass
from functools import cache

from schemas import read_bytes
from services.usecases.simulation.gs1 import OPERATOR_PREFIX, Both, county_prefix, pgln, sgln

COUNTIES = 13
SPAN = 10_000
SUZHOU = COUNTIES * SPAN
TOWNSHIP, VILLAGE, BASE = 1, 100, 1000
"""First location reference of each level inside a county; 0 is the county logistics centre."""
BASES_PER_VILLAGE = 16
HOUSEHOLD_FROM = 4
"""Of the 16 producers of a village the first 4 are bases, the others households."""
WAREHOUSE, MICRO_MARKET, STORE, CANTEEN = 0, 10_000, 20_000, 30_000
WAREHOUSES, MICRO_MARKETS, STORES, CANTEENS = 4, 3710, 200, 120
"""3,710 micro-markets: Suzhou government office document [2020] 77. The other three are assumed."""


@dataclass(frozen=True, slots=True)
class County:
    """One of the 13 paired counties.

    Attributes:
        code: six-digit division code.
        zone: hours east of UTC that its own scanners may use (6 in Artux, beside 8).
        km: great-circle distance to Suzhou.
    """

    code: str
    name_zh: str
    name_en: str
    townships: int
    villages: int
    km: int
    latitude: float
    longitude: float
    zone: int


@dataclass(frozen=True, slots=True)
class District:
    """A county-level division of Suzhou."""

    code: str
    name_zh: str
    name_en: str
    latitude: float
    longitude: float


@cache
def counties() -> tuple[County, ...]:
    """The 13 counties in the order of the reference table; the position is the county's number."""
    rows = csv.DictReader(read_bytes("reference/counties.csv").decode().splitlines())
    return tuple(
        County(
            r["code"],
            r["name_zh"],
            r["name_en"],
            int(r["townships"]),
            int(r["villages"]),
            int(r["km_to_suzhou"]),
            float(r["latitude"]),
            float(r["longitude"]),
            int(r["zone"][:3]),
        )
        for r in rows
    )


@cache
def districts() -> tuple[District, ...]:
    """Suzhou's districts and county-level cities."""
    rows = csv.DictReader(read_bytes("reference/districts.csv").decode().splitlines())
    return tuple(
        District(r["code"], r["name_zh"], r["name_en"], float(r["latitude"]), float(r["longitude"])) for r in rows
    )


def place_prefix(place: int) -> str:
    """The company prefix of the place's operator."""
    return OPERATOR_PREFIX if place >= SUZHOU else county_prefix(place // SPAN)


@cache
def place_id(place: int) -> Both:
    """The SGLN of a place."""
    return sgln(place_prefix(place), place - SUZHOU if place >= SUZHOU else place % SPAN)


@cache
def party_id(place: int) -> Both:
    """The PGLN of the place's operator."""
    return pgln(place_prefix(place))


def village_of(place: int) -> int:
    """The village number of a village point or base inside its county, -1 for other places."""
    if place >= SUZHOU:
        return -1
    reference = place % SPAN
    if reference >= BASE:
        return (reference - BASE) // BASES_PER_VILLAGE
    return reference - VILLAGE if reference >= VILLAGE else -1


def division_code(place: int) -> str:
    """The 12-digit division code of a county place (GB/T 10114 form; township and village parts are simulated)."""
    county = counties()[place // SPAN]
    village, reference = village_of(place), place % SPAN
    if village >= 0:
        township, within = village % county.townships, village // county.townships
        return f"{county.code}{100 + township:03d}{200 + within:03d}"
    return f"{county.code}{99 + reference:03d}000" if reference else f"{county.code}000000"


def describe(place: int) -> dict[str, object]:
    """Master data of a place: canonical id, party, level, name, division code, coordinate.

    The coordinate is that of the county or district; names below it are simulated and say so.
    """
    known: dict[str, object] = {"kind": "place", "id": place_id(place).link, "urn": place_id(place).urn}
    known["party"] = party_id(place).link
    if place < SUZHOU:
        county, reference, village = counties()[place // SPAN], place % SPAN, village_of(place)
        producer = (reference - BASE) % BASES_PER_VILLAGE
        if reference >= BASE and producer < HOUSEHOLD_FROM:
            level, name = "BASE", f"{county.name_zh}{village + 1}号村{producer + 1}号基地"
        elif reference >= BASE:
            level, name = "HOUSEHOLD", f"{county.name_zh}{village + 1}号村{producer + 1}号农户"
        elif reference >= VILLAGE:
            level, name = "VILLAGE_POINT", f"{county.name_zh}{village + 1}号村级站点"
        elif reference:
            level, name = "TOWNSHIP_STATION", f"{county.name_zh}{reference}号乡镇站"
        else:
            level, name = "COUNTY_CENTRE", f"{county.name_zh}物流中心"
        return known | {
            "level": level,
            "name": f"{name}(模拟)",
            "name_en": f"{county.name_en} {level.lower().replace('_', ' ')} {reference} (simulated)",
            "division": division_code(place),
            "latitude": county.latitude,
            "longitude": county.longitude,
        }
    reference = place - SUZHOU
    levels = ((CANTEEN, "CANTEEN", "食堂"), (STORE, "STORE", "门店"), (MICRO_MARKET, "MICRO_MARKET", "微菜场"))
    first, level, word = next((x for x in levels if reference >= x[0]), (WAREHOUSE, "SUZHOU_WAREHOUSE", "仓"))
    number = reference - first
    district = districts()[number % len(districts())]
    return known | {
        "level": level,
        "name": f"{district.name_zh}{number + 1}号{word}(模拟)",
        "name_en": f"{district.name_en} {level.lower().replace('_', ' ')} {number + 1} (simulated)",
        "division": f"{district.code}000000",
        "latitude": district.latitude,
        "longitude": district.longitude,
    }
