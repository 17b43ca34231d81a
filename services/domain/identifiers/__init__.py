"""Identifiers: every form of a GS1 identifier becomes one canonical id, `https://id.gs1.org/…`; others stay.

The canonical id is the uncompressed GS1 Digital Link with the domain id.gs1.org, without query string, with the finest
qualifier only (serial before third-party serial before lot), GTINs in 14 digits, values percent-encoded in one way.

Check digits: those of EPC URNs are computed. A wrong one in a Digital Link is kept: the event says what it says, the
CBV event hash keeps it too (the vectors hold GTINs with wrong check digits), and "correcting" it would merge two
things. Such an id has no EPC URN. Element strings are typed by people: there a wrong check digit is an error.

Reading a whole identifier costs microseconds; batches name few classes and many serials. So what stands before the
serial is remembered, in tables of bounded size, and most identifiers cost one look-up and one concatenation.
"""

import re
from enum import StrEnum
from typing import Any
from urllib.parse import unquote

from services.domain.epcis.formats import is_uri
from services.domain.errors import InvalidIdentifier
from services.domain.identifiers.digital_link import Identity, read_link
from services.domain.identifiers.element_string import NotAnElementString, read_element_string, write_element_string
from services.domain.identifiers.epc_urn import read_urn, write_urn
from services.domain.identifiers.gs1_keys import CANONICAL, check_digit, percent_encode

__all__ = [
    "CANONICAL",
    "Kind",
    "beside",
    "canonical",
    "gs1_canonical",
    "gtin_of",
    "kind",
    "lot_key",
    "lot_of",
    "parse_identifier",
    "to_element_string",
    "to_epc_urn",
]

EXPECTED = (
    "an identifier: an EPC URN (urn:epc:id:…), a GS1 Digital Link (https://…/01/…/21/…), GS1 element strings "
    "((01)…(21)…) or another absolute URI"
)

# Everything before a serial, as written → (the canonical id before the serial, the longest serial).
_stems: dict[str, tuple[str, int]] = {}
# Whole identifiers that come again and again: places, parties, classes, lots.
_whole: dict[str, str] = {}
_MOST = 1 << 14  # entries of each table; hostile input must not fill the memory
_LONGEST = 128  # characters of a remembered text
_is_bare = re.compile(r"[0-9A-Za-z\-._';=]+").fullmatch
# Serials of any bare characters: by qualifier, or by the key that they end; then the points before them in a URN.
_LONGEST_SERIAL = {"21": 20, "235": 28, "8003": 16, "253": 17, "8004": 30, "401": 30}
_POINTS = {"8003": 1, "253": 1, "8004": 0, "401": 0}
_SSCC_URN = "urn:epc:id:sscc:"
_SSCC_LINK = CANONICAL + "00/"
_last_slashes = re.compile(r"(?<=[^/])/+(?=[?#]|\Z)")
_end_of_path = re.compile(r"[?#]").search
# Most links: a key, or a GTIN with one serial or lot.
_says_no_more = re.compile(r"https?://[^/?#]+/(?:01/[0-9]+/(?:21|10)/[^/?#]+|00/[0-9]{18}|41[47]/[0-9]{13})").fullmatch
_SHOWN = 200  # characters of a wrong text in its error
_any_case_urn = re.compile(r"urn:epc:(?:id|class|idpat):[a-z]+:", re.IGNORECASE).match


class Kind(StrEnum):
    """What sort of thing a canonical id names. Instances and lots are things of a chain, a class is a product."""

    INSTANCE = "instance"
    LOT = "lot"
    CLASS = "class"
    LOCATION = "location"
    PARTY = "party"
    OTHER = "other"
    """Not a GS1 identifier."""


_FIXED_KINDS = {
    "00": Kind.INSTANCE,
    "401": Kind.INSTANCE,
    "402": Kind.INSTANCE,
    "414": Kind.LOCATION,
    "417": Kind.PARTY,
    "8004": Kind.INSTANCE,
    "8017": Kind.INSTANCE,
    "8018": Kind.INSTANCE,
}
# Digits of the keys that name a class when nothing follows (CPID: any length).
_CLASS_LENGTH = {"01": 14, "253": 13, "255": 13, "8003": 14, "8006": 18, "8010": 0}


