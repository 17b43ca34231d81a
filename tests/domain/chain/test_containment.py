"""CHAIN §2, containment of x: the fold of one thing's moves, sentence by sentence, and its laws."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.chain.containment import Flag, Move, Stay, fold


def move(at: int, action: str, container: str, name: str = "", *, content: bytes = b"") -> Move:
    return Move(at, int(action != "DELETE"), name or f"{action}{at}", content, action, container)


def emptied(at: int, container: str) -> Move:
    return Move(at, 0, f"ALL{at}", b"", "DELETE", container, names_child=False)


def stays(*moves: Move, end: int | None = None, is_lot: bool = False) -> list[tuple[str, int, int | None]]:
    return [(stay.container, stay.from_us, stay.to_us) for stay in fold(moves, end, is_lot=is_lot)[0]]


def flags(*moves: Move, end: int | None = None, is_lot: bool = False) -> list[Flag]:
    return fold(moves, end, is_lot=is_lot)[1]


def test_nothing_happened() -> None:
    assert fold([], None, is_lot=False) == ([], [])
    assert fold([], 5, is_lot=False) == ([], [])


def test_add_into_p_opens_and_an_open_interval_has_no_to() -> None:
    found, raised = fold([move(1, "ADD", "p")], None, is_lot=False)
    assert found == [Stay("p", 1, None, "ADD1")]
    assert raised == []


def test_add_into_p_while_in_p_changes_nothing_and_is_packed_twice() -> None:
    twice = (move(1, "ADD", "p"), move(2, "ADD", "p"), move(3, "ADD", "p"))
    assert stays(*twice) == [("p", 1, None)]
    assert flags(*twice) == [Flag("packed_twice", ("ADD2",)), Flag("packed_twice", ("ADD3",))]
    assert stays(*twice, move(9, "DELETE", "p")) == [("p", 1, 9)]  # one DELETE ends it


def test_add_into_q_while_in_p_ends_p_opens_q_and_is_moved_without_unpacking() -> None:
    moved = (move(1, "ADD", "p"), move(2, "ADD", "q"))
    assert stays(*moved) == [("p", 1, 2), ("q", 2, None)]
    assert flags(*moved) == [Flag("moved_without_unpacking", ("ADD2",))]


def test_delete_from_p_naming_x_ends_it_at_t() -> None:
    moves = (move(1, "ADD", "p"), move(5, "DELETE", "p"))
    assert stays(*moves) == [("p", 1, 5)]
    assert flags(*moves) == []


def test_delete_from_p_naming_no_child_at_all_ends_it_at_t() -> None:
    moves = (move(1, "ADD", "p"), emptied(5, "p"))
    assert stays(*moves) == [("p", 1, 5)]
    assert flags(*moves) == []


def test_delete_from_q_that_names_x_while_x_is_not_in_q_changes_nothing_and_is_flagged() -> None:
    moves = (move(1, "ADD", "p"), move(5, "DELETE", "q"))
    assert stays(*moves) == [("p", 1, None)]
    assert flags(*moves) == [Flag("unpacked_without_packing", ("DELETE5",))]
    assert flags(move(0, "DELETE", "p"), *moves)[0] == Flag("unpacked_without_packing", ("DELETE0",))


def test_delete_from_q_that_names_no_child_while_x_is_not_in_q_is_no_matter() -> None:
    moves = (emptied(0, "p"), move(1, "ADD", "p"), emptied(5, "q"))
    assert stays(*moves) == [("p", 1, None)]
    assert flags(*moves) == []


def test_observe_changes_nothing() -> None:
    moves = (move(1, "ADD", "p"), move(2, "OBSERVE", "p"), move(3, "OBSERVE", "q"))
    assert stays(*moves) == [("p", 1, None)]
    assert flags(*moves) == []
    assert fold([move(2, "OBSERVE", "p")], None, is_lot=False) == ([], [])


def test_the_end_of_life_ends_it() -> None:
    assert stays(move(1, "ADD", "p"), end=7) == [("p", 1, 7)]


def test_what_is_packed_at_the_end_itself_still_counts_and_what_comes_later_does_not() -> None:
    assert stays(move(7, "ADD", "p"), end=7) == [("p", 7, 7)]
    after = (move(1, "ADD", "p"), move(8, "DELETE", "p"), move(9, "ADD", "q"), move(10, "DELETE", "z"))
    assert stays(*after, end=7) == [("p", 1, 7)]
    assert flags(*after, end=7) == []  # their flag is event_after_end


def test_intervals_are_closed_at_both_ends() -> None:
    """Out of p and into q at one instant: at it, x is in both."""
    assert stays(move(1, "ADD", "p"), move(5, "DELETE", "p"), move(5, "ADD", "q")) == [("p", 1, 5), ("q", 5, None)]


def test_unpacking_comes_before_everything_else_at_the_same_instant() -> None:
    """Whatever the event ids say."""
    moves = (move(1, "ADD", "p"), move(5, "ADD", "q", "a"), move(5, "DELETE", "p", "z"))
    assert stays(*moves) == [("p", 1, 5), ("q", 5, None)]
    assert flags(*moves) == []
    backwards = (move(5, "ADD", "p", "a"), move(5, "DELETE", "p", "z"))
    assert stays(*backwards) == [("p", 5, None)]
    assert flags(*backwards) == [Flag("unpacked_without_packing", ("z",))]


def test_then_the_event_id_decides_at_the_same_instant() -> None:
    moves = (move(5, "ADD", "p", "b"), move(5, "ADD", "q", "a"))
    assert stays(*moves) == [("p", 5, None), ("q", 5, 5)]
    assert flags(*moves) == [Flag("moved_without_unpacking", ("b",))]


def test_two_contents_under_one_event_id_both_count() -> None:
    contested = (move(1, "ADD", "p", "e", content=b"1"), move(1, "ADD", "p", "e", content=b"2"))
    assert stays(*contested) == [("p", 1, None)]
    assert flags(*contested) == [Flag("packed_twice", ("e",))]


def test_a_lot_may_be_in_several_containers_at_once_and_is_never_moved_without_unpacking() -> None:
    moves = (move(1, "ADD", "p"), move(2, "ADD", "q"), move(3, "ADD", "r"))
    assert stays(*moves, is_lot=True) == [("p", 1, None), ("q", 2, None), ("r", 3, None)]
    assert flags(*moves, is_lot=True) == []


def test_the_intervals_of_a_lot_are_kept_per_container() -> None:
    moves = (move(1, "ADD", "p"), move(2, "ADD", "q"), move(3, "DELETE", "p"), move(4, "ADD", "p"), emptied(5, "q"))
    assert stays(*moves, is_lot=True) == [("p", 1, 3), ("q", 2, 5), ("p", 4, None)]
    assert flags(*moves, move(6, "ADD", "p"), is_lot=True) == [Flag("packed_twice", ("ADD6",))]
    assert flags(*moves, move(6, "DELETE", "q"), is_lot=True) == [Flag("unpacked_without_packing", ("DELETE6",))]


ACTIONS = ["ADD", "ADD", "DELETE", "OBSERVE", "ALL"]
MOVES = st.lists(
    st.tuples(st.integers(0, 6), st.sampled_from(ACTIONS), st.sampled_from("pqr"), st.sampled_from("abc")).map(
        lambda m: Move(
            m[0], int(m[1] not in ("DELETE", "ALL")), m[3], b"", m[1].replace("ALL", "DELETE"), m[2], m[1] != "ALL"
        )
    ),
    max_size=12,
)
ENDS = st.none() | st.integers(0, 7)


@given(moves=MOVES, data=st.data(), end=ENDS, lot=st.booleans())
def test_law_any_order_any_duplication(moves: list[Move], data: st.DataObject, end: int | None, *, lot: bool) -> None:
    again = data.draw(st.lists(st.sampled_from(moves), max_size=5)) if moves else []
    shuffled = data.draw(st.permutations([*moves, *again]))
    assert fold(shuffled, end, is_lot=lot) == fold(moves, end, is_lot=lot)


@given(MOVES, ENDS)
def test_law_an_instance_is_in_one_container_at_a_time(moves: list[Move], end: int | None) -> None:
    found, _ = fold(moves, end, is_lot=False)
    for earlier, later in pairwise(found):
        if earlier.from_us < later.from_us:
            assert earlier.to_us is not None
            assert earlier.to_us <= later.from_us
    assert sum(stay.to_us is None for stay in found) <= (end is None)


@given(moves=MOVES, end=ENDS, lot=st.booleans())
def test_law_every_stay_begins_with_its_add_and_ends_after(moves: list[Move], end: int | None, *, lot: bool) -> None:
    found, raised = fold(moves, end, is_lot=lot)
    adds = {(m.container, m.time_us, m.event_id) for m in moves if m.action == "ADD"}
    for stay in found:
        assert (stay.container, stay.from_us, stay.opened_by) in adds
        assert stay.to_us is None or stay.from_us <= stay.to_us
        assert end is None or (stay.to_us is not None and stay.to_us <= end)
    named = {m.event_id for m in moves}
    assert all(set(flag.events) <= named for flag in raised)


@given(MOVES)
def test_law_a_lot_in_each_container_is_as_if_the_others_were_not(moves: list[Move]) -> None:
    found, _ = fold(moves, None, is_lot=True)
    for container in "pqr":
        alone, _ = fold([m for m in moves if m.container == container], None, is_lot=True)
        assert [stay for stay in found if stay.container == container] == alone


@pytest.mark.parametrize("is_lot", [False, True])
def test_ten_thousand_moves_take_no_recursion(*, is_lot: bool) -> None:
    moves = [move(at, "ADD" if at % 2 else "DELETE", "p") for at in range(1, 10_001)]
    assert len(stays(*moves, is_lot=is_lot)) == 5_000
