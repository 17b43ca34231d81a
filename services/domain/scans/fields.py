"""Reads the fields of a simple scan: codes, places, amounts, times; every complaint names the scan's own field."""

import re
from dataclasses import dataclass, field
from typing import Any

import msgspec

from services.domain.epcis.formats import LONGEST_URI, TIME_WORDS, Time, Uom, ZoneOffset, is_strict_time, is_uri
from services.domain.epcis.structure import ABSENT, short_json, step
from services.domain.errors import InvalidIdentifier, Violation
from services.domain.identifiers import CANONICAL, EXPECTED, Kind, gtin_of, kind, lot_key, lot_of, parse_identifier
from services.domain.identifiers.element_string import NotAnElementString, read_element_string
from services.domain.identifiers.gs1_keys import check_digit

_GLN = re.compile(r"[0-9]{13}\Z")
_CHECKED = re.compile(re.escape(CANONICAL) + r"(?:00|01|414|417)/([0-9]+)([0-9])(?:/|\Z)")
_LOCATION_OR_PARTY = re.compile(re.escape(CANONICAL) + r"(?:414|417)/([0-9]{13})\Z")
_LOT = re.compile(r'[!"%-?A-Z_a-z]{1,20}\Z')  # GS1 character set 82
_MOST = 1e12
_COLDEST, _HOTTEST = -273.15, 1000.0  # °C
_BESIDE = ("lot", "quantity", "unit")
_MEMBERS = frozenset({"code", *_BESIDE})

# Name: unit code of UN/ECE Recommendation 20 ("" for pieces), and how many of it one is.
UNITS: dict[str, tuple[str, float]] = {
    **dict.fromkeys(("kg", "公斤", "千克"), ("KGM", 1)),
    **dict.fromkeys(("斤", "jin"), ("KGM", 0.5)),
    **dict.fromkeys(("g", "克"), ("GRM", 1)),
    **dict.fromkeys(("t", "吨"), ("TNE", 1)),
    **dict.fromkeys(("l", "升"), ("LTR", 1)),
    **dict.fromkeys(("pieces", "件", "个"), ("", 1)),
}


class _Missing:
    """Stands for a value that is not there."""


_MISSING = _Missing()
_PLACE = "a GLN of 13 digits, another code of a place or party (Digital Link, EPC URN, (414)…) or another absolute URI"
_NO_THING = "a code with lot or serial number: neither a product code alone nor the GLN of a place names a thing"


@dataclass(slots=True)
class Things:
    """Codes by how EPCIS lists them: instances (and the lot that they belong to), and lots with their amounts."""

    epcs: list[str] = field(default_factory=list)
    quantities: list[dict[str, Any]] = field(default_factory=list)
    lot: str = ""
    seen: set[str] = field(default_factory=set)


