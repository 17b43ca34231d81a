"""The content of an event is the same exactly when the event says the same: else one of two would be lost."""

import copy
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.accepted import AcceptedEvent, accept
from services.domain.chain.relations import backward, forward
from services.domain.epcis.context import Context
from services.domain.epcis.documents import RawEvent
from services.domain.epcis.validation import check_event
from services.domain.identifiers import canonical
from tests.domain.epcis.epcis_samples import BASES, CONTEXT, DROP, Json, changed
from tests.domain.epcis.json_values import JSON, reordered

BASE_CONTEXT = Context.of(CONTEXT)
GTIN = "https://id.gs1.org/01/06901234500016"
A = "https://id.gs1.org/00/395210000000000019"


def accepted(event: Json) -> AcceptedEvent:
    """The event as the service takes it: through its text."""
    raw = json.dumps(event).encode()
    obj = msgspec.json.decode(raw)
    assert not isinstance(check_event(obj, ""), list), event
    return accept(RawEvent(raw, obj, ""), BASE_CONTEXT, b"", 0)


def content(event: Json) -> bytes:
    return accepted(event).content


def derived(event: AcceptedEvent) -> object:
    """All that the index and an answer take from an event; a transformation without id has a key of its content."""
    groups = event.groups
    if event.entry.event_type == "TransformationEvent":
        groups = [msgspec.structs.replace(group, other="") for group in groups]
    rows = [sorted(way(groups, event.entry)) for way in (backward, forward)]
    return rows, event.entry, event.event_time_us


def sighting(**members: Any) -> Json:
    return {
        "type": "ObjectEvent",
        "action": "ADD",
        "eventTime": "2026-03-01T00:00:00Z",
        "eventTimeZoneOffset": "+00:00",
        "epcList": ["urn:x:a"],
        **members,
    }


def lot(number: Any) -> Json:
    return sighting(ilmd={"cbvmda:lotNumber": number})


DIFFERENT: dict[str, tuple[Json, Json]] = {
    "lot beside a serial": (
        sighting(epcList=[f"{GTIN}/10/LOT1/21/S1"]),
        sighting(epcList=[f"{GTIN}/10/LOT2/21/S1"]),
    ),
    "lot beside a serial, seen": (
        sighting(action="OBSERVE", epcList=[f"{GTIN}/10/LOT1/21/S1"]),
        sighting(action="OBSERVE", epcList=[f"{GTIN}/21/S1"]),
    ),
    "lot in the query": (sighting(epcList=[f"{GTIN}/21/S1?10=1"]), sighting(epcList=[f"{GTIN}/21/S1?10=2"])),
    "variant of a class": (
        sighting(quantityList=[{"epcClass": f"{GTIN}/22/A/10/L"}]),
        sighting(quantityList=[{"epcClass": f"{GTIN}/22/B/10/L"}]),
    ),
    "a name before the next": (sighting(epcList=[A, "urn:x:b"]), sighting(epcList=[A + "epc=urn:x:b"])),
    "member inside and after": (sighting(**{"ex:a": "", "ex:b": 1}), sighting(**{"ex:a": {"ex:b": 1}})),
    "blank at the end": (lot("L1"), lot("L1 ")),
    "blank at the beginning": (lot("L1"), lot(" L1")),
    "number and text": (lot("12"), lot(12)),
    "truth and text": (lot("true"), lot(True)),
    "truth and number": (sighting(**{"ex:a": 1}), sighting(**{"ex:a": True})),
    "zeros in front": (lot("0012"), lot("12")),
    "long numbers": (lot(98765432109876543210), lot(98765432109876543211)),
    "below a millisecond": (
        sighting(eventTime="2026-03-01T00:00:00.0001Z"),
        sighting(eventTime="2026-03-01T00:00:00.0002Z"),
    ),
    "below a microsecond": (
        sighting(eventTime="2026-03-01T00:00:00.0000001Z"),
        sighting(eventTime="2026-03-01T00:00:00.0000002Z"),
    ),
    "zone of the same instant": (
        sighting(),
        sighting(eventTimeZoneOffset="+08:00"),
    ),
    "text moved": (sighting(**{"ex:a": "xy", "ex:b": "z"}), sighting(**{"ex:a": "x", "ex:b": "yz"})),
    "list split": (sighting(**{"ex:a": [[1], [2, 3]]}), sighting(**{"ex:a": [[1, 2], [3]]})),
    "list and its items": (sighting(**{"ex:a": [[1, 2]]}), sighting(**{"ex:a": [1, 2]})),
    "twice and once": (sighting(**{"ex:a": [1, 1]}), sighting(**{"ex:a": [1]})),
    "link in an extension": (
        sighting(**{"ex:a": f"{GTIN}/10/1/21/S"}),
        sighting(**{"ex:a": f"{GTIN}/10/2/21/S"}),
    ),
    "which of two names": (sighting(**{"ex:a": 1, "gs1:a": 2}), sighting(**{"ex:a": 2, "gs1:a": 1})),
    "a name that looks resolved": (
        BASES["extended"] | {"{urn:x:}a": 1},
        BASES["extended"] | {"urn:x:a": 1},
    ),
    "an eventID in a place": (
        sighting(readPoint={"id": "urn:x:r", "eventID": "1"}),
        sighting(readPoint={"id": "urn:x:r", "eventID": "2"}),
    ),
    "the standard's name in one's own type": (
        BASES["extended"] | {"action": "ADD"},
        BASES["extended"] | {"action": ["ADD"]},
    ),
}


