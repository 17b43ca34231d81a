"""EPC URNs of every scheme in their normal form, with what they must become, made without the product's code."""

from dataclasses import dataclass
from urllib.parse import quote

from hypothesis import strategies as st

from services.domain.identifiers import Kind

CHARACTERS = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
CPID_CHARACTERS = "#-/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DIGITS = "0123456789"


@dataclass(frozen=True)
class Case:
    """A URN, the length of its company prefix, the canonical id, its kind, and the same as path with aliases."""

    urn: str
    prefix_length: int
    canonical: str
    kind: Kind
    alias_path: str


def with_check_digit(digits: str) -> str:
    total = sum(int(digit) * (1 + 2 * (place % 2 == 0)) for place, digit in enumerate(reversed(digits)))
    return digits + str(-total % 10)


def in_urn(value: str) -> str:
    return "".join(f"%{ord(c):02X}" if c in '"%&/<>?#' else c for c in value)


def in_link(value: str) -> str:
    return quote(value, safe="-._';=").replace("~", "%7E")


def texts(most: int, characters: str = CHARACTERS, least: int = 1) -> st.SearchStrategy[str]:
    return st.text(characters, min_size=least, max_size=most)


@st.composite
def _gtin(draw: st.DrawFn) -> tuple[str, str, int]:
    prefix = draw(st.text(DIGITS, min_size=6, max_size=12))
    reference = draw(st.text(DIGITS, min_size=13 - len(prefix), max_size=13 - len(prefix)))
    return f"{prefix}.{reference}", with_check_digit(reference[0] + prefix + reference[1:]), len(prefix)


@st.composite
def _numeric(draw: st.DrawFn, digits: int) -> tuple[str, str, int]:
    prefix = draw(st.text(DIGITS, min_size=6, max_size=12))
    reference = draw(st.text(DIGITS, min_size=digits - len(prefix), max_size=digits - len(prefix)))
    return f"{prefix}.{reference}", with_check_digit(prefix + reference), len(prefix)


@st.composite
def _characters(draw: st.DrawFn, characters: str) -> tuple[str, str, int]:
    prefix = draw(st.text(DIGITS, min_size=6, max_size=12))
    reference = draw(texts(30 - len(prefix), characters))
    return f"{prefix}.{in_urn(reference)}", prefix + reference, len(prefix)


def _case(name: str, body: str, length: int, path: str, kind: Kind, alias: str) -> Case:
    return Case(f"urn:epc:{name}:{body}", length, "https://id.gs1.org/" + path, kind, alias)


@st.composite
def sgtin_like(draw: st.DrawFn) -> Case:
    body, gtin, length = draw(_gtin())
    name, ai, most, kind = draw(
        st.sampled_from(
            [
                ("id:sgtin", "21", 20, Kind.INSTANCE),
                ("id:upui", "235", 28, Kind.INSTANCE),
                ("class:lgtin", "10", 20, Kind.LOT),
            ]
        )
    )
    serial = draw(texts(most))
    alias = {"21": "ser", "235": "tpx", "10": "lot"}[ai]
    link = in_link(serial)
    return _case(
        name, f"{body}.{in_urn(serial)}", length, f"01/{gtin}/{ai}/{link}", kind, f"gtin/{gtin}/{alias}/{link}"
    )


@st.composite
def gtin_class(draw: st.DrawFn) -> Case:
    body, gtin, length = draw(_gtin())
    return _case("idpat:sgtin", f"{body}.*", length, f"01/{gtin}", Kind.CLASS, f"gtin/{gtin}")


@st.composite
def itip(draw: st.DrawFn) -> Case:
    body, gtin, length = draw(_gtin())
    pieces = draw(st.tuples(*[st.text(DIGITS, min_size=2, max_size=2)] * 2))
    value, body = gtin + "".join(pieces), f"{body}.{pieces[0]}.{pieces[1]}"
    if draw(st.booleans()):
        return _case("idpat:itip", f"{body}.*", length, f"8006/{value}", Kind.CLASS, f"itip/{value}")
    serial = draw(texts(20))
    path = f"{value}/21/{in_link(serial)}"
    return _case("id:itip", f"{body}.{in_urn(serial)}", length, f"8006/{path}", Kind.INSTANCE, f"itip/{path}")


@st.composite
def sscc(draw: st.DrawFn) -> Case:
    prefix = draw(st.text(DIGITS, min_size=6, max_size=12))
    reference = draw(st.text(DIGITS, min_size=17 - len(prefix), max_size=17 - len(prefix)))
    value = with_check_digit(reference[0] + prefix + reference[1:])
    return _case("id:sscc", f"{prefix}.{reference}", len(prefix), f"00/{value}", Kind.INSTANCE, f"sscc/{value}")


@st.composite
def location(draw: st.DrawFn) -> Case:
    body, gln, length = draw(_numeric(12))
    extension = draw(st.just("0") | texts(20))
    path = gln if extension == "0" else f"{gln}/254/{in_link(extension)}"
    return _case("id:sgln", f"{body}.{in_urn(extension)}", length, f"414/{path}", Kind.LOCATION, f"gln/{path}")


@st.composite
def numeric(draw: st.DrawFn) -> Case:
    name, digits, ai, kind, alias = draw(
        st.sampled_from(
            [
                ("id:pgln", 12, "417", Kind.PARTY, "party"),
                ("id:gsrn", 17, "8018", Kind.INSTANCE, "gsrn"),
                ("id:gsrnp", 17, "8017", Kind.INSTANCE, "gsrnp"),
                ("id:gsin", 16, "402", Kind.INSTANCE, "gsin"),
            ]
        )
    )
    body, value, length = draw(_numeric(digits))
    return _case(name, body, length, f"{ai}/{value}", kind, f"{alias}/{value}")


@st.composite
def appended(draw: st.DrawFn) -> Case:
    name, filler, ai, most, characters, alias = draw(
        st.sampled_from(
            [
                ("grai", "0", "8003", 16, CHARACTERS, "grai"),
                ("gdti", "", "253", 17, CHARACTERS, "gdti"),
                ("sgcn", "", "255", 12, DIGITS, "gcn"),
            ]
        )
    )
    body, value, length = draw(_numeric(12))
    if draw(st.booleans()):
        path = filler + value
        return _case(f"idpat:{name}", f"{body}.*", length, f"{ai}/{path}", Kind.CLASS, f"{alias}/{path}")
    serial = draw(texts(most, characters))
    path = filler + value + in_link(serial)
    return _case(f"id:{name}", f"{body}.{in_urn(serial)}", length, f"{ai}/{path}", Kind.INSTANCE, f"{alias}/{path}")


@st.composite
def free(draw: st.DrawFn) -> Case:
    name, ai = draw(st.sampled_from([("giai", "8004"), ("ginc", "401")]))
    body, value, length = draw(_characters(CHARACTERS))
    path = in_link(value)
    return _case(f"id:{name}", body, length, f"{ai}/{path}", Kind.INSTANCE, f"{name}/{path}")


@st.composite
def component(draw: st.DrawFn) -> Case:
    body, value, length = draw(_characters(CPID_CHARACTERS))
    path = in_link(value)
    if draw(st.booleans()):
        return _case("idpat:cpi", f"{body}.*", length, f"8010/{path}", Kind.CLASS, f"cpid/{path}")
    path += "/8011/" + (serial := draw(texts(12, DIGITS)))
    return _case("id:cpi", f"{body}.{serial}", length, f"8010/{path}", Kind.INSTANCE, f"cpid/{path}")


CASES = st.one_of(sgtin_like(), gtin_class(), itip(), sscc(), location(), numeric(), appended(), free(), component())