class Reader:
    """Reads the fields of one scan and gathers what is wrong with them in `found`.

    Fields are named by their path in the scan (a JSON pointer without its first slash): `where`, `what/0/lot`.
    What is wrong reads as "" or nothing.
    """

    def __init__(self, scan: dict[str, Any], pointer: str) -> None:
        self.scan = scan
        self.pointer = pointer
        self.found: list[Violation] = []

    def complain(self, path: str, expected: str, value: object) -> None:
        """Adds that a field has the value but should be `expected`."""
        written = ABSENT if isinstance(value, _Missing) else short_json(value)
        self.found.append(Violation(f"{self.pointer}/{path}", written, expected))

    def given(self, name: str) -> Any:
        """The value of a field at the top, as complaints show it."""
        return self.scan.get(name, _MISSING)

    def text(self, name: str, most: int) -> str:
        """A text of at most `most` characters."""
        value = self.given(name)
        if isinstance(value, str) and 0 < len(value) <= most and value.isprintable():
            return value
        self.complain(name, f"a text of 1 to {most} printable characters", value)
        return ""

    def time(self, name: str) -> tuple[str, str]:
        """A time as written, and its zone offset as `+08:00`."""
        value = self.given(name)
        try:
            if is_strict_time(value, msgspec.convert(value, Time)):
                return value, msgspec.convert("+00:00" if value[-1] in "Zz" else value[-6:], ZoneOffset)
        except (msgspec.ValidationError, UnicodeEncodeError):
            pass
        self.complain(name, TIME_WORDS, value)
        return "", ""

    def celsius(self, name: str) -> float:
        """A temperature in °C."""
        value = self.given(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and _COLDEST <= value <= _HOTTEST:
            return value
        self.complain(name, f"a number of °C from {_COLDEST} to {_HOTTEST}", value)
        return 0.0

    def code(self, path: str, value: object, written: object = _MISSING, words: str = "a code as a text") -> str:
        """The canonical id of a code in any form.

        A complaint shows `written` instead of it, and `words` where neither code nor URI can be seen in it.
        """
        found = ""
        try:
            found = parse_identifier(value) if isinstance(value, str) else ""
            expected = words
        except InvalidIdentifier as invalid:
            expected = words if words == _PLACE and invalid.expected == EXPECTED else invalid.expected
        if (digits := _CHECKED.match(found)) and (right := check_digit(digits[1])) != digits[2]:
            found, expected = "", f"a code whose last digit fits the others: {digits[1]} takes {right}"
        elif found and not is_uri(found):
            found, expected = "", "a code or URI without blanks, characters beyond ASCII percent-encoded"
        elif len(found) > LONGEST_URI:
            found, expected = "", f"a code or URI of at most {LONGEST_URI} characters"
        if not found:
            self.complain(path, expected, value if isinstance(written, _Missing) else written)
        return found

    def site(self, name: str, ai: str) -> str:
        """The canonical id of a place (ai 414) or party (ai 417); a GLN, alone or in a code, names both."""
        value = self.given(name)
        plain = isinstance(value, str) and _GLN.match(value.strip())
        found = self.code(name, f"{CANONICAL}{ai}/{value.strip()}" if plain else value, value, _PLACE)
        if found and kind(found) not in (Kind.LOCATION, Kind.PARTY, Kind.OTHER):
            self.complain(name, "the code of a place or party, such as a GLN of 13 digits", value)
        bare = _LOCATION_OR_PARTY.match(found)
        return f"{CANONICAL}{ai}/{bare[1]}" if bare else found

    def end(self, name: str, member: str) -> dict[str, str]:
        """An entry of a sourceList or destinationList: a party when the code says so, else a place."""
        value = self.given(name)
        try:
            party = isinstance(value, str) and kind(parse_identifier(value)) is Kind.PARTY
        except InvalidIdentifier:
            party = False
        if party:
            return {"type": "possessing_party", member: self.site(name, "417")}
        return {"type": "location", member: self.site(name, "414")}

    def container(self, name: str) -> str:
        """The canonical id of a container: one instance, such as an SSCC or a GRAI with serial."""
        found = self.code(name, self.given(name))
        if found and kind(found) not in (Kind.INSTANCE, Kind.OTHER):
            self.complain(name, "the code of one container, such as an SSCC of 18 digits", self.given(name))
        return found

    def lot(self, path: str, value: object) -> str:
        """A lot number."""
        if isinstance(value, str) and _LOT.match(value):
            return value
        self.complain(path, "a lot number: 1 to 20 letters (without accents), digits or signs, no blanks", value)
        return ""

    def things(self, name: str, *, new: bool = False) -> Things:
        """The codes of a field: a code, or a list of codes and objects with code, lot, quantity and unit.

        With a single code in `what` these members may stand in the scan itself; with `new` things also a lot that
        holds for all codes of a list.
        """
        value = self.given(name)
        beside = {member: self.scan[member] for member in _BESIDE if name == "what" and member in self.scan}
        if isinstance(value, list | dict):
            for member in beside.keys() - ({"lot"} if new else {}):
                words = "it only beside a single code; in a list every item has its own: code, lot, quantity, unit"
                self.complain(member, words, beside.pop(member))
        things = Things()
        if value == []:
            self.complain(name, "at least one code", value)
        for index, item in enumerate(value if isinstance(value, list) else [value]):
            path = f"{name}/{index}" if isinstance(value, list) else name
            if isinstance(item, dict):
                self._item(item, {member: f"{path}/{member}" for member in _MEMBERS}, things)
                for member in sorted(item.keys() - _MEMBERS):
                    self.complain(step(path, member), "only code, lot, quantity and unit in an item", item[member])
            else:
                self._item(
                    {"code": item} | beside, {member: member for member in _BESIDE} | {"code": path}, things, new=new
                )
        return things

    def _item(self, item: dict[str, Any], at: dict[str, str], things: Things, *, new: bool = False) -> None:
        """Adds one thing; `at` has the paths of its members.

        A new instance whose code carries its lot keeps it: a Digital Link with lot and serial says where it belongs.
        """
        written = item.get("code", _MISSING)
        code = self.code(at["code"], written)
        if not code:
            return
        sort = kind(code)
        if "lot" in item and sort is Kind.CLASS and (gtin := gtin_of(code)):
            code, sort = lot_key(gtin, self.lot(at["lot"], item["lot"])), Kind.LOT
        elif "lot" in item and sort is Kind.INSTANCE and new:
            things.lot = self.lot(at["lot"], item["lot"])
            if (carried := _carried_lot(written)) and carried != things.lot:
                self.complain(at["lot"], f"the lot that the code itself carries: {carried}", item["lot"])
        elif "lot" in item:
            self.complain(
                at["lot"], "a lot only beside a product code (GTIN) without lot or serial number", item["lot"]
            )
        if sort is Kind.LOT or (sort is Kind.OTHER and "quantity" in item):
            things.quantities.append({"epcClass": code} | self._amount(item, at))
            return
        for member in sorted(item.keys() & {"quantity", "unit"}):
            self.complain(at[member], "an amount only beside a lot", item[member])
        if sort is Kind.CLASS:
            self.complain(at["code"], _NO_THING, written)
        elif sort in (Kind.LOCATION, Kind.PARTY):
            named = "a place" if sort is Kind.LOCATION else "a party"
            self.complain(at["code"], f"the code of a thing; this is the number of {named} (GLN)", written)
        elif code in things.seen:
            self.complain(at["code"], "each thing only once", written)
        things.seen.add(code)
        carried = _carried_lot(written) if new and "/21/" in code else ""
        things.epcs.append(lot_key(gtin_of(code) or "", carried) + code[code.index("/21/") :] if carried else code)

    def _amount(self, item: dict[str, Any], at: dict[str, str]) -> dict[str, Any]:
        if "quantity" not in item:
            if "unit" in item:
                self.complain(at["unit"], "a unit only beside a quantity", item["unit"])
            return {}
        amount, unit = item["quantity"], item.get("unit", "pieces")
        if isinstance(amount, bool) or not isinstance(amount, int | float) or not 0 < amount <= _MOST:
            self.complain(at["quantity"], "a number above 0, at most 1e12", amount)
            return {}
        uom, each = UNITS.get(unit, ("", 0.0)) if isinstance(unit, str) else ("", 0.0)
        if not each:
            try:
                uom, each = msgspec.convert(unit, Uom), 1
            except (msgspec.ValidationError, UnicodeEncodeError):
                self.complain(at["unit"], f"one of {', '.join(UNITS)}, or a UN/ECE unit code such as KGM", unit)
        return {"quantity": amount if each == 1 else amount * each} | ({"uom": uom} if uom else {})


def _carried_lot(written: str) -> str:
    """The lot in a code that names one pack of it, by GTIN and serial; "" when there is none."""
    text = written.strip()
    try:
        identity = read_element_string(text)
    except NotAnElementString:
        return ""
    if identity is None:
        return lot_of(text)
    if identity.key.ai != "01":
        return ""
    return identity.qualifiers.get("10", "")
