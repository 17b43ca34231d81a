"""EPC URNs (urn:epc:id, urn:epc:class, urn:epc:idpat) to the identity they express, and back.

Source: GS1 EPC Tag Data Standard §6 (pure identity URIs), §7 (their GS1 keys) and §8 (patterns); CBV 2.0 §8.2, §8.3.
A URN names the company prefix; a key does not, so the way back needs its length.
"""

import re
from typing import NamedTuple

from services.domain.identifiers.digital_link import Identity
from services.domain.identifiers.gs1_keys import KEYS, check_digit, percent_decode

_URN = re.compile(r"urn:epc:(id:[a-z]+|class:lgtin|idpat:[a-z]+):([^\s]+)").fullmatch
_PREFIX = re.compile(r"[0-9]{6,12}").fullmatch
_DIGITS = re.compile(r"[0-9]*").fullmatch
# TDS §6: these stand for themselves in a serial or reference; every other character is percent-encoded.
_PLAIN = re.compile(r"(?:[!'()*+,\-.0-9:;=A-Z_a-z]|%[0-9A-Fa-f]{2})*").fullmatch
_NOT_PLAIN = re.compile(r"[^!'()*+,\-.0-9:;=A-Z_a-z]")


class Scheme(NamedTuple):
    """One form of EPC URN.

    Attributes:
        ai: application identifier of its key.
        digits: how many digits company prefix and reference have together; 0 for a reference of characters.
        indicator: whether the first digit of the reference stands before the company prefix in the key.
        filler: what the key begins with.
        pieces: how many further parts of the URN belong to the key (ITIP: piece and total).
        serial: where the last part goes: "" none, "+" to the end of the key, else the qualifier's AI, "*" a pattern.
    """

    ai: str
    digits: int
    indicator: bool = False
    filler: str = ""
    pieces: int = 0
    serial: str = ""


SCHEMES: dict[str, Scheme] = {
    "id:sgtin": Scheme("01", 13, indicator=True, serial="21"),
    "id:upui": Scheme("01", 13, indicator=True, serial="235"),
    "class:lgtin": Scheme("01", 13, indicator=True, serial="10"),
    "idpat:sgtin": Scheme("01", 13, indicator=True, serial="*"),
    "idpat:upui": Scheme("01", 13, indicator=True, serial="*"),
    "id:itip": Scheme("8006", 13, indicator=True, pieces=2, serial="21"),
    "idpat:itip": Scheme("8006", 13, indicator=True, pieces=2, serial="*"),
    "id:sscc": Scheme("00", 17, indicator=True),
    "id:sgln": Scheme("414", 12, serial="254"),
    "id:pgln": Scheme("417", 12),
    "id:grai": Scheme("8003", 12, filler="0", serial="+"),
    "idpat:grai": Scheme("8003", 12, filler="0", serial="*"),
    "id:gdti": Scheme("253", 12, serial="+"),
    "idpat:gdti": Scheme("253", 12, serial="*"),
    "id:sgcn": Scheme("255", 12, serial="+"),
    "idpat:sgcn": Scheme("255", 12, serial="*"),
    "id:gsrn": Scheme("8018", 17),
    "id:gsrnp": Scheme("8017", 17),
    "id:gsin": Scheme("402", 16),
    "id:giai": Scheme("8004", 0),
    "id:ginc": Scheme("401", 0),
    "id:cpi": Scheme("8010", 0, serial="8011"),
    "idpat:cpi": Scheme("8010", 0, serial="*"),
}
# The other way: AI of the key, and "" or "+" or the AI of its qualifier. Of two forms the usual one.
_BACK: dict[tuple[str, str], str] = {}
for _name, _scheme in SCHEMES.items():
    _BACK.setdefault((_scheme.ai, "" if _scheme.serial == "*" else _scheme.serial), _name)
_BACK[("414", "")] = "id:sgln"


