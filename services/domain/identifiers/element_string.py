"""GS1 element strings: as people print them, `(01)…(21)…`, and as scanners send them, with or without FNC1.

Source: GS1 General Specifications §4.14 (human readable interpretation), §7.8 (processing of data from a symbol).
biip knows every application identifier and splits; which of them make an identity is decided here.
"""

import re
from collections.abc import Iterable

from biip import ParseError
from biip.gs1_messages import GS1Message

from services.domain.identifiers.digital_link import Identity
from services.domain.identifiers.gs1_keys import KEYS

_BLANKS = re.compile(r"\s+")
_SYMBOLOGY = re.compile(r"\][A-Za-z][0-9]")
_FNC1 = "\x1d"
_LONGEST = 3116  # what the largest symbol holds (Data Matrix, digits); biip's time grows with the square
_BARE_KEYS = {8: "01", 12: "01", 13: "01", 14: "01", 18: "00"}


class NotAnElementString(ValueError):
    """Why a text that looks like element strings names nothing; the message says what was expected."""


def write_element_string(identity: Identity) -> str:
    """`(01)04012345111118(21)9876`: the key and its finest qualifier, decoded."""
    finest = identity.finest
    text = f"({identity.key.ai}){identity.value}"
    return f"{text}({finest[0]}){finest[1]}" if finest else text


def read_element_string(text: str) -> Identity | None:
    """What element strings identify, None when the text does not look like any.

    Takes `(01)…(21)…` (blanks are ignored), what a scanner sends (a symbology identifier such as `]d2` and FNC1 as
    GS, 0x1D), and a bare GTIN of 8, 12, 13 or 14 digits or SSCC of 18. Unlike in a Digital Link, the check digit must
    be right: these forms are typed by people.

    Raises:
        NotAnElementString: it looks like some, but is wrong.
    """
    if len(text) > _LONGEST:
        return None
    scanned = _SYMBOLOGY.match(text)
    text = (text[scanned.end() :] if scanned else text).lstrip(_FNC1)
    if text.startswith("("):
        return _identity(_split_printed(_BLANKS.sub("", text)))
    if not text.isascii() or not text[:2].isdigit():
        return None
    ai = _BARE_KEYS.get(len(text)) if text.isdigit() else None
    if ai is None:
        return _identity(_split_scanned(text))
    bare = KEYS[ai].normal(text)
    if bare is not None and KEYS[ai].has_right_check_digit(bare):
        return Identity(KEYS[ai], bare, {})
    if scanned is None:  # a GTIN with a typing error could be read as GINC: 401…
        raise NotAnElementString(f"a bare {KEYS[ai].name} with a right check digit (one of its digits is wrong)")
    return _identity(_split_scanned(text))


def _split_printed(text: str) -> list[tuple[str, str]]:
    try:
        message = GS1Message.parse_hri(text)
    except (ParseError, ValueError) as error:
        raise NotAnElementString(f"GS1 element strings such as (01)…(21)… ({_first_line(error)})") from error
    found = [(one.ai.ai, one.value) for one in message.element_strings]
    # biip stops at a bracket that opens no application identifier; half an identifier would name another thing.
    if "".join(f"({ai}){value}" for ai, value in found) != text:
        raise NotAnElementString("GS1 element strings (a value with a bracket in it: write it as Digital Link)")
    return found


def _split_scanned(text: str) -> list[tuple[str, str]]:
    try:
        message = GS1Message.parse(text)
    except (ParseError, ValueError) as error:
        raise NotAnElementString(f"GS1 element strings as a scanner sends them ({_first_line(error)})") from error
    return [(one.ai.ai, one.value) for one in message.element_strings]


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]


def _identity(found: Iterable[tuple[str, str]]) -> Identity:
    values: dict[str, str] = {}
    for ai, value in found:
        if values.setdefault(ai, value) != value:
            raise NotAnElementString(f"GS1 element strings with one ({ai}) only")
    key = next((KEYS[ai] for ai in values if ai in KEYS), None)
    if key is None:
        names = ", ".join(f"({key.ai}) {key.name}" for key in KEYS.values())
        raise NotAnElementString(f"GS1 element strings with a key: {names}")
    normal = key.normal(values[key.ai])
    if normal is None:
        raise NotAnElementString(f"a {key.name} in ({key.ai})")
    if not key.has_right_check_digit(normal):
        raise NotAnElementString(f"a {key.name} in ({key.ai}) with a right check digit (one of its digits is wrong)")
    qualifiers = {one.ai: values[one.ai] for one in key.qualifiers if one.ai in values}
    for name, text in qualifiers.items():
        if not key.by_name[name].accepts(text):
            raise NotAnElementString(f"a value of ({name}) in GS1's characters and length")
    return Identity(key, normal, qualifiers)
