"""How blocks are cut: along the log alone, whatever the fetches were."""

from hypothesis import given
from hypothesis import strategies as st

from services.ports import Record
from streams.units import Unit, Waiting

GRID = 10


def record(partition: int, offset: int, size: int = 1) -> Record:
    return Record("captures.v1", partition, offset, 0, None, b"x" * size, ())


def drain(waiting: Waiting) -> list[Unit]:
    found = []
    while (unit := waiting.full()) is not None:
        found.append(unit)
    return found


@st.composite
def logs(draw: st.DrawFn) -> list[Record]:
    """A partition's records: offsets that rise, with holes where the marks of transactions are."""
    offsets = draw(st.lists(st.integers(1, 4), min_size=1, max_size=60))
    sizes = draw(st.lists(st.sampled_from([1, 50, 2_000]), min_size=len(offsets), max_size=len(offsets)))
    at, found = -1, []
    for step, size in zip(offsets, sizes, strict=True):
        at += step
        found.append(record(0, at, size))
    return found


def fetched(log: list[Record], cuts: list[int]) -> list[list[Record]]:
    ends = sorted({min(cut, len(log)) for cut in cuts} | {len(log)})
    return [log[start:end] for start, end in zip([0, *ends], ends, strict=False)]


@given(logs(), st.lists(st.integers(0, 60), max_size=8))
def test_complete_blocks_depend_on_the_log_alone(log: list[Record], cuts: list[int]) -> None:
    at_once, in_pieces = Waiting(GRID, 3_000), Waiting(GRID, 3_000)
    at_once.add(0, log, 0.0)
    expected = drain(at_once)
    found = []
    for piece in fetched(log, cuts):
        in_pieces.add(0, piece, 0.0)
        found += drain(in_pieces)
    assert [unit.token for unit in found] == [unit.token for unit in expected]
    assert [unit.records for unit in found] == [unit.records for unit in expected]


@given(logs(), logs())
def test_nothing_is_lost_or_taken_twice(one: list[Record], other: list[Record]) -> None:
    waiting = Waiting(GRID, 3_000)
    waiting.add(0, one, 0.0)
    waiting.add(1, [item._replace(partition=1) for item in other], 0.0)
    units = drain(waiting)
    while (unit := waiting.all()) is not None:
        units.append(unit)
    taken = [item for unit in units for item in unit.records]
    assert sorted(taken, key=lambda r: (r.partition, r.offset)) == [*one, *(r._replace(partition=1) for r in other)]
    for number in (0, 1):
        assert [r.offset for r in taken if r.partition == number] == sorted(
            r.offset for r in taken if r.partition == number
        )
    assert (len(waiting), waiting.size, waiting.since) == (0, 0, None)


@given(logs())
def test_a_unit_says_what_to_commit(log: list[Record]) -> None:
    waiting = Waiting(GRID, 3_000)
    waiting.add(0, log, 0.0)
    for unit in drain(waiting):
        assert unit.next_offsets == {0: unit.records[-1].offset + 1}
        lines = {item.offset // GRID for item in unit.records}
        assert len(lines) == 1


def test_one_large_record_goes_alone() -> None:
    waiting = Waiting(GRID, 3_000)
    waiting.add(0, [record(0, 0), record(0, 1, 50_000), record(0, 2)], 0.0)
    assert [[r.offset for r in unit.records] for unit in drain(waiting)] == [[0], [1]]
    rest = waiting.all()
    assert rest is not None
    assert [r.offset for r in rest.records] == [2]