def gs1_canonical(text: str) -> str | None:
    """The canonical id of an EPC URN or a Digital Link, None when the text is neither."""
    # A serial with a point in it gets no remembered stem: its text splits elsewhere, and is read as a whole.
    before, _, serial = text.rpartition("/" if text.startswith("http") else ".")
    stem = _stems.get(before)
    if (
        stem is not None
        and len(serial) <= stem[1]
        and ((serial.isalnum() and serial.isascii()) or _is_bare(serial) is not None)
    ):
        return stem[0] + serial
    found = _whole.get(text)
    return found if found is not None else _read_and_remember(text)


def canonical(text: str) -> str:
    """The canonical id of a GS1 identifier, also with slashes at its end or a URN's names in capitals.

    Any other text unchanged. What an event names and what a look-up asks for (`parse_identifier`) is the same by this;
    the event hash takes `gs1_canonical`, which leaves such texts alone.
    """
    found = gs1_canonical(text)
    if found is None and (tidy := _tidy(text)) != text:
        found = gs1_canonical(tidy)
    return found or text


def _tidy(text: str) -> str:
    """Without slashes at the end of the path; the fixed part of an EPC URN in small letters."""
    if (urn := _any_case_urn(text)) is not None:
        return urn[0].lower() + text[urn.end() :]
    return _last_slashes.sub("", text, count=1) if "/" in text else text


def beside(text: str) -> list[Any]:
    """What a Digital Link says that is not in its canonical id: other qualifiers (a lot beside a serial), the query.

    Empty for a link that says no more, and for any other text.
    """
    if text.startswith("urn:") or _says_no_more(text) is not None:
        return []
    identity = _read(_tidy(text))
    if identity is None:
        return []
    finest = identity.finest
    others = {ai: value for ai, value in identity.qualifiers.items() if finest is None or ai != finest[0]}
    end = _end_of_path(text)
    tail = text[end.start() :] if end else ""
    return [others, tail] if others or tail else []


def _read(text: str) -> Identity | None:
    return read_urn(text) if text.startswith("urn:epc:") else read_link(text)


def _read_sscc(text: str) -> str | None:
    """An SSCC in a URN or a canonical Digital Link. It has no stem: its last digit depends on all others."""
    if text.startswith(_SSCC_LINK):
        digits = text[len(_SSCC_LINK) :]
        return text if len(digits) == 18 and digits.isdigit() and digits.isascii() else None
    if not text.startswith(_SSCC_URN):
        return None
    prefix, _, reference = text[len(_SSCC_URN) :].partition(".")
    digits = reference[:1] + prefix + reference[1:]
    if 6 <= len(prefix) <= 12 and len(digits) == 17 and digits.isdigit() and digits.isascii():
        return _SSCC_LINK + digits + check_digit(digits)
    return None


def _read_and_remember(text: str) -> str | None:
    if (sscc := _read_sscc(text)) is not None:
        return sscc
    identity = _read(text)
    if identity is None:
        return None
    found = identity.canonical
    if len(text) <= _LONGEST:
        if kind(found) is not Kind.INSTANCE:
            _make_room(_whole)
            _whole[text] = found
        elif stem := _stem(text, identity, found):
            before, after, longest = stem
            _make_room(_stems)
            _stems[before] = after, longest
    return found


def _make_room(table: dict[str, Any]) -> None:
    if len(table) >= _MOST:
        table.clear()


def _stem(text: str, identity: Identity, found: str) -> tuple[str, str, int] | None:
    """(text before the serial, canonical id before the serial, longest serial), where any bare serial may follow."""
    is_link = text.startswith("http")
    before, _, serial = text.rpartition("/" if is_link else ".")
    if not _is_bare(serial) or not found.endswith(serial) or "?" in before or "#" in before:
        return None
    after = found[: -len(serial)]
    finest = identity.finest
    if finest is not None:
        ai, value = finest
        names = ("21", "ser") if ai == "21" else ("235", "tpx")
        in_place = value == serial and (not is_link or before.rpartition("/")[2] in names)
        return (before, after, _LONGEST_SERIAL[ai]) if in_place and ai in _LONGEST_SERIAL else None
    ai = identity.key.ai
    if is_link or ai not in _LONGEST_SERIAL or before.count(".") != _POINTS[ai]:
        return None
    # GIAI and GINC share 30 characters between company prefix and reference.
    longest = _LONGEST_SERIAL[ai] - (len(before.rpartition(":")[2]) if _POINTS[ai] == 0 else 0)
    return before, after, longest


