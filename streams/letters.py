"""Sends dead letters to their topic: the record's bytes as they were, and in headers why and from where."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
from aiokafka import AIOKafkaProducer

from services.bus.topics import DEADLETTER
from services.ports import Letter


class LetterProducer:
    """The producer of `deadletter.v1`. A letter sent again after a crash stands there twice, with one origin."""

    def __init__(self, producer: AIOKafkaProducer, topic: str = DEADLETTER) -> None:
        """Builds it.

        Args:
            producer: not started; idempotent, acks=all.
            topic: where letters go.
        """
        self._producer = producer
        self._topic = topic

    async def start(self) -> None:
        """Connects. Raises KafkaError."""
        await self._producer.start()

    async def stop(self) -> None:
        """Disconnects."""
        await self._producer.stop()

    async def send(self, letters: Sequence[Letter]) -> None:
        """Returns when Kafka has all of them. Raises KafkaError."""
        if letters:
            sent = [await self._producer.send(self._topic, **_message(letter)) for letter in letters]
            await asyncio.gather(*sent)


def _message(letter: Letter) -> dict[str, Any]:
    record = letter.record
    why = [
        ("origin", record.origin.encode()),
        ("stage", letter.stage.encode()),
        ("reason", msgspec.json.encode(letter.violations)),
        ("recorded", b"%d" % record.time_us),
    ]
    own = [(f"original-{name}", value) for name, value in record.headers]
    return {"key": record.origin.encode(), "value": record.value, "headers": [*why, *own]}
