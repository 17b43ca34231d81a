"""CHAIN §1 and §2 for one thing: live events, end of life, contested ids, and containment from its events."""

from hypothesis import given
from hypothesis import strategies as st

from services.domain.chain.containment import Flag, Stay
from services.domain.chain.relations import TRANSFORMATION, Entry, Role
from services.domain.chain.units import Deed, Unit, containers_of, summarize


def entry(role: Role, kind: str = "ObjectEvent", action: str = "OBSERVE", *, declares_error: bool = False) -> Entry:
    return Entry(role, kind, action, "", "", "", "", declares_error)


def deed(at: int, event_id: str, role: Role, kind: str, action: str, other: str = "", content: bytes = b"1") -> Deed:
    return Deed(at, event_id, content, entry(role, kind, action), other)


def seen(at: int, event_id: str = "seen", action: str = "OBSERVE", content: bytes = b"1") -> Deed:
    return deed(at, event_id, Role.EPC, "ObjectEvent", action, content=content)


def packed(at: int, container: str, action: str = "ADD", event_id: str = "", role: Role = Role.CHILD) -> Deed:
    return deed(at, event_id or f"{action}{at}", role, "AggregationEvent", action, container)


def emptied(at: int, container: str, event_id: str = "all") -> tuple[str, Deed]:
    return container, deed(at, event_id, Role.UNPACKED_ALL, "AggregationEvent", "DELETE")


def used(at: int, event_id: str = "used") -> Deed:
    return deed(at, event_id, Role.INPUT, "TransformationEvent", "", TRANSFORMATION + "1")


def declaration(at: int, event_id: str, role: Role = Role.EPC) -> Deed:
    return Deed(at, event_id, b"declared", entry(role, declares_error=True))


def unit(*deeds: Deed, declared: tuple[str, ...] = (), also: tuple[tuple[str, Deed], ...] = ()) -> Unit:
    return summarize(deeds, also, declared, is_lot=False)


def stays(found: Unit) -> list[tuple[str, int, int | None]]:
    return [(stay.container, stay.from_us, stay.to_us) for stay in found.stays]


def test_nothing_known() -> None:
    assert unit() == Unit([], None, None, [], [], [])


def test_order_is_instant_then_unpacking_then_event_id() -> None:
    expected = [
        seen(1, "z"),
        packed(2, "p", "DELETE", "z"),
        packed(2, "p", "ADD", "a"),
        seen(2, "b", content=b"1"),
        seen(2, "b", content=b"2"),
        deed(2, "c", Role.EPC, "ObjectEvent", "DELETE"),  # a DELETE that unpacks nothing
        seen(3, "a"),
    ]
    assert unit(*reversed(expected)).deeds == expected


def test_two_deliveries_of_the_same_event_are_one_event() -> None:
    assert unit(seen(1), seen(1)) == unit(seen(1))
    assert unit(packed(1, "p"), packed(1, "p")).flags == []


def test_two_events_with_different_content_under_one_event_id_both_count_and_are_flagged() -> None:
    found = unit(packed(1, "p", event_id="e"), Deed(5, "e", b"2", entry(Role.CHILD, "AggregationEvent", "DELETE"), "p"))
    assert stays(found) == [("p", 1, 5)]
    assert found.flags == [Flag("contested_id", ("e",))]
    assert len(found.deeds) == 2


def test_contested_contents_that_say_the_same_of_x_are_two_events() -> None:
    one = packed(1, "p", event_id="e")
    found = unit(one, Deed(1, "e", b"2", one.entry, "p"))
    assert found.flags == [Flag("contested_id", ("e",)), Flag("packed_twice", ("e",))]


def test_an_id_is_contested_too_by_an_event_that_does_not_name_x() -> None:
    found = summarize([seen(1, "e"), seen(2, "f")], (), (), {"e"}, is_lot=False)
    assert found.flags == [Flag("contested_id", ("e",))]
    assert summarize([seen(1, "e")], (), {"e"}, {"e"}, is_lot=False).flags == []


def test_a_thing_of_an_id_of_ones_own_is_a_lot_where_a_live_quantity_list_names_it() -> None:
    def moved(role: Role) -> list[Deed]:
        return [packed(1, "p", role=role, event_id="a"), packed(2, "q", role=role, event_id="b")]

    lot = summarize(moved(Role.CHILD_QUANTITY), (), (), is_lot=None)
    assert (stays(lot), lot.flags) == ([("p", 1, None), ("q", 2, None)], [])
    one = summarize(moved(Role.CHILD), (), (), is_lot=None)
    assert one.flags == [Flag("moved_without_unpacking", ("b",))]
    wrong = deed(3, "c", Role.QUANTITY, "ObjectEvent", "OBSERVE")
    assert summarize([*moved(Role.CHILD), wrong], (), {"c"}, is_lot=None).flags == one.flags


