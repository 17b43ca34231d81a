"""What people and scanners give: accepted in every form, refused with what was expected."""

import contextlib
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.epcis.formats import is_uri
from services.domain.errors import InvalidIdentifier
from services.domain.identifiers import canonical, parse_identifier, to_element_string
from tests.domain.identifiers.urns import CASES, Case

PACK = "https://id.gs1.org/01/04012345111118/21/9876"
GS = "\x1d"


@pytest.mark.parametrize(
    "text",
    [
        PACK,
        "  urn:epc:id:sgtin:4012345.011111.9876\n",
        "URN:EPC:ID:SGTIN:4012345.011111.9876",
        "HTTPS://EXAMPLE.COM/01/04012345111118/21/9876",
        "https://example.com/gtin/4012345111118/lot/7/ser/9876/?x=1",
        PACK + "/",
        "id.gs1.org/01/04012345111118/21/9876",
        "https%3A%2F%2Fid.gs1.org%2F01%2F04012345111118%2F21%2F9876",
        "urn%3Aepc%3Aid%3Asgtin%3A4012345.011111.9876",
        "(01)04012345111118(21)9876",
        "(01) 04012345111118 (10) 7 (21) 9876",
        "(21)9876(01)04012345111118",
        "(01)04012345111118(17)301231(21)9876",
        "0104012345111118219876",
        "0104012345111118107" + GS + "219876",
        "]d20104012345111118219876",
        "]C1" + GS + "0104012345111118107" + GS + "219876",
        "]Q3https://id.gs1.org/01/04012345111118/21/9876",
        "%2801%2904012345111118%2821%299876",
    ],
)
def test_every_form_of_one_pack(text: str) -> None:
    assert parse_identifier(text) == PACK


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("4012345111118", "https://id.gs1.org/01/04012345111118"),
        ("04012345111118", "https://id.gs1.org/01/04012345111118"),
        ("340123451111111111", "https://id.gs1.org/00/340123451111111111"),
        ("(00)340123451111111111", "https://id.gs1.org/00/340123451111111111"),
        ("00340123451111111111", "https://id.gs1.org/00/340123451111111111"),
        ("(01)04012345111118(10)L/7", "https://id.gs1.org/01/04012345111118/10/L%2F7"),
        ("(414)4012345000054(254)gate1", "https://id.gs1.org/414/4012345000054/254/gate1"),
        ("(414)4012345000054(254)0", "https://id.gs1.org/414/4012345000054"),
        ("(8003)04012345000221334455", "https://id.gs1.org/8003/04012345000221334455"),
        ("(8010)0614141A-1(8011)5", "https://id.gs1.org/8010/0614141A-1/8011/5"),
        ("https://id.gs1.org/01/04012345111119/21/1", "https://id.gs1.org/01/04012345111119/21/1"),
        ("urn:x:somebody:else", "urn:x:somebody:else"),
        ("https://example.com/things/5?a=b", "https://example.com/things/5?a=b"),
        ("https://example.com/100%25/", "https://example.com/100%25/"),
        ("urn:epc:id:sgtin:not.right", "urn:epc:id:sgtin:not.right"),
    ],
)
def test_other_forms(text: str, wanted: str) -> None:
    assert parse_identifier(text) == wanted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "EPC URN"),
        ("hello", "EPC URN"),
        ("苹果", "EPC URN"),
        ("42", "scanner"),
        ("4012345111119", "check digit"),
        ("(01)04012345111119(21)1", "(01) with a right check digit"),
        ("]d20104012345111119211", "check digit"),
        ("(01)4012345111118(21)1", "(01)…(21)…"),
        ("(21)9876", "with a key: (00) SSCC"),
        ("(01)04012345111118(21)a(b)", "bracket"),
        ("(01)04012345111118(01)04012345222227", "one (01)"),
        ("(01)04012345111118(21)ü", "(01)…(21)…"),
        ("(99999)1", "(01)…(21)…"),
    ],
)
def test_refusals_say_what_was_expected(text: str, expected: str) -> None:
    with pytest.raises(InvalidIdentifier) as caught:
        parse_identifier(text)
    assert caught.value.text == text
    assert expected in caught.value.expected


@given(
    st.text()
    | st.from_regex(r"(\][A-Za-z][0-9])?(\([0-9]{2,4}\)|[0-9]{2,4})[ -~\x1d]{0,40}", fullmatch=True)
    | st.text("0123456789()%]dC1\x1d /:", max_size=40)
)
def test_any_text_is_taken_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidIdentifier):
        found = parse_identifier(text)
        assert parse_identifier(found) == found


@given(CASES)
def test_printed_element_strings_mean_the_same(case: Case) -> None:
    printed = to_element_string(case.canonical)
    assert printed is not None
    if any(bracket in unquote(case.canonical) for bracket in "()"):
        return  # a bracket in a value: refused, see above
    assert parse_identifier(printed) == parse_identifier(case.urn) == case.canonical


@given(
    CASES,
    st.sampled_from(["", "/", "//", "/?a=1", "#x"]),
    st.sampled_from(["", "HTTPS://example.org/shop/", "http://x.org/00/1/"]),
    st.booleans(),
)
def test_an_event_names_what_a_look_up_of_the_same_text_asks_for(case: Case, end: str, host: str, loud: bool) -> None:  # noqa: FBT001
    head, _, body = case.urn.rpartition(":")
    link = case.canonical.replace("https://id.gs1.org/", host) if host else case.canonical
    for text in (link + end, (head.upper() if loud else head) + ":" + body + end):
        if is_uri(text):
            assert canonical(text) == parse_identifier(text)
    assert canonical(link + "/") == case.canonical