def read_urn(text: str) -> Identity | None:
    """What an EPC URN identifies, None when the text is no URN of a GS1 key. Check digits are computed."""
    match = _URN(text)
    scheme = SCHEMES.get(match[1]) if match else None
    if match is None or scheme is None:
        return None
    count = 2 + scheme.pieces + bool(scheme.serial)
    parts = match[2].split(".", count - 1)
    if len(parts) != count or not _PREFIX(parts[0]):
        return None
    value = _value(scheme, parts)
    serial = _serial(scheme, parts[-1])
    if value is None or serial is None or (scheme.serial == "+" and not serial):
        return None
    return _identity(scheme, value, serial)


def _value(scheme: Scheme, parts: list[str]) -> str | None:
    prefix, reference = parts[0], parts[1]
    if scheme.digits == 0:
        decoded = _decode(reference)
        return prefix + decoded if decoded else None
    if len(prefix) + len(reference) != scheme.digits or not _DIGITS(reference):
        return None
    first, others = (reference[0], reference[1:]) if scheme.indicator else (scheme.filler, reference)
    digits = first + prefix + others
    pieces = parts[2 : 2 + scheme.pieces]
    return digits + check_digit(digits) + "".join(pieces) if all(len(p) == 2 for p in pieces) else None


def _serial(scheme: Scheme, part: str) -> str | None:
    if scheme.serial == "":
        return ""
    if scheme.serial == "*":
        return "" if part == "*" else None
    return _decode(part)


def _decode(part: str) -> str | None:
    return percent_decode(part) if _PLAIN(part) else None


def _identity(scheme: Scheme, value: str, serial: str) -> Identity | None:
    key = KEYS[scheme.ai]
    normal = key.normal(value + serial if scheme.serial == "+" else value)
    if normal is None:
        return None
    if scheme.serial in ("", "*", "+"):
        return Identity(key, normal, {})
    if not key.by_name[scheme.serial].accepts(serial):
        return None
    return Identity(key, normal, {scheme.serial: serial})


def write_urn(identity: Identity, prefix_length: int) -> str | None:
    """The EPC URN of an identity whose company prefix has this many digits (6 to 12).

    None when there is none: other lengths, forms without URN (ITIP with lot), a wrong check digit (a URN would silently
    put it right).
    """
    key, value = identity.key, identity.value
    if not 6 <= prefix_length <= 12 or not key.has_right_check_digit(value):
        return None
    finest = identity.finest
    appended = key.check is not None and len(value) > key.check + 1 and key.ai != "8006"
    name = _BACK.get((key.ai, finest[0] if finest else "+" if appended else ""))
    if name is None:
        return None
    scheme = SCHEMES[name]
    body = _digits(scheme, value, prefix_length) if scheme.digits else _characters(value, prefix_length)
    if body is None:
        return None
    if scheme.serial in ("", "*"):
        last = scheme.serial
    elif scheme.serial == "+":
        last = _encode(value[(key.check or 0) + 1 :])
    else:
        last = _encode(finest[1]) if finest else "0"
    return f"urn:epc:{name}:{body}.{last}" if last else f"urn:epc:{name}:{body}"


def _characters(value: str, prefix_length: int) -> str | None:
    prefix, reference = value[:prefix_length], value[prefix_length:]
    return f"{prefix}.{_encode(reference)}" if reference and _PREFIX(prefix) else None


def _digits(scheme: Scheme, value: str, prefix_length: int) -> str | None:
    if not value.startswith(scheme.filler):
        return None
    start = len(scheme.filler)
    digits = value[start : start + scheme.digits]
    if scheme.indicator:
        digits = digits[1 : 1 + prefix_length] + digits[0] + digits[1 + prefix_length :]
    body = f"{digits[:prefix_length]}.{digits[prefix_length:]}"
    if scheme.pieces:
        body += f".{value[-4:-2]}.{value[-2:]}"
    return body


def _encode(value: str) -> str:
    return _NOT_PLAIN.sub(lambda one: f"%{ord(one[0]):02X}", value)