def test_contested_and_then_declared_an_error_is_as_if_it_never_was() -> None:
    found = unit(seen(1, "e", content=b"1"), seen(1, "e", content=b"2"), declared=("e",))
    assert (found.flags, found.deeds, found.void) == ([], [], ["e"])


def test_an_event_whose_id_has_an_error_declaration_is_void() -> None:
    found = unit(seen(1, "keep"), seen(2, "e"), declaration(2, "e"), declared=("e",))
    assert found.deeds == [seen(1, "keep")]
    assert found.void == ["e"]


def test_the_declaring_event_itself_is_never_applied() -> None:
    declares = Deed(1, "e", b"d", entry(Role.CHILD, "AggregationEvent", "ADD", declares_error=True), "p")
    found = unit(declares, declared=("e",))
    assert found == Unit([], None, None, [], [], [])  # and where it stands alone there is nothing to be void
    assert unit(declares, declared=()).deeds == []


def test_a_declared_add_opens_nothing_and_a_declared_delete_ends_nothing() -> None:
    assert stays(unit(packed(1, "p"), declared=("ADD1",))) == []
    assert stays(unit(packed(1, "p"), packed(2, "p", "DELETE"), declared=("DELETE2",))) == [("p", 1, None)]
    assert stays(unit(packed(1, "p"), also=(emptied(2, "p"),), declared=("all",))) == [("p", 1, None)]


def test_a_declared_end_ends_nothing() -> None:
    found = unit(seen(1, "gone", "DELETE"), used(9), seen(5), declared=("gone",))
    assert (found.end_of_life_us, found.flags) == (9, [])


def test_end_of_life_is_the_object_event_delete_or_the_use_as_input_the_earliest() -> None:
    assert unit(seen(3, "gone", "DELETE")).end_of_life_us == 3
    assert unit(used(4)).end_of_life_us == 4
    assert unit(used(4), seen(3, "gone", "DELETE"), used(2, "first")).end_of_life_us == 2
    assert unit(seen(1), packed(2, "p"), packed(3, "p", "DELETE")).end_of_life_us is None


def test_no_other_delete_is_an_end() -> None:
    others = [
        deed(1, "t", Role.EPC, "TransactionEvent", "DELETE"),
        deed(2, "s", Role.CHILD, "AssociationEvent", "DELETE", "s"),
        deed(3, "p", Role.UNPACKED_ALL, "AggregationEvent", "DELETE"),
        deed(4, "o", Role.OUTPUT, "TransformationEvent", "", TRANSFORMATION + "1"),
    ]
    assert unit(*others).end_of_life_us is None


def test_a_lot_has_no_end_of_life() -> None:
    deeds = [
        packed(1, "p"),
        deed(2, "u", Role.INPUT_QUANTITY, "TransformationEvent", "", TRANSFORMATION + "1"),
        used(3),
    ]
    deeds += [deed(4, "d", Role.QUANTITY, "ObjectEvent", "DELETE"), seen(5, "e", "DELETE"), packed(9, "q")]
    found = summarize(deeds, (), (), is_lot=True)
    assert found.end_of_life_us is None
    assert stays(found) == [("p", 1, None), ("q", 9, None)]
    assert found.flags == []


def test_a_direct_event_later_than_the_end_is_flagged() -> None:
    found = unit(used(5), seen(5, "same instant"), seen(7, "b"), seen(6, "a"), packed(8, "p"))
    assert found.flags == [Flag("event_after_end", ("ADD8", "a", "b"))]
    assert found.stays == []
    assert unit(used(5), also=(emptied(9, "p"),)).flags == []  # no direct event of x


def test_the_end_of_life_ends_containment() -> None:
    assert stays(unit(packed(1, "p"), used(5))) == [("p", 1, 5)]


def test_commissioning_is_the_earliest_object_event_add() -> None:
    found = unit(seen(5, "again", "ADD"), seen(3, "made", "ADD"), packed(1, "p"), seen(2, "seen"))
    assert found.commissioning == seen(3, "made", "ADD")
    assert unit(packed(1, "p"), seen(2)).commissioning is None
    assert unit(seen(1, "made", "ADD"), seen(2, "later", "ADD"), declared=("made",)).commissioning == seen(
        2, "later", "ADD"
    )


def test_containment_comes_from_aggregation_events_with_x_among_the_children() -> None:
    found = unit(
        deed(1, "bound", Role.CHILD, "AssociationEvent", "ADD", "sensor"),  # no containment
        deed(2, "traded", Role.EPC, "TransactionEvent", "ADD"),
        deed(3, "filled", Role.PARENT, "AggregationEvent", "ADD"),  # x is the container
        packed(4, "p", role=Role.CHILD_QUANTITY),
    )
    assert found.stays == [Stay("p", 4, None, "ADD4")]


