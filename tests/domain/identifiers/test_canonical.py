"""Every form of a GS1 identifier becomes one canonical id, and back."""

import csv
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.domain import identifiers
from services.domain.identifiers import (
    Kind,
    canonical,
    gs1_canonical,
    gtin_of,
    kind,
    lot_key,
    lot_of,
    to_element_string,
    to_epc_urn,
)
from services.domain.identifiers.digital_link import read_link
from services.domain.identifiers.epc_urn import SCHEMES, read_urn
from tests.domain.identifiers.urns import CASES, Case, in_link, sgtin_like, texts, with_check_digit

LINK = "https://id.gs1.org/"


def vectors(shared_epcis: Path) -> list[tuple[str, str | None]]:
    text = (shared_epcis / "event-hash" / "identifier_to_digital_link.tsv").read_text()
    rows = csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    return [(row["input"], None if row["expected"] == "None" else row["expected"]) for row in rows]


def test_vectors(shared_epcis: Path) -> None:
    found = vectors(shared_epcis)
    assert len(found) == 71
    assert sum(expected is None for _, expected in found) == 9
    for _ in range(2):  # the second time with everything remembered
        for given_text, expected in found:
            assert gs1_canonical(given_text) == expected, given_text
            assert canonical(given_text) == (expected or given_text)
            if expected is not None:
                assert canonical(expected) == expected


@given(CASES)
def test_urn_and_back(case: Case) -> None:
    assert canonical(case.urn) == case.canonical
    assert canonical(case.canonical) == case.canonical
    assert to_epc_urn(case.canonical, case.prefix_length) == case.urn
    assert kind(case.canonical) is case.kind


def test_cases_cover_every_scheme() -> None:
    seen: set[str] = set()

    @given(st.lists(CASES, min_size=20, max_size=20))
    def collect(cases: list[Case]) -> None:
        seen.update(case.urn.removeprefix("urn:epc:").rpartition(":")[0] for case in cases if case.urn.count(":") == 4)

    collect()
    assert seen == SCHEMES.keys() - {"idpat:upui"}  # which says the same as idpat:sgtin


@given(
    CASES,
    st.sampled_from(["http://example.com/", "https://Example.COM:8443/shop/01/", "HTTPS://ID.GS1.ORG/", LINK]),
    st.sampled_from(["", "?17=301231&linkType=gs1:pip", "?a=/01/2/21/3", "#top"]),
)
def test_digital_link_of_any_domain_with_aliases_and_query(case: Case, domain: str, query: str) -> None:
    assert canonical(domain + case.alias_path + query) == case.canonical
    assert canonical(case.canonical + query) == case.canonical


@given(sgtin_like(), texts(20), texts(20))
def test_finest_qualifier_stays(case: Case, variant: str, lot: str) -> None:
    gtin, _, rest = case.canonical.removeprefix(LINK + "01/").partition("/")
    assume(case.kind is Kind.INSTANCE)
    fuller = f"https://example.com/gtin/{gtin}/cpv/{in_link(variant)}/10/{in_link(lot)}/{rest}"
    assert canonical(fuller) == case.canonical
    assert lot_of(fuller) == lot
    assert lot_of(case.canonical) == ""


@given(st.sampled_from(["8", "12", "13", "14"]), st.integers(1, 10**7 - 1))
def test_short_gtins_are_padded(length: str, number: int) -> None:
    gtin = with_check_digit(f"{number:0{int(length) - 1}d}")
    assert canonical(f"https://example.com/01/{gtin}") == f"{LINK}01/{gtin:0>14}"


@given(texts(20))
def test_percent_encoding_has_one_form(serial: str) -> None:
    wanted = f"{LINK}01/04012345111118/21/{in_link(serial)}"
    every = "".join(f"%{ord(c):02x}" for c in serial)
    assert canonical(f"{LINK}01/04012345111118/21/{every}") == wanted
    assert canonical(f"urn:epc:id:sgtin:4012345.011111.{every}") == wanted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "urn:epc:id:sgtin:4012345.011111",
        "urn:epc:id:sgtin:4012345.011111.",
        "urn:epc:id:sgtin:4012345.11111.1",
        "urn:epc:id:sgtin:40123.0111111.1",
        "urn:epc:id:sgtin:4012345012345..1",
        "urn:epc:id:sgtin:4012345.011111.a b",
        "urn:epc:id:sgtin:4012345.011111.a/b",
        "urn:epc:id:sgtin:4012345.011111.a%2",
        "urn:epc:id:sgtin:4012345.011111.é",
        "urn:epc:id:sgtin:4012345.011111.123456789012345678901",
        "urn:epc:id:sgtin:4012345.01111\u0661.1",
        "urn:epc:id:sscc:4012345.000000001",
        "urn:epc:id:sscc:4012345.000000001x",
        "urn:epc:id:sscc:401234500000.00001.1",
        "urn:epc:id:pgln:4012345.00000.0",
        "urn:epc:id:grai:4012345.00022.12345678901234567",
        "urn:epc:id:giai:4012345.",
        "urn:epc:id:giai:4012345.123456789012345678901234",
        "urn:epc:id:itip:4012345.011111.1.02.987",
        "urn:epc:id:cpi:4012345.abc.1",
        "urn:epc:idpat:sgtin:4012345.*.*",
        "urn:epc:idpat:sgtin:4012345.011111.5",
        "urn:epc:id:gid:1.2.3",
        "urn:epc:tag:sgtin-96:3.4012345.011111.1",
        "https://id.gs1.org/01/04012345111118/21/",
        "https://id.gs1.org/01/04012345111118/21/a%2",
        "https://id.gs1.org/01/04012345111118/21/a/21/b",
        "https://id.gs1.org/01/04012345111118/21/a/10/b",
        "https://id.gs1.org/01/04012345111118/21/a/b",
        "https://id.gs1.org/01/0401234511111x",
        "https://id.gs1.org/01/\u0660\u0660012345111118",
        "https://id.gs1.org/00/34012345111111111",
        "https://id.gs1.org/414/4012345000054/21/1",
        "https://id.gs1.org?x=/01/04012345111118",
        "ftp://id.gs1.org/01/04012345111118",
    ],
)
def test_what_is_no_gs1_identifier_stays(text: str) -> None:
    assert gs1_canonical(text) is None
    assert canonical(text) == text
    assert kind(text) is Kind.OTHER or text.startswith(LINK)


