"""The GS1 keys that EPCIS events name things with, as one table: identifiers, aliases, shapes, check digits.

Sources: GS1 General Specifications §3 (application identifiers) and §7.9 (check digits), GS1 Digital Link URI Syntax
(aliases, key qualifiers, canonical form), CBV 2.0 §8.9 (which keys and qualifiers stay in the canonical id).
"""

import re
from dataclasses import dataclass, field

CANONICAL = "https://id.gs1.org/"

_X = r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]"  # GS1 character set 82


@dataclass(frozen=True)
class Qualifier:
    """What may follow a key in a Digital Link.

    Attributes:
        ai: application identifier.
        alias: its name in older Digital Links, "" for none.
        pattern: the values it may have (decoded).
        rank: of the qualifiers present, the highest rank stays in the canonical id; 0 never does.
    """

    ai: str
    alias: str
    pattern: str
    rank: int = 1

    def accepts(self, value: str) -> bool:
        """Whether a decoded value has the right characters and length."""
        return re.fullmatch(self.pattern, value) is not None


@dataclass(frozen=True)
class Key:
    """A GS1 identification key.

    Attributes:
        ai: application identifier.
        alias: its name in older Digital Links.
        name: what people call it.
        pattern: the values it may have (decoded).
        check: position of the check digit in the (padded) value, None when it has none.
        length: value is padded with zeros on the left to this length (GTIN), 0 for no padding.
        qualifiers: what may follow it, in the order of the path.
    """

    ai: str
    alias: str
    name: str
    pattern: str
    check: int | None = None
    length: int = 0
    qualifiers: tuple[Qualifier, ...] = ()
    by_name: dict[str, Qualifier] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names = {name: one for one in self.qualifiers for name in (one.ai, one.alias) if name}
        object.__setattr__(self, "by_name", names)

    def normal(self, value: str) -> str | None:
        """The value, padded; None when it has the wrong characters or length. The check digit is not looked at."""
        return value.zfill(self.length) if re.fullmatch(self.pattern, value) else None

    def has_right_check_digit(self, value: str) -> bool:
        """Whether the check digit of a normal value is right; true for keys without one."""
        return self.check is None or value[self.check] == check_digit(value[: self.check])


_CPV = Qualifier("22", "cpv", _X + "{1,20}", rank=0)
_LOT = Qualifier("10", "lot", _X + "{1,20}", rank=1)
_SERIAL = Qualifier("21", "ser", _X + "{1,20}", rank=3)
_TPX = Qualifier("235", "tpx", _X + "{1,28}", rank=2)
_EXTENSION = Qualifier("254", "glnx", _X + "{1,20}")
_CPID_SERIAL = Qualifier("8011", "cpsn", r"[0-9]{1,12}")
_SERVICE = Qualifier("8019", "srin", r"[0-9]{1,10}", rank=0)

# In the order in which a Digital Link path is searched for them.
KEYS: dict[str, Key] = {
    key.ai: key
    for key in (
        Key("00", "sscc", "SSCC", r"[0-9]{18}", check=17),
        Key(
            "01",
            "gtin",
            "GTIN",
            r"[0-9]{8}|[0-9]{12,14}",
            check=13,
            length=14,
            qualifiers=(_CPV, _LOT, _SERIAL, _TPX),
        ),
        Key("253", "gdti", "GDTI", r"[0-9]{13}" + _X + "{0,17}", check=12),
        Key("255", "gcn", "GCN", r"[0-9]{13,25}", check=12),
        Key("401", "ginc", "GINC", r"[0-9]{4}" + _X + "{0,26}"),
        Key("402", "gsin", "GSIN", r"[0-9]{17}", check=16),
        Key("414", "gln", "GLN of a location", r"[0-9]{13}", check=12, qualifiers=(_EXTENSION,)),
        Key("417", "party", "GLN of a party", r"[0-9]{13}", check=12),
        Key("8003", "grai", "GRAI", r"[0-9]{14}" + _X + "{0,16}", check=13),
        Key("8004", "giai", "GIAI", r"[0-9]{4}" + _X + "{0,26}"),
        Key("8006", "itip", "ITIP", r"[0-9]{18}", check=13, qualifiers=(_CPV, _LOT, _SERIAL)),
        Key("8010", "cpid", "CPID", r"[0-9]{4}[#\-/0-9A-Z]{0,26}", qualifiers=(_CPID_SERIAL,)),
        Key("8017", "gsrnp", "GSRN of a provider", r"[0-9]{18}", check=17, qualifiers=(_SERVICE,)),
        Key("8018", "gsrn", "GSRN of a recipient", r"[0-9]{18}", check=17, qualifiers=(_SERVICE,)),
    )
}
KEYS_BY_NAME: dict[str, Key] = {name: key for key in KEYS.values() for name in (key.ai, key.alias)}


def check_digit(digits: str) -> str:
    """The standard check digit (GS1 General Specifications §7.9.1) for ASCII digits, themselves without it."""
    octets = digits.encode()
    # The rightmost digit weighs 3; b"0" is 48.
    weighted = 3 * sum(octets[-1::-2]) + sum(octets[-2::-2])
    zeros = 48 * (3 * ((len(octets) + 1) // 2) + len(octets) // 2)
    return str((zeros - weighted) % 10)


# RFC 3986 lets these stand in a path; GS1 Digital Link (canonical form) has every other character percent-encoded.
_BARE = re.compile(r"[0-9A-Za-z\-._';=]*").fullmatch
_NOT_BARE = re.compile(r"[^0-9A-Za-z\-._';=]")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def percent_encode(value: str) -> str:
    """A value as a segment of a canonical Digital Link (any text; UTF-8, upper-case hexadecimal)."""
    if _BARE(value):
        return value
    return _NOT_BARE.sub(lambda one: "".join(f"%{o:02X}" for o in one[0].encode("utf-8", "surrogatepass")), value)


def percent_decode(segment: str) -> str | None:
    """The value of a percent-encoded segment, None when an escape is malformed. Octets are Latin-1: GS1 has no more."""
    if "%" not in segment:
        return segment
    if _BAD_ESCAPE.search(segment):
        return None
    return _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), segment)