def test_unpacking_all_of_its_container_ends_a_stay() -> None:
    assert stays(unit(packed(1, "p"), also=(emptied(5, "p"), emptied(3, "q")))) == [("p", 1, 5)]
    not_all = deed(5, "named", Role.PARENT, "AggregationEvent", "DELETE")  # it named its children, and x is none
    assert stays(unit(packed(1, "p"), also=(("p", not_all),))) == [("p", 1, None)]


def test_x_emptied_as_a_container_itself_stays_where_it_is() -> None:
    own = deed(5, "all", Role.UNPACKED_ALL, "AggregationEvent", "DELETE")
    assert stays(unit(packed(1, "p"), own)) == [("p", 1, None)]


def test_containers_of_names_every_container_whose_events_matter() -> None:
    deeds = [packed(1, "p"), packed(2, "q", "DELETE"), packed(3, "r", "OBSERVE"), packed(4, "", "OBSERVE")]
    deeds += [deed(5, "s", Role.CHILD, "AssociationEvent", "ADD", "sensor"), used(6), seen(7)]
    assert containers_of(deeds) == {"p", "q", "r"}


ROLES = st.sampled_from(
    [
        (Role.CHILD, "AggregationEvent", "ADD"),
        (Role.CHILD, "AggregationEvent", "DELETE"),
        (Role.CHILD_QUANTITY, "AggregationEvent", "ADD"),
        (Role.CHILD, "AggregationEvent", "OBSERVE"),
        (Role.EPC, "ObjectEvent", "ADD"),
        (Role.EPC, "ObjectEvent", "OBSERVE"),
        (Role.EPC, "ObjectEvent", "DELETE"),
        (Role.INPUT, "TransformationEvent", ""),
        (Role.CHILD, "AssociationEvent", "ADD"),
    ]
)
CONTENTS = st.sampled_from([b"1", b"2"])
IDS = st.sampled_from("abcd")


@st.composite
def deeds(draw: st.DrawFn) -> Deed:
    role, kind, action = draw(ROLES)
    other = draw(st.sampled_from("pq")) if role in (Role.CHILD, Role.CHILD_QUANTITY) else ""
    return deed(draw(st.integers(0, 6)), draw(IDS), role, kind, action, other, draw(CONTENTS))


DEEDS = st.lists(deeds(), max_size=10)
EMPTIED = st.lists(st.builds(emptied, st.integers(0, 6), st.sampled_from("pq"), IDS), max_size=3)
DECLARED = st.sets(IDS)


@given(known=DEEDS, also=EMPTIED, declared=DECLARED, is_lot=st.booleans(), data=st.data())
def test_law_any_order_any_duplication_gives_the_same(
    known: list[Deed], also: list[tuple[str, Deed]], declared: set[str], *, is_lot: bool, data: st.DataObject
) -> None:
    wanted = summarize(known, also, declared, is_lot=is_lot)
    shuffled = data.draw(st.permutations(known + known[: data.draw(st.integers(0, 4))]))
    others = data.draw(st.permutations(also + also[: data.draw(st.integers(0, 2))]))
    assert summarize(shuffled, others, declared, is_lot=is_lot) == wanted


@given(known=DEEDS, also=EMPTIED, declared=DECLARED, wrong=IDS, is_lot=st.booleans())
def test_law_declaring_an_event_as_an_error_gives_what_the_set_without_it_gives(
    known: list[Deed], also: list[tuple[str, Deed]], declared: set[str], wrong: str, *, is_lot: bool
) -> None:
    declares = [declaration(one.event_time_us, wrong, one.entry.role) for one in known if one.event_id == wrong]
    after = summarize([*known, *declares], also, declared | {wrong}, is_lot=is_lot)
    without = summarize(
        [one for one in known if one.event_id != wrong],
        [one for one in also if one[1].event_id != wrong],
        declared - {wrong},
        is_lot=is_lot,
    )
    listed = sorted({*without.void, wrong} if declares else without.void)
    assert after == Unit(
        without.deeds, without.commissioning, without.end_of_life_us, without.stays, listed, without.flags
    )


@given(known=DEEDS, also=EMPTIED, declared=DECLARED, is_lot=st.booleans())
def test_law_what_happened_to_containers_never_entered_changes_nothing(
    known: list[Deed], also: list[tuple[str, Deed]], declared: set[str], *, is_lot: bool
) -> None:
    entered = containers_of(known)
    assert summarize(known, also, declared, is_lot=is_lot) == summarize(
        known, [one for one in also if one[0] in entered], declared, is_lot=is_lot
    )
