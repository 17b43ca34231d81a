"""When poison is a storm: never more of it is passed over than the limits say, restarts included."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from streams.storm import StormGuard, StormLimits

LIMITS = StormLimits(run=5, share=0.5, window=20)


def longest_run(flags: list[bool]) -> int:
    longest = run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        longest = max(longest, run)
    return longest


@given(st.lists(st.booleans(), max_size=200), st.lists(st.integers(0, 200), max_size=5))
def test_what_is_passed_over_keeps_the_limits_over_restarts(flags: list[bool], cuts: list[int]) -> None:
    passed: list[bool] = []
    guard = StormGuard(LIMITS)
    ends = sorted({0, len(flags), *(min(cut, len(flags)) for cut in cuts)})
    for start, end in pairwise(ends):
        # A restart before each block: the guard remembers from the stored letters alone.
        guard = StormGuard(LIMITS)
        guard.remember(0, len(passed), [place for place, bad in enumerate(passed) if bad])
        allowed = guard.allowed(0, flags[start:end])
        passed += flags[start : start + allowed]
        if allowed < end - start:
            break
    assert longest_run(passed) <= LIMITS.run
    for end in range(LIMITS.window, len(passed)):
        window = passed[end - LIMITS.window + 1 : end + 1]
        assert not passed[end] or sum(window) <= LIMITS.share * LIMITS.window
    if len(passed) < len(flags):
        assert flags[len(passed)], "only a refused record stops the worker"


def test_good_records_are_never_stopped() -> None:
    guard = StormGuard(LIMITS)
    assert guard.allowed(0, [False] * 500) == 500


def test_partitions_are_counted_apart() -> None:
    guard = StormGuard(LIMITS)
    assert guard.allowed(0, [True] * 5) == 5
    assert guard.allowed(1, [True] * 5) == 5
    assert guard.allowed(0, [True]) == 0
    guard.calm([0])
    assert guard.allowed(0, [True]) == 1


def test_no_limit_on_runs_when_it_is_zero() -> None:
    assert StormGuard(StormLimits(run=0, share=1.0, window=20)).allowed(0, [True] * 400) == 400
