"""What an ingest worker is made of, and how much it takes at once."""

from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer

from services.bus.progress import Progress
from services.domain.errors import TianzhuoError
from services.ports import BlockWriter, LetterBook
from services.usecases.ingest import Receiver
from streams.letters import LetterProducer
from streams.status import Status
from streams.storm import StormGuard


class RecordsExpired(TianzhuoError):
    """Kafka has deleted records that were never stored."""


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """How much goes together, how much waits, how long.

    Attributes:
        topic: which topic is read.
        grid: offsets of one block.
        block_bytes: bytes of one block, about.
        buffer_bytes: bytes that may wait in memory; beyond it fetching pauses.
        linger: seconds that a record waits for others.
        retry_first, retry_most: seconds between two attempts at the store, at first and at most.
    """

    topic: str
    grid: int = 10_000
    block_bytes: int = 32 * 1024 * 1024
    buffer_bytes: int = 128 * 1024 * 1024
    linger: float = 0.1
    retry_first: float = 0.2
    retry_most: float = 10.0


@dataclass(frozen=True, slots=True)
class WorkerParts:
    """Whom a worker works with.

    Attributes:
        consumer: not started, without automatic commits, reading committed records only.
        receiver: makes blocks of records.
        writer: stores blocks.
        book: the dead letters that are stored.
        progress: what the group has committed, with its times.
        letters: sends dead letters to their topic.
        guard: says when it is a storm.
        status: told what goes on.
    """

    consumer: AIOKafkaConsumer
    receiver: Receiver[Any]
    writer: BlockWriter[Any]
    book: LetterBook
    progress: Progress
    letters: LetterProducer
    guard: StormGuard
    status: Status
