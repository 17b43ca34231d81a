"""What the ingest group has committed, and how far behind the topic it is."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient

from services.bus.connection import Broker, bus_errors
from services.bus.offsets import GROUP, committed, standings
from services.bus.topics import CAPTURES, Topics
from services.ports import BusUnavailable


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
        with bus_errors(), closing(self._admin()) as admin:
            found = committed(admin, self._group, places)
        return {
            place.partition: (done.offset, done.stored_us or None)
            for place, done in found.items()
            if done.offset is not None
        }

    def lag(self, topic: str = CAPTURES) -> list[Lag]:
        """How far behind each partition is, in order. Raises BusUnavailable also when there is no such topic."""
        count = Topics(self._broker).partitions(topic)
        if not count:
            raise BusUnavailable(f"the topic {topic} is not there")
        places = [TopicPartition(topic, number) for number in range(count)]
        with (
            bus_errors(),
            closing(self._admin()) as admin,
            closing(KafkaConsumer(**self._broker.client(client_id="tianzhuo-lag"))) as consumer,
        ):
            found = standings(admin, consumer, self._group, places)
        return [
            Lag(place.partition, one.done.offset, one.done.stored_us or None, one.end, one.behind)
            for place, one in found.items()
        ]

    def _admin(self) -> KafkaAdminClient:
        return KafkaAdminClient(**self._broker.client(client_id="tianzhuo-progress"))
