"""From an event to its rows in the index: which things it names, in which role, beside whom."""

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.chain.relations import (
    TRANSFORMATION,
    Entry,
    Group,
    Role,
    Row,
    backward,
    forward,
    groups,
    pack,
    thing_id,
    thing_key,
    things,
    unpack,
)
from services.domain.epcis.context import Context
from services.domain.epcis.formats import is_uri
from services.domain.errors import InvalidIdentifier
from services.domain.identifiers import CANONICAL, canonical, parse_identifier

CONTEXT = Context.of(
    ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"mda": "urn:epcglobal:cbv:mda:"}]
)
DIGEST = bytes(range(32))
PACK = ["urn:epc:id:sgtin:4012345.011111.1", "urn:epc:id:sgtin:4012345.011111.2"]
PACK_KEYS = ["01/04012345111118/21/1", "01/04012345111118/21/2"]
LOT, LOT_KEY = "urn:epc:class:lgtin:4012345.011111.L%2F1", "01/04012345111118/10/L%2F1"
OTHER_LOT, OTHER_LOT_KEY = "urn:epc:class:lgtin:4012345.022222.B", "01/04012345222227/10/B"
CASE, CASE_KEY = "urn:epc:id:sscc:4012345.3111111111", "00/340123451111111111"
PRODUCT = "urn:epc:idpat:sgtin:4012345.022222.*"
ONE_OFF = TRANSFORMATION + "00010203040506070809"


def named(kind: str, action: str = "", **members: Any) -> list[Group]:
    event = {"type": kind, "action": action, **members} if action else {"type": kind, **members}
    return groups(event, CONTEXT, DIGEST)


def said(kind: str = "ObjectEvent", action: str = "OBSERVE") -> Entry:
    return Entry(Role.EPC, kind, action, "shipping", "in_transit", CANONICAL + "414/4012345000054", "", False)


def lots(*classes: str) -> list[dict[str, Any]]:
    return [{"epcClass": one, "quantity": 5, "uom": "KGM"} for one in classes]


def shown(rows: Iterable[Row]) -> list[tuple[str, str, str]]:
    return [(row.thing, unpack(row.entry).role.name, row.other) for row in rows]


def both(found: list[Group]) -> tuple[list[tuple[str, str, str]], list[tuple[str, str, str]]]:
    return shown(backward(found, said())), shown(forward(found, said()))


ENTRIES = st.builds(
    Entry, st.sampled_from(Role), *[st.text(max_size=12)] * 6, declares_error=st.booleans()
) | st.builds(
    Entry,
    st.sampled_from(Role),
    st.sampled_from(["AggregationEvent", "ObjectEvent"]),
    st.sampled_from(["ADD", "DELETE", "OBSERVE"]),
    *[st.just("")] * 4,
    declares_error=st.booleans(),
)


@given(ENTRIES)
def test_packed_and_unpacked_is_the_same(entry: Entry) -> None:
    assert unpack(pack(entry)) == entry


@given(ENTRIES)
def test_the_same_entry_gives_the_same_bytes(entry: Entry) -> None:
    kept = pack(entry)
    pack.cache_clear()
    assert pack(msgspec.structs.replace(entry)) == kept


@given(ENTRIES, ENTRIES)
def test_different_entries_give_different_bytes_and_unpacking_sorts_first(one: Entry, other: Entry) -> None:
    assert (pack(one) == pack(other)) == (one == other)
    if one.unpacks and not other.unpacks:
        assert pack(one) < pack(other)


def test_only_a_delete_of_an_aggregation_unpacks() -> None:
    assert said("AggregationEvent", "DELETE").unpacks
    for kind, action in [("AggregationEvent", "ADD"), ("ObjectEvent", "DELETE"), ("AssociationEvent", "DELETE")]:
        assert not said(kind, action).unpacks


