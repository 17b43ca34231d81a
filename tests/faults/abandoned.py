"""A producer that dies in the middle of a transaction: `python -m tests.faults.abandoned KAFKA`."""

import asyncio
import json
import os
import sys
from uuid import uuid4

from aiokafka import AIOKafkaProducer

from services.bus.topics import CAPTURES
from tests.faults.test_ingest_poison import event


async def abandon(kafka: str) -> None:
    """A transaction that is taken back, and one that is left open until it times out."""
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka, transactional_id=f"gone-{uuid4().hex}", transaction_timeout_ms=3000
    )
    await producer.start()
    await producer.begin_transaction()
    for number in range(4):
        await producer.send_and_wait(CAPTURES, json.dumps(event()).encode(), partition=number)
    await producer.abort_transaction()
    await producer.begin_transaction()
    for number in range(2):
        await producer.send_and_wait(CAPTURES, json.dumps(event()).encode(), partition=number)
    os._exit(0)  # without a word


if __name__ == "__main__":
    asyncio.run(abandon(sys.argv[1]))