@given(
    st.text() | st.from_regex(r"(urn:epc:(id|idpat|class):[a-z]*:|https?://[a-z]*/(01|00|414)/)[ -~]*", fullmatch=True)
)
def test_any_text_has_a_canonical_form_and_keeps_it(text: str) -> None:
    once = canonical(text)
    assert canonical(once) == once
    assert isinstance(kind(text), Kind)
    to_epc_urn(text, 7)
    to_element_string(text)
    lot_of(text)
    gtin_of(text)


@given(CASES, CASES, st.text(max_size=40) | texts(40), st.sampled_from("./"))
def test_what_was_asked_before_changes_no_answer(before: Case, case: Case, tail: str, cut: str) -> None:
    for one in (before.urn, before.canonical, LINK + before.alias_path, case.urn):
        canonical(one)
    for text in (before.urn, before.canonical, LINK + before.alias_path, case.urn):
        asked = text.rpartition(cut)[0] + cut + tail
        identity = read_urn(asked) if asked.startswith("urn:epc:") else read_link(asked)
        assert gs1_canonical(asked) == (identity.canonical if identity else None), asked


def test_memory_stays_bounded() -> None:
    for number in range(identifiers._MOST + 1000):
        canonical(f"https://host{number}.example/01/04012345111118/21/a")
        canonical(f"https://host{number}.example/01/04012345111118")
        canonical(f"https://host.example/{'x' * 1000}/414/4012345000054/254/{number}")
    for table in (identifiers._stems, identifiers._whole):
        assert 0 < len(table) <= identifiers._MOST
        assert max(map(len, table)) <= identifiers._LONGEST


def test_wrong_check_digit_in_a_link_is_kept() -> None:
    wrong = f"{LINK}01/04012345111119/21/1"
    assert canonical("https://example.com/gtin/4012345111119/ser/1") == wrong
    assert to_epc_urn(wrong, 7) is None
    assert to_epc_urn(f"{LINK}01/04012345111118/21/1", 7) == "urn:epc:id:sgtin:4012345.011111.1"


@pytest.mark.parametrize("length", [-1, 0, 5, 13])
def test_no_urn_for_other_prefix_lengths(length: int) -> None:
    assert to_epc_urn(f"{LINK}01/04012345111118/21/1", length) is None


@pytest.mark.parametrize(
    "text", ["urn:x:y", f"{LINK}8006/040123451111180102/10/a", f"{LINK}8004/4012A", "https://a.b/c"]
)
def test_no_urn_for_what_has_none(text: str) -> None:
    assert to_epc_urn(text, 7) is None


def test_extension_0_is_no_extension() -> None:
    assert canonical(f"{LINK}414/4012345000054/254/0") == canonical("urn:epc:id:sgln:4012345.00005.0")


@given(st.text(max_size=30))
def test_lot_key_of_any_text(lot: str) -> None:
    key = lot_key("04012345111118", lot)
    assert key.isascii()
    assert gtin_of(key) == "04012345111118"
    if 0 < len(lot) <= 20 and lot.isascii() and lot.isalnum():
        assert key == canonical(f"urn:epc:class:lgtin:4012345.011111.{lot}")
        assert lot_of(key) == lot


@pytest.mark.parametrize(
    ("text", "gtin"),
    [
        (f"{LINK}01/04012345111118", "04012345111118"),
        (f"{LINK}01/04012345111118/21/x", "04012345111118"),
        (f"{LINK}8006/040123451111180102/21/x", "04012345111118"),
        (f"{LINK}00/340123450000000115", None),
        ("urn:x:y", None),
    ],
)
def test_gtin_of(text: str, gtin: str | None) -> None:
    assert gtin_of(text) == gtin
