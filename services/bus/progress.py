"""What the ingest group has committed, and how far behind the topic it is."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient

from services.bus.connection import Broker, bus_errors
from services.bus.topics import CAPTURES, Topics
from services.ports import BusUnavailable

GROUP = "tianzhuo-ingest"
"""The consumer group of the ingest workers."""


@dataclass(frozen=True, slots=True)
class Lag:
    """How far behind a partition is.

    Attributes:
        partition: its number.
        committed: the offset up to which everything is stored; None when nothing was ever committed.
        stored_us: the time of the last stored record, microseconds since 1970-01-01 UTC; None when it is not known.
        end: the high watermark.
        behind: records (and marks of transactions) that are not stored yet.
    """

    partition: int
    committed: int | None
    stored_us: int | None
    end: int
    behind: int


class Progress:
    """Asks one broker. Methods block and raise BusUnavailable."""

    def __init__(self, broker: Broker, group: str = GROUP) -> None:
        self._broker = broker
        self._group = group

    def of(self, topic: str, partitions: Sequence[int]) -> dict[int, tuple[int, int | None]]:
        """By partition, the committed offset and the time of the last stored record; without those never committed."""
        places = [TopicPartition(topic, number) for number in partitions]
        if not places:
            return {}
        with bus_errors(), closing(KafkaAdminClient(**self._broker.client(client_id="tianzhuo-progress"))) as admin:
            found = admin.list_group_offsets({self._group: places})[self._group]
        return {
            place.partition: (said.offset, (int(said.metadata) or None) if (said.metadata or "").isdigit() else None)
            for place, said in found.items()
            if said.offset >= 0
        }

    def lag(self, topic: str = CAPTURES) -> list[Lag]:
        """How far behind each partition is, in order. Raises BusUnavailable also when there is no such topic."""
        count = Topics(self._broker).partitions(topic)
        if not count:
            raise BusUnavailable(f"the topic {topic} is not there")
        numbers = range(count)
        with bus_errors(), closing(KafkaConsumer(**self._broker.client(client_id="tianzhuo-lag"))) as consumer:
            done = self.of(topic, numbers)
            places = [TopicPartition(topic, number) for number in numbers]
            begin, end = consumer.beginning_offsets(places), consumer.end_offsets(places)
        found = []
        for place in places:
            committed, stored_us = done.get(place.partition, (None, None))
            last = end[place]
            behind = last - (begin[place] if committed is None else committed)
            found.append(Lag(place.partition, committed, stored_us, last, max(0, behind)))
        return found