@pytest.mark.parametrize(("one", "another"), DIFFERENT.values(), ids=DIFFERENT)
def test_events_that_say_different_things_have_different_contents(one: Json, another: Json) -> None:
    assert content(one) != content(another)


SERIAL = st.text("ABCxyz0123456789-._", min_size=1, max_size=20)
TEXTS = st.sampled_from(["12", "12 ", " 12", "0012", "1e1", "L", "L1", "", "true", f"{GTIN}/21/1", "urn:x:a", "ex:a"])
VALUES: st.SearchStrategy[Any] = st.recursive(
    TEXTS | st.integers(0, 12) | st.sampled_from([0.5, 12.0, True, False, 10**20]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["ex:a", "ex:b"]), inner, max_size=2),
    max_leaves=5,
)
THINGS = st.sampled_from(
    [
        *(f"{GTIN}/21/1", f"{GTIN}/10/L/21/1", f"{GTIN}/10/M/21/1", f"{GTIN}/21/12", f"{GTIN}/21/1?17=1"),
        *(f"{GTIN}/21/1/", "urn:epc:id:sgtin:69012345.00001.1", "urn:x:a", "urn:x:aepc=urn:x:b", "urn:x:b", A),
    ]
)
LOTS = st.sampled_from([GTIN, f"{GTIN}/10/L", f"{GTIN}/10/L1", f"{GTIN}/22/V/10/L", "urn:x:lot"])
QUANTITIES = st.lists(
    st.fixed_dictionaries({"epcClass": LOTS}, optional={"quantity": st.integers(1, 12), "uom": st.just("KGM")}),
    max_size=2,
)
MEMBERS = {
    "eventTime": st.sampled_from(["2026-03-01T00:00:00Z", "2026-03-01T00:00:00.0004Z", "2026-03-01T08:00:00+08:00"]),
    "eventTimeZoneOffset": st.sampled_from(["+00:00", "+08:00"]),
    "epcList": st.lists(THINGS, min_size=1, max_size=3, unique=True),
    "quantityList": QUANTITIES,
    "bizStep": st.sampled_from(["shipping", "https://ref.gs1.org/cbv/BizStep-shipping", "urn:x:shipping", "receiving"]),
    "readPoint": st.builds(lambda value: {"id": A, "ex:a": value}, VALUES) | st.just({"id": A}),
    "ilmd": st.dictionaries(st.sampled_from(["ex:a", "cbvmda:lotNumber"]), VALUES, max_size=2),
    "ex:a": VALUES,
    "ex:b": VALUES,
}


def exact(value: Any) -> Any:
    """An extension's value for comparison: lists in no order, numbers as numbers, texts as texts."""
    if isinstance(value, dict):
        return ("object", tuple(sorted((name, repr(exact(one))) for name, one in value.items())))
    if isinstance(value, list):
        return ("list", tuple(sorted(repr(exact(one)) for one in value)))
    if isinstance(value, str | bool):
        return (type(value).__name__, value)
    return ("number", float(value))


def own(event: Json) -> object:
    """The extensions of an event, in ILMD and readPoint too (an empty ILMD says nothing)."""
    place = {name: value for name, value in event["readPoint"].items() if name != "id"}
    top = {name: value for name, value in event.items() if ":" in name}
    return exact(place), exact(event["ilmd"]), exact(top)


