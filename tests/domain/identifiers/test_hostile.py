"""What identifiers must not do: differ by spelling, by what was asked before, by digits of other scripts, by length."""

import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.domain.errors import InvalidIdentifier
from services.domain.identifiers import (
    CANONICAL,
    Kind,
    canonical,
    gs1_canonical,
    gtin_of,
    kind,
    lot_of,
    parse_identifier,
    to_element_string,
)
from services.domain.identifiers.digital_link import read_link
from services.domain.identifiers.epc_urn import read_urn
from tests.domain.identifiers.urns import CASES, CHARACTERS, Case, texts

GTIN = f"{CANONICAL}01/04012345111118"
HEADS = [
    "urn:epc:id:sgtin:4012345.011111.",
    "urn:epc:class:lgtin:4012345.011111.",
    "urn:epc:id:upui:4012345.011111.",
    "urn:epc:id:itip:4012345.011111.01.02.",
    "urn:epc:id:grai:4012345.00022.",
    "urn:epc:id:gdti:4012345.00009.",
    "urn:epc:id:giai:4012345.",
    "urn:epc:id:ginc:4012345.",
    "urn:epc:id:cpi:4012345.AB.",
    "urn:epc:id:sgln:4012345.00005.",
    f"{GTIN}/21/",
    f"{GTIN}/10/",
    f"{GTIN}/10/L/21/",
    f"{GTIN}/235/",
    "http://example.org/shop/gtin/4012345111118/lot/0/ser/",
    "https://example.org/01/4012345111118/21/0?x=/21/",
    "https://example.org/01/4012345111118/21/0#/21/",
    "https://example.org/01/4012345111118/10/0?x=/ser/",
    f"{CANONICAL}8006/040123451234560102/21/",
    f"{CANONICAL}414/4012345000054/254/",
    f"{CANONICAL}8004/",
    f"{CANONICAL}00/",
]
TAILS = st.text(CHARACTERS + "~#$@[]^`{|}\\ é٣３\n\x00", max_size=31) | texts(31)


def read_afresh(text: str) -> str | None:
    identity = read_urn(text) if text.startswith("urn:epc:") else read_link(text)
    return identity.canonical if identity else None


@given(st.sampled_from(HEADS), st.sampled_from(["0", "9876", "340123450000000115"]), TAILS)
@example("https://example.org/01/4012345111118/21/0?x=/21/", "0", "abc")
@example("urn:epc:id:sgtin:4012345.011111.", "9", "9.9")
def test_what_is_remembered_gives_what_reading_afresh_gives(head: str, before: str, tail: str) -> None:
    canonical(head + before)
    assert gs1_canonical(head + tail) == read_afresh(head + tail)
    assert gs1_canonical(head + tail) == read_afresh(head + tail)  # and again


def spellings(value: str) -> st.SearchStrategy[str]:
    """Every legal way to write a value in a segment: each character escaped or, where it may stand plain, plain."""
    ways = [[f"%{ord(c):02X}", f"%{ord(c):02x}", *(c if c.isalnum() or c in "-._!'()*+,:;=" else "")] for c in value]
    return st.tuples(*map(st.sampled_from, ways)).map("".join)


@given(texts(20), st.data())
def test_every_legal_spelling_of_a_serial_gives_one_id(serial: str, data: st.DataObject) -> None:
    one, other = data.draw(spellings(serial)), data.draw(spellings(serial))
    found = canonical(f"{GTIN}/21/{one}")
    assert canonical(f"{GTIN}/21/{other}") == found
    assert canonical(f"http://example.org/gtin/4012345111118/ser/{other}?a=b#c") == found
    assert canonical(f"urn:epc:id:sgtin:4012345.011111.{other}") == found
    assert canonical(found) == found
    assert kind(found) is Kind.INSTANCE
    lot = canonical(f"{GTIN}/10/{one}")
    assert lot == canonical(f"urn:epc:class:lgtin:4012345.011111.{other}")
    assert lot_of(lot) == serial
    assert canonical(f"{GTIN}/10/{one}/21/{other}") == found  # a lot beside a serial is no part of the id
    assert lot_of(f"{GTIN}/10/{one}/21/{other}") == serial


@given(CASES, st.data())
def test_digits_of_other_scripts_are_no_digits(case: Case, data: st.DataObject) -> None:
    zero = data.draw(st.sampled_from("٠۰߀०０"))
    for text in (case.urn, case.canonical, to_element_string(case.canonical) or ""):
        head, colon, body = text.rpartition(":") if text.startswith("urn:") else ("", "", text)
        start = len(CANONICAL) if body.startswith(CANONICAL) else 0  # a link's host may have any name
        places = [place for place, c in enumerate(body) if c.isdecimal() and place >= start]
        if not places:
            continue
        place = data.draw(st.sampled_from(places))
        strange = head + colon + body[:place] + chr(ord(zero) + int(body[place])) + body[place + 1 :]
        assert gs1_canonical(strange) is None
        with pytest.raises(InvalidIdentifier):
            parse_identifier(strange)


@pytest.mark.parametrize("bare", ["４０１２３４５１１１１１８", "٣٤٠١٢٣٤٥١١١١١١١١١١", "²" * 13])
def test_bare_numbers_in_other_scripts_are_refused(bare: str) -> None:
    with pytest.raises(InvalidIdentifier):
        parse_identifier(bare)


LONG = [
    "1" * 100_000,
    "01" * 100_000,
    "(" * 100_000,
    "(10)a" * 20_000,
    "10a\x1d" * 20_000,
    "%28" * 50_000,
    "%" * 100_000,
    "a" * 100_000,
    "/" * 100_000,
    "urn:epc:id:sgtin:4012345.011111." + "9" * 100_000,
    "urn:epc:id:giai:" + "4012345." * 20_000,
    "https://example.org/" + "01/" * 50_000,
    "https://" + "/" * 100_000,
    " " * 100_000,
]


@pytest.mark.parametrize("text", LONG, ids=[f"{place}-{text[:24]!r}" for place, text in enumerate(LONG)])
def test_very_long_texts_are_taken_or_refused_all_the_same(text: str) -> None:
    assert gs1_canonical(text) is None
    assert canonical(text) is text
    with contextlib.suppress(InvalidIdentifier):
        assert parse_identifier(text) == text


@given(
    st.binary(max_size=60).map(lambda octets: octets.decode("latin-1"))
    | st.text(st.characters(categories=["Cc", "Cs", "Nd"]))
)
def test_octets_controls_and_surrogates_are_taken_or_refused(text: str) -> None:
    canonical(text)
    with contextlib.suppress(InvalidIdentifier):
        parse_identifier(text).encode()  # what is taken can be sent to a store


@given(CASES)
def test_kinds(case: Case) -> None:
    assert kind(case.canonical) is case.kind
    assert (gtin_of(case.canonical) is not None) == case.canonical.startswith((CANONICAL + "01/", CANONICAL + "8006/"))


@pytest.mark.parametrize("value", ["", "97803", "97803/21/1", "0401234511111", "0401234511111x/21/1", "٠٤٠١٢٣٤٥١١١١١٨"])
def test_what_is_no_gtin_has_none(value: str) -> None:
    assert gtin_of(f"{CANONICAL}01/{value}") is None