def kind(canonical_id: str) -> Kind:
    """What sort of thing a canonical id names; OTHER for any other text."""
    if not canonical_id.startswith(CANONICAL):
        return Kind.OTHER
    ai, _, rest = canonical_id[len(CANONICAL) :].partition("/")
    fixed = _FIXED_KINDS.get(ai)
    if fixed is not None:
        return fixed
    length = _CLASS_LENGTH.get(ai)
    if length is None:
        return Kind.OTHER
    if ai == "8010":
        return Kind.INSTANCE if "/8011/" in rest else Kind.CLASS
    if len(rest) == length:
        return Kind.CLASS
    return Kind.LOT if rest.startswith("/10/", length) else Kind.INSTANCE


def gtin_of(canonical_id: str) -> str | None:
    """The GTIN (14 digits) in a canonical id: of an instance, a lot, a class or a piece of a set; else None."""
    if canonical_id.startswith(CANONICAL + "01/"):
        start = len(CANONICAL) + 3
    elif canonical_id.startswith(CANONICAL + "8006/"):
        start = len(CANONICAL) + 5
    else:
        return None
    gtin = canonical_id[start : start + 14]
    return gtin if len(gtin) == 14 and gtin.isascii() and gtin.isdigit() else None


def lot_key(gtin14: str, lot: str) -> str:
    """The canonical id of a lot.

    Args:
        gtin14: the GTIN, 14 digits.
        lot: the lot number as text, not percent-encoded; any characters.
    """
    return f"{CANONICAL}01/{gtin14}/10/{percent_encode(lot)}"


def lot_of(text: str) -> str:
    """The lot number that an identifier in any URI form carries, decoded, also beside a serial; "" when none."""
    identity = _read(_tidy(text))
    return identity.qualifiers.get("10", "") if identity else ""


def to_epc_urn(canonical_id: str, company_prefix_length: int) -> str | None:
    """The EPC URN of a canonical id.

    None when it has none: not GS1's, a company prefix of other than 6 to 12 digits, a wrong check digit, or a form
    without URN. A class becomes a pattern (urn:epc:idpat:…:*), a location without extension gets the extension 0.
    """
    identity = read_link(canonical_id)
    return write_urn(identity, company_prefix_length) if identity else None


def to_element_string(canonical_id: str) -> str | None:
    """GS1 element strings for people, e.g. (01)04012345111118(21)9876; None when the id is not GS1's."""
    identity = read_link(canonical_id)
    return write_element_string(identity) if identity else None


def parse_identifier(text: str) -> str:
    """The canonical id of what a person or a scanner gives.

    Takes all that `canonical` takes, also with blanks around it, a slash at the end, without https:// or with the whole
    of it percent-encoded; URNs in capitals; element strings printed or scanned (their check digits must be right); a
    bare GTIN or SSCC; else any absolute URI, unchanged.

    Raises:
        InvalidIdentifier: none of these; says what was expected.
    """
    given = text.strip()
    expected = EXPECTED
    # Only what is encoded as a whole is decoded: in a link or URN, a decoded %23 or %2F would cut the id short.
    whole = "/" not in given and not given[:4].lower().startswith("urn:")
    for form in dict.fromkeys((given, unquote(given) if whole else given)):
        try:
            found = _parse(form)
        except NotAnElementString as error:
            expected = str(error)
        else:
            if found is not None:
                return found
    raise InvalidIdentifier(text[:_SHOWN], expected)


def _parse(text: str) -> str | None:
    tidy = _tidy(text)
    if (found := gs1_canonical(tidy)) is not None:
        return found
    if (identity := read_element_string(text)) is not None:
        return identity.canonical
    if is_uri(text):
        return text
    return gs1_canonical("https://" + tidy) if "/" in tidy else None
