"""When too much is poison it is no longer the letters that are wrong: the worker stops before it drains the topic."""

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat

from services.domain.errors import TianzhuoError
from services.ports import Letter


@dataclass(frozen=True, slots=True)
class StormLimits:
    """How much poison is still passed over, in each partition.

    Attributes:
        run: records in a row; 0: any number.
        share: of the last `window` records; 1: any.
        window: see `share`.
    """

    run: int = 500
    share: float = 0.5
    window: int = 1000


class PoisonStorm(TianzhuoError):
    """Too many records in a row, or too large a share of them, cannot be accepted. What follows is not passed over."""


def why(letter: Letter) -> str:
    """The stage at which a record was refused, and what was expected, without a word of the record."""
    first = letter.violations[0]
    return f"{letter.stage}, " + (first.value if letter.stage == "unforeseen" else f"expected {first.expected}")


class StormGuard:
    """Counts the refused of each partition. What was refused before a restart counts, see `remember`."""

    def __init__(self, limits: StormLimits) -> None:
        self._limits = limits
        self._last: dict[int, deque[bool]] = {}
        self._runs: dict[int, int] = {}

    @property
    def window(self) -> int:
        """How many records back a share is counted."""
        return self._limits.window

    @property
    def words(self) -> str:
        """The limits, to be read."""
        limits = self._limits
        return f"more than {limits.run} in a row, or {limits.share:.0%} of {limits.window}"

    def remember(self, partition: int, next_offset: int, refused: Iterable[int]) -> None:
        """What is known of a partition that was just taken over.

        Args:
            partition: its number.
            next_offset: the offset of its next record.
            refused: offsets of its dead letters, at least those within the window.
        """
        bad = set(refused)
        first = max(0, next_offset - self._limits.window)
        self._last[partition] = deque(maxlen=self._limits.window)
        self._runs[partition] = 0
        for offset in range(first, next_offset):
            self._count(partition, refused=offset in bad)

    def allowed(self, partition: int, refused: Sequence[bool]) -> int:
        """How many of the partition's next records may be passed over before it is a storm. Counts them."""
        for place, bad in enumerate(refused):
            if bad and self._is_storm(partition):
                return place
            self._count(partition, refused=bad)
        return len(refused)

    def calm(self, partitions: Iterable[int]) -> None:
        """Counts records that were accepted, by the partition of each."""
        for number, count in Counter(partitions).items():
            self._runs[number] = 0
            self._last.setdefault(number, deque(maxlen=self._limits.window)).extend(
                repeat(False, min(count, self.window))
            )

    def _is_storm(self, partition: int) -> bool:
        """Whether one more refused record is one too many."""
        limits = self._limits
        if limits.run and self._runs.get(partition, 0) + 1 > limits.run:
            return True
        last = self._last.get(partition)
        if last is None or len(last) < limits.window:
            return False
        return sum(last) - last[0] + 1 > limits.share * limits.window

    def _count(self, partition: int, *, refused: bool) -> None:
        last = self._last.setdefault(partition, deque(maxlen=self._limits.window))
        last.append(refused)
        self._runs[partition] = self._runs.get(partition, 0) + 1 if refused else 0