@pytest.mark.parametrize("packed", [b"", b"\x01", b"\x01\x00", b"\x01\x98\xa1x", b"\x01" + msgspec.msgpack.encode([1])])
def test_other_bytes_are_no_entry(packed: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        unpack(packed)


@given(
    st.from_regex(r"urn:[a-z]{1,5}:[!-~]{1,20}", fullmatch=True)
    | st.from_regex(r"https://(id\.gs1\.org|example\.org)/[!-~]{0,30}", fullmatch=True)
    | st.sampled_from([CANONICAL, CANONICAL + "urn:x:y", *map(canonical, (*PACK, LOT, CASE))])
)
def test_key_and_thing_and_back(thing: str) -> None:
    assert thing_id(thing_key(thing)) == thing


def test_keys_of_gs1_things_are_short() -> None:
    assert thing_key(canonical(CASE)) == CASE_KEY
    assert thing_key("urn:uuid:1") == "urn:uuid:1"
    assert thing_key(CANONICAL + "urn:uuid:1") != thing_key("urn:uuid:1")


@pytest.mark.parametrize("action", ["ADD", "OBSERVE", "DELETE"])
def test_object_event(action: str) -> None:
    found = named("ObjectEvent", action, epcList=PACK, quantityList=lots(LOT, PRODUCT))
    back, ahead = both(found)
    assert back == [(PACK_KEYS[0], "EPC", ""), (PACK_KEYS[1], "EPC", ""), (LOT_KEY, "QUANTITY", "")]
    assert ahead == []


def test_a_gtin_alone_is_a_product_and_no_thing() -> None:
    assert named("ObjectEvent", "OBSERVE", epcList=[], quantityList=lots(PRODUCT)) == []
    assert named("TransformationEvent", inputQuantityList=lots(PRODUCT), outputQuantityList=lots(PRODUCT)) == []


@pytest.mark.parametrize("kind", ["AggregationEvent", "AssociationEvent"])
@pytest.mark.parametrize("action", ["ADD", "OBSERVE", "DELETE"])
def test_parent_and_children(kind: str, action: str) -> None:
    members = {"parentID": CASE, "childEPCs": PACK, "childQuantityList": lots(LOT, PRODUCT)}
    back, ahead = both(named(kind, action, **members))
    assert back == [
        (CASE_KEY, "PARENT", ""),
        (PACK_KEYS[0], "CHILD", CASE_KEY),
        (PACK_KEYS[1], "CHILD", CASE_KEY),
        (LOT_KEY, "CHILD_QUANTITY", CASE_KEY),
    ]
    assert ahead == [
        (CASE_KEY, "CHILD", PACK_KEYS[0]),
        (CASE_KEY, "CHILD", PACK_KEYS[1]),
        (CASE_KEY, "CHILD_QUANTITY", LOT_KEY),
    ]


def test_delete_that_names_no_child_unpacks_all() -> None:
    empties: list[dict[str, Any]] = [{}, {"childEPCs": []}, {"childEPCs": [], "childQuantityList": []}]
    for empty in empties:
        found = named("AggregationEvent", "DELETE", parentID=CASE, **empty)
        assert both(found) == ([(CASE_KEY, "UNPACKED_ALL", "")], [(CASE_KEY, "UNPACKED_ALL", "")])


@pytest.mark.parametrize(
    ("kind", "action", "members"),
    [
        ("AssociationEvent", "DELETE", {}),
        ("AggregationEvent", "OBSERVE", {}),
        ("AggregationEvent", "DELETE", {"childQuantityList": lots(PRODUCT)}),  # a child, though no thing
        ("TransactionEvent", "DELETE", {}),
    ],
)
def test_nothing_else_unpacks_all(kind: str, action: str, members: dict[str, Any]) -> None:
    assert both(named(kind, action, parentID=CASE, **members)) == ([(CASE_KEY, "PARENT", "")], [])


def test_children_observed_without_container_lie_under_none() -> None:
    back, ahead = both(named("AggregationEvent", "OBSERVE", childEPCs=PACK))
    assert back == [(key, "CHILD", "") for key in PACK_KEYS]
    assert ahead == []


def test_transaction_event() -> None:
    found = named("TransactionEvent", "ADD", parentID=CASE, epcList=PACK, quantityList=lots(LOT))
    back, ahead = both(found)
    epcs = [(key, "EPC", "") for key in PACK_KEYS]
    assert sorted(back) == sorted([(CASE_KEY, "PARENT", ""), *epcs, (LOT_KEY, "QUANTITY", "")])
    assert ahead == []


def test_transformation_event() -> None:
    found = named(
        "TransformationEvent",
        inputEPCList=PACK[:1],
        inputQuantityList=lots(LOT, PRODUCT),
        outputEPCList=PACK[1:],
        outputQuantityList=lots(OTHER_LOT),
    )
    back, ahead = both(found)
    assert sorted(back) == sorted(
        [
            (PACK_KEYS[0], "INPUT", ONE_OFF),
            (ONE_OFF, "INPUT", PACK_KEYS[0]),
            (LOT_KEY, "INPUT_QUANTITY", ONE_OFF),
            (ONE_OFF, "INPUT_QUANTITY", LOT_KEY),
            (PACK_KEYS[1], "OUTPUT", ONE_OFF),
            (OTHER_LOT_KEY, "OUTPUT_QUANTITY", ONE_OFF),
        ]
    )
    assert sorted(ahead) == sorted(
        [
            (PACK_KEYS[0], "INPUT", ONE_OFF),
            (LOT_KEY, "INPUT_QUANTITY", ONE_OFF),
            (ONE_OFF, "OUTPUT", PACK_KEYS[1]),
            (ONE_OFF, "OUTPUT_QUANTITY", OTHER_LOT_KEY),
        ]
    )


@pytest.mark.parametrize("name", ["urn:epc:id:gdti:4012345.55555.T1", "https://id.gs1.org/253/4012345555554T1"])
def test_events_of_one_transformation_meet_under_its_id_in_any_form(name: str) -> None:
    eaten = named("TransformationEvent", transformationID=name, inputEPCList=PACK[:1])
    made = groups(
        {"type": "TransformationEvent", "transformationID": name, "outputEPCList": PACK[1:]}, CONTEXT, b"x" * 32
    )
    key = TRANSFORMATION + "https://id.gs1.org/253/4012345555554T1"
    assert both(eaten)[1] == [(PACK_KEYS[0], "INPUT", key)]
    assert both(made)[1] == [(key, "OUTPUT", PACK_KEYS[1])]


def test_transformations_without_id_are_each_their_own() -> None:
    event = {"type": "TransformationEvent", "inputEPCList": PACK[:1], "outputEPCList": PACK[1:]}
    assert groups(event, CONTEXT, b"a" * 32)[0].other != groups(event, CONTEXT, b"b" * 32)[0].other


@given(st.integers(0, 30), st.integers(0, 30))
def test_n_inputs_and_m_outputs_cost_rows_in_proportion_to_n_plus_m(n: int, m: int) -> None:
    epcs = [f"urn:epc:id:sgtin:4012345.011111.{i}" for i in range(n + m)]
    found = named("TransformationEvent", inputEPCList=epcs[:n], outputEPCList=epcs[n:])
    back, ahead = both(found)
    assert (len(back), len(ahead)) == (2 * n + m, n + m)
    # The way back and the way ahead lead from every output to every input.
    behind = {row[2] for row in back if row[0] == ONE_OFF}
    assert behind == {row[0] for row in ahead if row[2] == ONE_OFF} == {thing_key(canonical(one)) for one in epcs[:n]}


def members(found: list[Group]) -> dict[str, str]:
    """Instance → lot, the same by the backward and by the forward rows."""
    back, ahead = both(found)
    by_instance = {thing: other for thing, _, other in back if other}
    assert sorted((lot, "MEMBER", thing) for thing, lot in by_instance.items()) == sorted(ahead)
    return by_instance


@pytest.mark.parametrize("name", ["cbvmda:lotNumber", "mda:lotNumber", "urn:epcglobal:cbv:mda:lotNumber"])
def test_membership_by_lot_number_in_the_ilmd(name: str) -> None:
    epcs = [*PACK, CASE, "urn:epc:id:itip:4012345.011111.01.02.987", "urn:epc:id:grai:4012345.00022.3", "urn:uuid:1"]
    found = named("ObjectEvent", "ADD", epcList=epcs, ilmd={"example:x": 1, name: "L/1"})
    assert members(found) == dict.fromkeys(PACK_KEYS, LOT_KEY)
    assert things(found) == [canonical(one) for one in epcs]


@pytest.mark.parametrize("path", ["10/L%2F1/21", "lot/L%2f1/ser", "22/A/10/L%2F1/21"])
@pytest.mark.parametrize("end", ["", "?17=261124", "#/10/Z", "?/10/Z/21/1"])
@pytest.mark.parametrize("domain", ["https://id.gs1.org", "HTTPS://example.org/10/shop", "http://example.org/lot"])
def test_membership_by_a_digital_link_with_lot_and_serial(domain: str, path: str, end: str) -> None:
    link = f"{domain}/01/04012345111118/{path}/1{end}"
    assert members(named("ObjectEvent", "ADD", epcList=[link, PACK[1]])) == {PACK_KEYS[0]: LOT_KEY}


@pytest.mark.parametrize(
    ("kind", "action", "more"),
    [
        ("ObjectEvent", "ADD", {}),
        ("ObjectEvent", "ADD", {"ilmd": {"example:lotNumber": "L"}}),
        ("ObjectEvent", "ADD", {"ilmd": {"cbvmda:lotNumber": ""}}),
        ("ObjectEvent", "ADD", {"ilmd": {"cbvmda:lotNumber": 7}}),
        ("ObjectEvent", "OBSERVE", {"epcList": ["https://id.gs1.org/01/04012345111118/10/L/21/1"]}),
        ("TransactionEvent", "ADD", {"epcList": ["https://id.gs1.org/01/04012345111118/10/L/21/1"]}),
        ("ObjectEvent", "ADD", {"epcList": ["https://id.gs1.org/01/97803/21/1"], "ilmd": {"cbvmda:lotNumber": "L"}}),
    ],
)
def test_no_membership(kind: str, action: str, more: dict[str, Any]) -> None:
    assert members(named(kind, action, **{"epcList": PACK, **more})) == {}


def test_things_are_named_once_in_order() -> None:
    found = named("AggregationEvent", "ADD", parentID=CASE, childEPCs=[*PACK, PACK[0]], childQuantityList=lots(LOT))
    assert things(found) == [canonical(one) for one in (CASE, *PACK, LOT)]


WILD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from([*PACK, LOT, CASE]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["epcClass", "x"]), inner, max_size=2),
    max_leaves=6,
)
NAMES = ["epcList", "quantityList", "parentID", "childEPCs", "childQuantityList", "inputEPCList", "outputQuantityList"]


