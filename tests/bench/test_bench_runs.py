"""Every benchmark runs, in tiny sizes, and its contenders agree (a benchmark raises where they do not)."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench.__main__ import BENCHES
from tests.bench.measure import Bench, Table, interleave, number, ratio
from tests.bench.report import show, write
from tests.bench.sizes import TINY

TOGETHER = ["hash", "validate", "capture", "lookup storage", "simulator", "ingest"]
"""Those that share what takes long to make run in one test."""


def test_all_are_tested() -> None:
    assert " ".join(TOGETHER).split() == list(BENCHES)


@pytest.mark.parametrize("names", TOGETHER)
def test_it_runs_and_its_contenders_agree(names: str, tmp_path: Path) -> None:
    tables: list[Table] = []
    for name in names.split():
        work = tmp_path / name
        work.mkdir()
        sizes = replace(TINY, rounds=1) if name == "ingest" else TINY  # it starts a process for each reader and round
        found = BENCHES[name](Bench(sizes, work, tmp_path, print))
        assert found
        tables += found
    for table in tables:
        show(table)
        assert table.rows
        assert {len(row) for row in table.rows} == {len(table.header)}
    page = tmp_path / "docs" / "benchmarks.md"
    write(page, tables, ["a machine"], "make bench", 1.0)
    assert all(f"## {table.title}" in page.read_text() for table in tables)


def test_every_round_runs_every_contender_and_begins_with_another() -> None:
    ran: list[str] = []

    def contender(name: str) -> Callable[[], int]:
        return lambda: ran.append(name) or len(ran)  # type: ignore[func-returns-value]

    found = interleave({name: contender(name) for name in "abc"}, 3)
    assert ran == list("abcbcacab")
    assert found == {"a": [1, 6, 8], "b": [2, 4, 9], "c": [3, 5, 7]}


def test_numbers_have_three_digits_that_mean_something() -> None:
    assert [number(value) for value in (0.1234, 12.34, 123.4, 1234.5, 123_456.7)] == [
        "0.12", "12.3", "123", "1,230", "123,000",
    ]  # fmt: skip
    assert ratio([10, 30, 20], [4, 5, 6]) == "4.00×"
