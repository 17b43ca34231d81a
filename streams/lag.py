"""How far behind the worker is, partition by partition, without asking the broker for each block."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from streams.status import Status

EVERY_SECONDS = 0.5


class LagWatch:
    """Tells the status how much is in Kafka and not stored yet.

    Every fetch brings the end of its partition along. Of one that is not fetched the end is asked for.
    """

    def __init__(self, consumer: AIOKafkaConsumer, topic: str, status: Status) -> None:
        self._consumer = consumer
        self._topic = topic
        self._status = status
        self._next = 0.0
        self._asked: dict[int, int] = {}

    async def look(self, committed: Mapping[int, int], resting: Iterable[TopicPartition]) -> None:
        """Now and then, says how far behind each partition is.

        Args:
            committed: by partition, up to where it is stored; the worker's own, which is empty once they are revoked.
            resting: partitions that are not fetched now.
        """
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + EVERY_SECONDS
        self._asked = await self._ends(resting)
        # No await from here on: what was revoked meanwhile is no longer among the committed.
        found = {number: (done, self._end(number)) for number, done in committed.items()}
        self._status.behind({number: max(0, end - done) for number, (done, end) in found.items() if end is not None})

    def _end(self, number: int) -> int | None:
        """The end of a partition as it was heard of last; None when nothing was heard yet."""
        with suppress(IllegalStateError, AssertionError):  # aiokafka asserts that it is assigned
            heard = self._consumer.highwater(TopicPartition(self._topic, number))
            return max((end for end in (heard, self._asked.get(number)) if end is not None), default=None)
        return None

    async def _ends(self, paused: Iterable[TopicPartition]) -> dict[int, int]:
        places = list(paused)
        with suppress(KafkaError, TimeoutError):
            async with asyncio.timeout(EVERY_SECONDS):
                found = await self._consumer.end_offsets(places) if places else {}
                return {place.partition: end for place, end in found.items()}
        return self._asked