@given(st.dictionaries(st.sampled_from(NAMES), WILD), st.sampled_from(["", "ADD", "DELETE"]))
def test_an_event_of_somebodys_own_type_may_hold_anything(event: dict[str, Any], action: str) -> None:
    found = named("https://example.org/OwnEvent", action, **event)
    assert all(is_uri(one) for one in things(found))
    both(found)


@pytest.mark.parametrize("text", ["\x01urn:x:t1", "tf:urn:x:t1", "01/04012345111118/21/1", " urn:x:1", ""])
def test_nobody_can_name_a_thing_like_a_transformation_or_like_the_key_of_another(text: str) -> None:
    used = named("TransformationEvent", transformationID="urn:x:t1", inputEPCList=["urn:x:in"])
    keys = {row.thing for row in backward(used, said())} | {PACK_KEYS[0]}
    own = named("https://example.org/OwnEvent", epcList=[text, *PACK], childEPCs=[text], parentID=text)
    assert [row.thing for row in backward(own, said()) if row.thing in keys] == [PACK_KEYS[0]]
    with pytest.raises(InvalidIdentifier):
        parse_identifier(next(key for key in keys if key.startswith(TRANSFORMATION)))


EVENTS = st.fixed_dictionaries(
    {"type": st.sampled_from(["ObjectEvent", "AggregationEvent", "TransformationEvent"]), "action": st.just("ADD")},
    optional={
        "epcList": st.lists(st.sampled_from(PACK), max_size=3),
        "parentID": st.just(CASE),
        "childEPCs": st.lists(st.sampled_from(PACK), max_size=3),
        "inputEPCList": st.lists(st.sampled_from(PACK), max_size=3),
        "outputQuantityList": st.just(lots(LOT)),
        "ilmd": st.just({"cbvmda:lotNumber": "L/1"}),
    },
)


@given(EVENTS)
def test_law_every_row_ahead_has_its_row_back(event: dict[str, Any]) -> None:
    """Who is named under another names that other himself; so the two indexes cannot disagree."""
    found = groups(event, CONTEXT, DIGEST)
    back, ahead = both(found)
    pairs = {(thing, other) for thing, _, other in back}
    assert all((thing, other) in pairs or (other, thing) in pairs for thing, _, other in ahead)
    assert {thing for thing, _, _ in back} >= {thing_key(one) for one in things(found)}
    assert (back, ahead) == both(groups(dict(reversed(event.items())), CONTEXT, DIGEST))
