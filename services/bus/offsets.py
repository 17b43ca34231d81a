"""How far the ingest group is in a topic, asked of Kafka with clients that the caller keeps."""

from collections.abc import Sequence
from dataclasses import dataclass

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient

GROUP = "tianzhuo-ingest"
"""The consumer group of the ingest workers."""


@dataclass(frozen=True, slots=True)
class Committed:
    """What the group has committed in a partition.

    Attributes:
        offset: up to where everything is stored; None when nothing was ever committed.
        stored_us: the time of the last stored record, microseconds since 1970-01-01 UTC; None when it is not known, 0
            when nothing of the partition was ever stored.
    """

    offset: int | None = None
    stored_us: int | None = None


def committed(admin: KafkaAdminClient, group: str, places: Sequence[TopicPartition]) -> dict[TopicPartition, Committed]:
    """What a group has committed in each of these partitions. Raises KafkaError."""
    found = admin.list_group_offsets({group: list(places)})[group] if places else {}
    return {place: _read(found.get(place)) for place in places}


def _read(said: object) -> Committed:
    offset, metadata = getattr(said, "offset", -1), getattr(said, "metadata", "") or ""
    if offset < 0:
        return Committed()
    return Committed(offset, int(metadata) if metadata.isdigit() else None)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a partition begins and ends, and up to where it is stored.

    Attributes:
        done: what was committed.
        begin: its first offset.
        end: its high watermark, read after the other two.
    """

    done: Committed
    begin: int
    end: int

    @property
    def behind(self) -> int:
        """Records, and marks of transactions, that are not stored yet."""
        return max(0, self.end - (self.begin if self.done.offset is None else self.done.offset))


def standings(
    admin: KafkaAdminClient, consumer: KafkaConsumer, group: str, places: Sequence[TopicPartition]
) -> dict[TopicPartition, Standing]:
    """Where each partition stands. Raises KafkaError.

    The ends are read last: what a partition has then was recorded before the answer came, so one without anything
    behind is settled up to the beginning of the question.
    """
    done = committed(admin, group, places)
    begin = consumer.beginning_offsets(list(places))
    end = consumer.end_offsets(list(places))
    return {place: Standing(done[place], begin[place], end[place]) for place in places}
