"""What is grown and sold: the products of each county, and the trade items (GTINs) made of them."""

import csv
from dataclasses import dataclass
from functools import cache

from schemas import read_bytes
from services.usecases.simulation.geography import counties
from services.usecases.simulation.gs1 import OPERATOR_PREFIX, Both, county_prefix, gtin14, lgtin_stem, sgtin_stem

ITEMS = 5
BULK, PACK, CARTON = 0, 1, 3
"""Item `product * ITEMS + BULK`, `+ PACK + grade`, `+ CARTON + grade`; grade 0 is A, 1 is B."""


@dataclass(frozen=True, slots=True)
class Product:
    """A product of one county.

    Attributes:
        county: number of the county.
        low, high: °C in transport, None where no cold chain is needed.
        pack_kg: kilograms of a pack of grade A and of grade B.
        life_days: days from packing to best before.
        random_serials: whether its packing line prints random serials instead of a sequence.
        carton_sgtin: whether its cartons carry an SGTIN instead of an SSCC.
    """

    county: int
    key: str
    name_zh: str
    name_en: str
    storage: str
    low: float | None
    high: float | None
    pack_kg: tuple[float, float]
    life_days: int
    random_serials: bool
    carton_sgtin: bool


@cache
def products() -> tuple[Product, ...]:
    """All products in the order of the reference table."""
    number = {c.code: i for i, c in enumerate(counties())}
    rows = csv.DictReader(read_bytes("reference/products.csv").decode().splitlines())
    return tuple(
        Product(
            number[r["county_code"]],
            r["product"],
            r["name_zh"],
            r["name_en"],
            r["class"],
            float(r["low_c"]) if r["low_c"] else None,
            float(r["high_c"]) if r["high_c"] else None,
            (int(r["pack_a_g"]) / 1000, int(r["pack_b_g"]) / 1000),
            int(r["life_days"]),
            r["serials"] == "random",
            r["carton_key"] == "sgtin",
        )
        for r in rows
    )


@cache
def products_of(county: int) -> tuple[int, ...]:
    """The product numbers of a county, those that need cooling first."""
    mine = [i for i, p in enumerate(products()) if p.county == county]
    return tuple(sorted(mine, key=lambda i: (products()[i].high is None, i)))


def meal_item() -> int:
    """The trade item of a canteen meal."""
    return len(products()) * ITEMS


def _reference(item: int) -> tuple[str, int, int]:
    """(company prefix, indicator digit, item reference) of a trade item."""
    if item == meal_item():
        return OPERATOR_PREFIX, 0, 90001
    product, part = divmod(item, ITEMS)
    prefix = county_prefix(products()[product].county)
    if part == BULK:
        return prefix, 9, 1000 + product  # indicator 9: variable measure
    if part >= CARTON:
        return prefix, 1, 2000 + product * 10 + part - CARTON
    return prefix, 0, 2000 + product * 10 + part - PACK


def serial_stem(item: int) -> Both:
    """Everything of an SGTIN of this item before the serial."""
    return sgtin_stem(*_reference(item))


def lot_stem(item: int) -> Both:
    """Everything of an LGTIN of this item before the lot number."""
    return lgtin_stem(*_reference(item))


def describe_items() -> list[dict[str, object]]:
    """Master data of all trade items: GTIN-14, names, cold class with limits in °C, pack weight in kg where fixed."""
    known: list[dict[str, object]] = [
        {"kind": "item", "gtin": gtin14(*_reference(meal_item())), "name": "食堂餐", "name_en": "canteen meal"}
    ]
    for i, p in enumerate(products()):
        for part, suffix, suffix_en in (
            (BULK, "散装", "bulk"),
            (PACK, "A级", "grade A"),
            (PACK + 1, "B级", "grade B"),
            (CARTON, "A级箱", "grade A carton"),
            (CARTON + 1, "B级箱", "grade B carton"),
        ):
            item: dict[str, object] = {
                "kind": "item",
                "gtin": gtin14(*_reference(i * ITEMS + part)),
                "name": f"{p.name_zh} {suffix}",
                "name_en": f"{p.name_en}, {suffix_en}",
                "product": p.key,
                "county": counties()[p.county].code,
                "storage": p.storage,
                "low_c": p.low,
                "high_c": p.high,
            }
            if PACK <= part < CARTON:
                item["net_kg"] = p.pack_kg[part - PACK]
            known.append(item)
    return known