@given(st.fixed_dictionaries(MEMBERS), st.sampled_from(sorted(MEMBERS)), st.data())
def test_one_difference_anywhere_is_a_difference_of_content(members: Json, place: str, data: st.DataObject) -> None:
    """Whatever the index derives or an extension holds is told apart; and the event changed back is the same again."""
    first = sighting(**members)
    second = copy.deepcopy(first) | {place: data.draw(MEMBERS[place])}
    one, another = accepted(first), accepted(second)
    if derived(one) != derived(another) or own(first) != own(second):
        assert one.content != another.content
    assert accepted(second | {place: first[place]}).content == one.content


@given(st.sampled_from(["ex:a", "ex:b"]), VALUES, VALUES)
def test_values_of_extensions_are_told_apart(name: str, one: Any, another: Any) -> None:
    contents = {content(sighting(**{name: value})) for value in (one, another)}
    assert (len(contents) == 1) == (exact(one) == exact(another))


@given(st.sampled_from([base for base in BASES.values() if "errorDeclaration" not in base]), st.data())
def test_the_same_in_another_order_is_the_same(base: Json, data: st.DataObject) -> None:
    other = data.draw(reordered(base))
    assert content(other) == content(base)
    assert derived(accepted(other)) == derived(accepted(base))


@given(JSON, st.data())
def test_extensions_in_another_order_are_the_same(value: Any, data: st.DataObject) -> None:
    event = BASES["extended"] | {"ex:any": value, "anything": value}
    assert accept(RawEvent(b"", event, ""), BASE_CONTEXT, b"", 0).content == (
        accept(RawEvent(b"", data.draw(reordered(event)), ""), BASE_CONTEXT, b"", 0).content
    )


@given(SERIAL)
def test_an_epc_urn_and_its_digital_link_are_the_same(serial: str) -> None:
    urn = f"urn:epc:id:sgtin:4012345.011111.{serial}"
    forms = [
        urn,
        canonical(urn),
        canonical(urn).replace("id.gs1.org/01", "example.org/some/gtin"),
        canonical(urn) + "/",
    ]
    for name, base in BASES.items():
        for member in {"epcList", "childEPCs", "outputEPCList"} & base.keys():
            events = [changed(base, {f"/{member}/0": form}) for form in forms]
            assert len({content(event) for event in events}) == 1, (name, member)
    events = [
        changed(BASES["object"], {"/readPoint/id": form, "/bizTransactionList/0/bizTransaction": form})
        for form in forms
    ]
    assert len({content(event) for event in events}) == 1


def test_things_of_one_lot_may_stand_anywhere_in_the_list() -> None:
    epcs = [f"{GTIN}/10/L/21/1", f"{GTIN}/10/M/21/2", f"{GTIN}/10/L/21/3"]
    assert content(sighting(epcList=epcs)) == content(sighting(epcList=[epcs[0], epcs[2], epcs[1]]))


@pytest.mark.parametrize("name", ["ex:a", "https://example.org/farm/a"])
def test_one_name_with_two_prefixes_holds_both_values(name: str) -> None:
    def event(first: int, second: int) -> Json:
        return {**sighting(), name: first, "farm:a": second}

    context = Context.of([*CONTEXT, {"farm": "https://example.org/farm/"}])
    found = [
        accept(RawEvent(b"", event(*pair), ""), context, b"", 0).content for pair in ((1, 2), (2, 1), (1, 3), (1, 1))
    ]
    assert found[0] == found[1]
    assert len(set(found)) == 3


def test_a_transformation_without_id_is_named_by_what_it_says() -> None:
    base = BASES["transformation"]
    again = changed(base, {"/recordTime": "2027-01-01T00:00:00Z"}) | {"eventID": "urn:x:again"}
    assert [group.other for group in accepted(base).groups] == [group.other for group in accepted(again).groups]
    more = changed(base, {"/ilmd/ex:recipe": "5"})
    assert {group.other for group in accepted(base).groups}.isdisjoint(g.other for g in accepted(more).groups)


def test_what_is_not_part_of_an_event_does_not_count() -> None:
    base = BASES["object"]
    assert content(changed(base, {"/recordTime": DROP, "/eventID": "urn:x:other"})) == content(base)
    error = BASES["error"]
    assert content(error) != content(changed(error, {"/errorDeclaration/reason": "did_not_occur"}))
    assert content(error) != content(changed(error, {"/errorDeclaration": DROP}))
