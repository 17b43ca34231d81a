"""How measuring is done: interleaved rounds, medians, ratios, tables."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TypeVar

from tests.bench.sizes import Sizes

T = TypeVar("T")


class Disagreement(Exception):
    """Contenders gave different answers, so their times mean nothing."""


class ContenderUnavailable(Exception):
    """A contender cannot be had on this machine; the text says why, and stands in the table."""


@dataclass(frozen=True, slots=True)
class Table:
    """One result, as it is printed and as it stands in the report.

    Attributes:
        title: what was measured.
        header: names of the columns; the first one names the rows.
        rows: one text for each column.
        notes: what a reader must know, one sentence or more each.
    """

    title: str
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Bench:
    """What every benchmark gets.

    Attributes:
        sizes: how much to measure.
        work: an empty folder of its own.
        shared: a folder that all benchmarks of a run share.
        say: tells the person who waits what is going on.
    """

    sizes: Sizes
    work: Path
    shared: Path
    say: Callable[[str], None]


def interleave(contenders: Mapping[str, Callable[[], T]], rounds: int) -> dict[str, list[T]]:
    """Runs every contender once a round, each round beginning with another one.

    What disturbs the machine for a while so disturbs all of them.

    Returns:
        The results of each contender, one a round.
    """
    names = list(contenders)
    found: dict[str, list[T]] = {name: [] for name in names}
    for turn in range(rounds):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            found[name].append(contenders[name]())
    return found


def number(value: float) -> str:
    """A number to read: three digits that mean something."""
    if value >= 1000:
        return f"{round(value, 3 - len(str(int(value)))):,.0f}"
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def spread(values: Sequence[float]) -> str:
    """The median, with the smallest and the largest beside it."""
    middle = number(median(values))
    return f"{middle} ({number(min(values))}–{number(max(values))})" if len(values) > 1 else middle


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """How many times theirs ours is, median by median."""
    return f"{number(median(ours) / median(theirs))}×"


def versus(found: Mapping[str, Sequence[float]], ours: str) -> list[tuple[str, ...]]:
    """Rows of rates: contender, events/s, and how many times its rate ours is."""
    return [(name, spread(rates), "" if name == ours else ratio(found[ours], rates)) for name, rates in found.items()]
