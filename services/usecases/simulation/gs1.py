"""GS1 keys as text: EPC URNs, canonical Digital Links and check digits for the simulated companies.

The company prefixes lie in the range of GS1 China (690-699) and are invented: codes made from them belong to nobody
and must never be printed on real goods.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

LINK = "https://id.gs1.org"
OPERATOR_PREFIX = "6901234"
"""The logistics and retail operator in Suzhou."""


def county_prefix(county: int) -> str:
    """The company prefix of the cooperative of county number `county` (0 to 12)."""
    return f"{69299000 + county}"


def check_digit(digits: str) -> str:
    """The mod-10 check digit of GS1 General Specifications 7.9 for `digits` (without check digit)."""
    weighted = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits)))
    return str(-weighted % 10)


def check_digits(numbers: Ints, length: int) -> Ints:
    """The mod-10 check digits of many numbers of `length` digits (leading zeros counted)."""
    total = np.zeros_like(numbers)
    rest = numbers.copy()
    for i in range(length):
        total += rest % 10 * (3 if i % 2 == 0 else 1)
        rest //= 10
    return -total % 10


class Both(NamedTuple):
    """One identifier, or the part of it before the serial, in the two forms that scanners emit."""

    urn: str
    link: str


def _gtin14(prefix: str, indicator: int, item: int) -> tuple[str, str]:
    """(GTIN-14, indicator and item reference as in an EPC URN)."""
    width = 12 - len(prefix)
    digits = f"{indicator}{prefix}{item:0{width}d}"
    return digits + check_digit(digits), f"{indicator}{item:0{width}d}"


@cache
def sgtin_stem(prefix: str, indicator: int, item: int) -> Both:
    """Everything of an SGTIN before its serial."""
    gtin, reference = _gtin14(prefix, indicator, item)
    return Both(f"urn:epc:id:sgtin:{prefix}.{reference}.", f"{LINK}/01/{gtin}/21/")


@cache
def lgtin_stem(prefix: str, indicator: int, item: int) -> Both:
    """Everything of an LGTIN before its lot number."""
    gtin, reference = _gtin14(prefix, indicator, item)
    return Both(f"urn:epc:class:lgtin:{prefix}.{reference}.", f"{LINK}/01/{gtin}/10/")


def gtin14(prefix: str, indicator: int, item: int) -> str:
    """A GTIN of 14 digits."""
    return _gtin14(prefix, indicator, item)[0]


@cache
def grai_stem(prefix: str, asset_type: int) -> Both:
    """Everything of a GRAI before its serial."""
    width = 12 - len(prefix)
    digits = f"{prefix}{asset_type:0{width}d}"
    return Both(f"urn:epc:id:grai:{prefix}.{asset_type:0{width}d}.", f"{LINK}/8003/0{digits}{check_digit(digits)}")


@cache
def giai_stem(prefix: str) -> Both:
    """Everything of a GIAI before the individual asset reference."""
    return Both(f"urn:epc:id:giai:{prefix}.", f"{LINK}/8004/{prefix}")


@cache
def sgln(prefix: str, reference: int) -> Both:
    """A location (GLN without extension)."""
    width = 12 - len(prefix)
    digits = f"{prefix}{reference:0{width}d}"
    return Both(f"urn:epc:id:sgln:{prefix}.{reference:0{width}d}.0", f"{LINK}/414/{digits}{check_digit(digits)}")


@cache
def pgln(prefix: str) -> Both:
    """The party that owns a company prefix; its GLN has the highest reference of the prefix."""
    reference = "9" * (12 - len(prefix))
    digits = prefix + reference
    return Both(f"urn:epc:id:pgln:{prefix}.{reference}", f"{LINK}/417/{digits}{check_digit(digits)}")


def ssccs(prefix: str, extension: int, serials: Ints) -> tuple[list[str], list[str]]:
    """SSCCs of one company as EPC URNs and as Digital Links; serials beyond the prefix's width are a caller's error."""
    width = 16 - len(prefix)
    stem = f"urn:epc:id:sscc:{prefix}.{extension}"
    urns = [f"{stem}{s:0{width}d}" for s in serials.tolist()]
    numbers = int(f"{extension}{prefix}") * 10**width + serials
    full = numbers * 10 + check_digits(numbers, 17)
    return urns, [f"{LINK}/00/{n:018d}" for n in full.tolist()]
