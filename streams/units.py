"""What waits between fetch and insert, and how it is cut: blocks on the offset grid, so that a retry is the same block.

A block of one partition ends where the grid of offsets has a line, or where its bytes are enough. Both depend on the
log alone, so a worker that reads the same records again makes the same blocks, and the store drops a block that it has.
When nothing more comes for a while, what is there goes together, whatever its ends; then a retry may store rows twice,
and readers and merges drop them.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from services.ports import Record

OVERHEAD = 200
"""Bytes of a record beside its value, about."""


def record_of(message: Any) -> Record:
    """A message of aiokafka's; the broker's time is in milliseconds."""
    return Record(
        message.topic,
        message.partition,
        message.offset,
        message.timestamp * 1000,
        message.key,
        message.value,
        message.headers,
    )


@dataclass(frozen=True, slots=True)
class Unit:
    """Records that go into the store together.

    Attributes:
        records: by partition and offset, in this order.
        next_offsets: by partition, what to commit once they are stored.
        size: bytes, about.
    """

    records: list[Record]
    next_offsets: dict[int, int]
    size: int

    @property
    def token(self) -> str:
        """The insert token: `topic:partition:first-last`, of several partitions a digest of these."""
        ranges: dict[int, tuple[int, int]] = {}
        for record in self.records:
            first, _ = ranges.get(record.partition, (record.offset, 0))
            ranges[record.partition] = first, record.offset
        topic = self.records[0].topic
        names = [f"{topic}:{number}:{first}-{last}" for number, (first, last) in sorted(ranges.items())]
        return names[0] if len(names) == 1 else f"{topic}:{sha256(' '.join(names).encode()).hexdigest()[:32]}"


@dataclass(slots=True)
class _Waiting:
    records: deque[Record] = field(default_factory=deque)
    size: int = 0


class Waiting:
    """The records that were fetched and not yet taken, by partition."""

    def __init__(self, grid: int, block_bytes: int) -> None:
        """Builds it.

        Args:
            grid: offsets between two lines.
            block_bytes: of one block, about; one record may be larger and then goes alone.
        """
        self._grid = grid
        self._block_bytes = block_bytes
        self._parts: dict[int, _Waiting] = {}
        self.size = 0
        self.since: float | None = None

    def __len__(self) -> int:
        return sum(len(part.records) for part in self._parts.values())

    def add(self, partition: int, records: Iterable[Record], now: float) -> None:
        """Adds a partition's next records; `now` in seconds of any clock that never goes back."""
        part = self._parts.setdefault(partition, _Waiting())
        before = part.size
        for record in records:
            part.records.append(record)
            part.size += _size(record)
        self.size += part.size - before
        if self.since is None and part.records:
            self.since = now

    def full(self) -> Unit | None:
        """A block that is complete, None when there is none."""
        for number, part in self._parts.items():
            cut = self._cut(part)
            if cut:
                return self._take({number: cut})
        return None

    def all(self) -> Unit | None:
        """What waits, of all partitions together, as much as one block may hold; None when nothing does."""
        taken: dict[int, int] = {}
        room_bytes, room = self._block_bytes, self._grid
        for number, part in self._parts.items():
            size = count = 0
            for record in part.records:
                if (taken or count) and (size + _size(record) > room_bytes or count >= room):
                    break
                size += _size(record)
                count += 1
            if count:
                taken[number] = count
                room_bytes, room = room_bytes - size, room - count
            if room_bytes <= 0 or room <= 0:
                break
        return self._take(taken) if taken else None

    def clear(self) -> None:
        """Forgets everything."""
        self._parts.clear()
        self.size, self.since = 0, None

    def _cut(self, part: _Waiting) -> int:
        """How many records make the partition's next complete block; 0 when it is not complete yet."""
        if not part.records:
            return 0
        line = (part.records[0].offset // self._grid + 1) * self._grid
        if part.records[-1].offset < line - 1 and part.size <= self._block_bytes:
            return 0
        size = 0
        for count, record in enumerate(part.records):
            if record.offset >= line or (count and size + _size(record) > self._block_bytes):
                return count
            size += _size(record)
        return len(part.records) if part.records[-1].offset == line - 1 else 0

    def _take(self, counts: dict[int, int]) -> Unit:
        records: list[Record] = []
        following: dict[int, int] = {}
        size = 0
        for number, count in sorted(counts.items()):
            part = self._parts[number]
            for _ in range(count):
                record = part.records.popleft()
                records.append(record)
                part.size -= _size(record)
                size += _size(record)
            following[number] = records[-1].offset + 1
        self.size -= size
        if not len(self):
            self.since = None
        return Unit(records, following, size)


def _size(record: Record) -> int:
    return len(record.value or b"") + len(record.key or b"") + OVERHEAD + sum(len(one) for _, one in record.headers)
