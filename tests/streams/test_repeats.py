"""The memory of events counts what it has seen, forgets when it must, and invents nothing."""

import random
from collections.abc import Sequence

from streams.repeats import Repeats


def keys(count: int, seed: int) -> list[bytes]:
    draw = random.Random(seed)
    return [draw.randbytes(8) for _ in range(count)]


def test_what_came_before_is_counted_also_within_one_block() -> None:
    repeats = Repeats()
    first, second = keys(5_000, 1), keys(5_000, 2)
    assert repeats.count([]) == 0
    assert repeats.count(first) == 0
    assert repeats.count(second + second[:10] + first[:7]) >= 10
    assert repeats.count(first[:1] * 4) >= 3


def test_nothing_new_is_taken_for_old_and_of_what_fits_hardly_anything_is_forgotten() -> None:
    repeats = Repeats()
    blocks: Sequence[list[bytes]] = [keys(10_000, seed) for seed in range(10)]
    assert [repeats.count(block) for block in blocks] == [0] * 10
    again = sum(repeats.count(block) for block in blocks)
    assert 90_000 < again <= 100_000


def test_after_forgetting_everything_is_new() -> None:
    repeats = Repeats()
    some = keys(100, 3)
    repeats.count(some)
    repeats.forget()
    assert repeats.count(some) == 0
