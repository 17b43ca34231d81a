"""Prefixes of JSON-LD contexts: what they expand to, and that nothing in a context can break reading."""

import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.epcis.context import STANDARD_PREFIXES, Context
from tests.domain.epcis.json_values import JSON

GS1_CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
FARM = "https://example.org/farm/"


@pytest.mark.parametrize("value", [None, GS1_CONTEXT, "https://example.org/unknown.jsonld", [], [GS1_CONTEXT], {}, 7])
def test_standard_prefixes_are_always_known(value: object) -> None:
    context = Context.of(value)
    assert dict(context.prefixes) == dict(STANDARD_PREFIXES)
    assert context.expand("cbvmda:lotNumber") == "urn:epcglobal:cbv:mda:lotNumber"
    assert context.expand("gs1:Temperature") == "https://gs1.org/voc/Temperature"


def test_standard_prefixes_are_those_of_gs1(shared_epcis: Path) -> None:
    published = json.loads((shared_epcis / "schema" / "epcis-context.jsonld").read_text())["@context"]
    namespaces = {term: uri for term, uri in published.items() if isinstance(uri, str) and uri[-1] in "/#:"}
    assert namespaces == dict(STANDARD_PREFIXES)


@pytest.mark.parametrize(
    "value",
    [
        {"ex": FARM},
        [{"ex": FARM}],
        [GS1_CONTEXT, {"ex": FARM}],
        [[GS1_CONTEXT, [{"ex": "https://example.org/old/"}]], [{"ex": FARM}]],
        [{"ex": None}, {"ex": FARM}],
        {"ex": {"@id": FARM, "@prefix": True}},
        [{"site": "https://example.org/"}, {"ex": "site:farm/"}],
    ],
)
def test_own_prefix(value: object) -> None:
    context = Context.of(value)
    assert context.expand("ex:harvest") == FARM + "harvest"
    assert context.qualified("ex:harvest") == f"{{{FARM}}}harvest"


def test_later_entries_win_and_two_prefixes_may_mean_the_same() -> None:
    context = Context.of([{"a": "https://one.example/", "b": "https://two.example/"}, {"a": "https://two.example/"}])
    assert context.expand("a:x") == context.expand("b:x") == "https://two.example/x"


def test_null_takes_a_prefix_away() -> None:
    assert Context.of([{"ex": FARM}, {"ex": None}]).expand("ex:harvest") == "ex:harvest"


@pytest.mark.parametrize("name", ["harvest", "other:harvest", "", ":", "ex", "https://ex/y", "urn:epc:id:sscc:1.2"])
def test_other_names_stay_as_they_are(name: str) -> None:
    context = Context.of({"ex": FARM, "https": "https://never.example/"})
    assert context.expand(name) == name


@pytest.mark.parametrize(
    ("name", "qualified"),
    [
        (FARM + "harvest", f"{{{FARM}}}harvest"),
        ("http://www.w3.org/2000/01/rdf-schema#comment", "{http://www.w3.org/2000/01/rdf-schema#}comment"),
        ("urn:epcglobal:cbv:mda:lotNumber", "{urn:epcglobal:cbv:mda:}lotNumber"),
        ("harvest", "harvest"),
        ("other:harvest", "other:harvest"),
    ],
)
def test_names_written_in_full_are_split_like_prefixed_ones(name: str, qualified: str) -> None:
    assert Context.of({"ex": FARM}).qualified(name) == qualified


def test_ignored_members_are_named_by_prefix_or_in_full() -> None:
    context = Context.of({"ex": FARM})
    assert context.ignoring(["ex:hash"]).ignored == context.ignoring([FARM + "hash"]).ignored == {f"{{{FARM}}}hash"}
    assert context.ignored == frozenset()


def test_a_document_says_what_to_ignore() -> None:
    context = Context.of({"ex": FARM}).ignoring_as_said_in({"ex:ignoreFields": ["ex:hash", 7], "ex:other": ["ex:no"]})
    assert context.ignored == {f"{{{FARM}}}hash"}


@given(JSON, st.text())
def test_any_json_is_a_context(value: object, name: str) -> None:
    context = Context.of(value)
    assert isinstance(context.expand(name), str)
    assert context.qualified(name) == context.qualified(name)


def test_a_circle_of_prefixes_ends() -> None:
    assert isinstance(Context.of({"a": "b:", "b": "a:"}).expand("a:x"), str)


def test_what_a_context_remembers_is_bounded_in_bytes() -> None:
    context = Context.of({"n": "http://" + "x" * 2_000})
    tracemalloc.start()
    try:
        for number in range(4_000):
            assert context.qualified(f"n:{number}").endswith("x}" + str(number))
        assert tracemalloc.get_traced_memory()[0] < 2_000_000
    finally:
        tracemalloc.stop()
