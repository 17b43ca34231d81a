"""One reader of `captures.v1` in a process of its own: `python -m tests.bench.ingest_readers NAME JSON`.

All of them store the same rows with the product's own checks and the product's own inserts, and commit only then; they
differ in how records are fetched, held, grouped and committed. Prints one JSON object: seconds and processor seconds
from the first record to the last commit, and milliseconds from the broker's append to the insert.
"""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import faust as faust_streaming
from aiokafka import AIOKafkaConsumer

from services.bus.connection import Broker
from services.bus.topics import CAPTURES
from services.cli.ingest import work
from services.ports import Block, Letter, Record
from services.settings import IngestSettings
from services.store.block_writer import RowBlock
from services.store.clickhouse import ClickHouseStore
from services.store.sql import WHOLE
from services.usecases.ingest import Receiver
from streams.status import Status
from streams.units import record_of

AT_ONCE = 10_000
EVENTS = 10_000


@dataclass(slots=True)
class Task:
    """What a reader is to do.

    Attributes:
        kafka, store, database: where.
        records: how many there are; it ends when they are stored.
        group: its consumer group (the product has its own).
        site: folder with the packages of a peer, '' for none.
        dedup: whether ClickHouse remembers blocks, to drop those that come again.
        visible: whether to note how long each record took to be stored.
    """

    kafka: str
    store: str
    database: str
    records: int
    group: str = "reader"
    site: str = ""
    dedup: bool = True
    visible: bool = False


@dataclass(slots=True)
class Clock:
    """Takes the time from the first record on."""

    began: float = 0.0
    cpu: float = 0.0
    seen: int = 0
    waited: list[float] = field(default_factory=list)

    def first(self) -> None:
        """A record has come; only the first call counts."""
        if not self.began:
            self.began, self.cpu = time.perf_counter(), time.process_time()

    def told(self) -> dict[str, Any]:
        """The result, now."""
        seconds, cpu = time.perf_counter() - self.began, time.process_time() - self.cpu
        return {"seconds": seconds, "cpu": cpu, "waited": sorted(self.waited)}


def _end(found: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


class Keeper:
    """Makes blocks and stores them, as the product's worker does."""

    def __init__(self, store: ClickHouseStore) -> None:
        self._writer = store.blocks
        self._receiver = Receiver(store.blocks, EVENTS)

    def keep(self, records: list[Record]) -> None:
        """Stores records; any dead letter would be a mistake of the benchmark."""
        block, letters = self._receiver.block(records)
        if letters:
            raise ValueError(f"refused: {letters[0].violations[0]}")
        first, last = records[0], records[-1]
        self._writer.commit(block, f"{first.topic}:{first.partition}:{first.offset}-{last.offset}:{len(records)}")


# --- the product ----------------------------------------------------------------------------------------------------


def ours(store: ClickHouseStore, task: Task) -> None:
    """The product's worker, as `tianzhuo ingest` runs it."""
    clock = Clock()
    stored: Callable[..., None] = Status.stored

    def note(self: Status, records: list[Record], block: Block, letters: list[Letter], seconds: float) -> None:
        stored(self, records, block, letters, seconds)
        clock.seen += len(records)
        if task.visible:
            now = time.time() * 1e3
            clock.waited.extend(now - record.time_us / 1e3 for record in records)

    Status.stored = note  # type: ignore[method-assign,assignment]

    def step(name: str) -> None:
        if name == "fetched":
            clock.first()
        elif name == "committed" and clock.seen >= task.records:
            _end(clock.told())
            os.kill(os.getpid(), signal.SIGTERM)

    code = work(store, Broker(task.kafka), IngestSettings(health_port=0), step)
    if code:
        raise SystemExit(code)


# --- the limit of storing -------------------------------------------------------------------------------------------


async def _all_records(task: Task) -> list[Record]:
    consumer = AIOKafkaConsumer(CAPTURES, bootstrap_servers=task.kafka, auto_offset_reset="earliest", group_id=None)
    await consumer.start()
    records: list[Record] = []
    while len(records) < task.records:
        for messages in (await consumer.getmany(timeout_ms=500)).values():
            records += map(record_of, messages)
    await consumer.stop()
    return sorted(records, key=lambda record: (record.partition, record.offset))


def insert(store: ClickHouseStore, task: Task) -> None:
    """Inserts blocks that were prepared before, and nothing else."""
    records = asyncio.run(_all_records(task))
    receiver = Receiver(store.blocks, EVENTS)
    blocks: list[RowBlock] = [
        receiver.block(records[start : start + AT_ONCE])[0] for start in range(0, len(records), AT_ONCE)
    ]
    if not task.dedup:
        WHOLE["insert_deduplicate"] = 0
    clock = Clock()
    clock.first()
    for number, block in enumerate(blocks):
        store.blocks.commit(block, f"insert:{number}")
    _end(clock.told())


# --- peers ----------------------------------------------------------------------------------------------------------


async def _loop(store: ClickHouseStore, task: Task) -> None:
    consumer = AIOKafkaConsumer(
        CAPTURES,
        bootstrap_servers=task.kafka,
        group_id=task.group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        max_partition_fetch_bytes=4 * 1024 * 1024,
    )
    await consumer.start()
    keeper, clock = Keeper(store), Clock()
    while clock.seen < task.records:
        found = await consumer.getmany(timeout_ms=500, max_records=AT_ONCE)
        records = [record_of(message) for messages in found.values() for message in messages]
        if records:
            clock.first()
            await asyncio.to_thread(keeper.keep, records)
            await consumer.commit()
            clock.seen += len(records)
    _end(clock.told())
    await consumer.stop()


def aiokafka(store: ClickHouseStore, task: Task) -> None:
    """A loop as one writes it by hand: fetch, store, commit, one after the other."""
    asyncio.run(_loop(store, task))


def faust(store: ClickHouseStore, task: Task) -> None:
    """An ordinary Faust agent that takes batches, and acknowledges them when they are stored."""
    app = faust_streaming.App(
        task.group,
        broker=f"kafka://{task.kafka}",
        store="memory://",
        web_enabled=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        stream_wait_empty=False,
        autodiscover=False,
    )
    topic = app.topic(CAPTURES, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
    keeper, clock = Keeper(store), Clock()

    async def agent(stream: Any) -> None:
        stream.add_processor(first)
        async for events in stream.noack_take(AT_ONCE, within=0.5):
            await asyncio.to_thread(keeper.keep, [_kept(event.message) for event in events])
            for event in events:
                await stream.ack(event)
            clock.seen += len(events)
            if clock.seen >= task.records:
                await app.consumer.commit()
                _end(clock.told())
                os._exit(0)

    def first(value: Any) -> Any:
        clock.first()
        return value

    app.agent(topic)(agent)
    faust_streaming.Worker(app, quiet=True, override_logging=False, redirect_stdouts=False).execute_from_commandline()


def quixstreams(store: ClickHouseStore, task: Task) -> None:
    """A batching sink, which quixstreams flushes before it commits."""
    sys.path.append(task.site)
    from quixstreams import Application  # type: ignore[import-not-found] # noqa: PLC0415 - only now is it on the path
    from quixstreams.sinks import BatchingSink  # type: ignore[import-not-found] # noqa: PLC0415

    keeper, clock = Keeper(store), Clock()

    class Sink(BatchingSink):  # type: ignore[misc]
        def write(self, batch: Any) -> None:
            for items in batch.iter_chunks(AT_ONCE):
                keeper.keep(list(_sunk(batch, items)))
                clock.seen += len(items)

    app = Application(
        broker_address=task.kafka,
        consumer_group=task.group,
        auto_offset_reset="earliest",
        auto_create_topics=False,
        commit_every=AT_ONCE,
        loglevel="ERROR",
    )
    topic = app.topic(CAPTURES, key_deserializer="bytes", value_deserializer="bytes")

    def first(value: Any) -> Any:
        clock.first()
        return value

    app.dataframe(topic).apply(first).sink(Sink())
    app.run(count=task.records)
    assert clock.seen == task.records
    _end(clock.told())


def _sunk(batch: Any, items: Iterable[Any]) -> Iterable[Record]:
    for item in items:
        headers = [(name, bytes(value)) for name, value in item.headers or []]
        yield Record(batch.topic, batch.partition, item.offset, item.timestamp * 1000, item.key, item.value, headers)


def _kept(message: Any) -> Record:
    """A record of Faust's: its time is in seconds."""
    time_us = round(message.timestamp * 1000) * 1000
    place = message.topic, message.partition, message.offset
    return Record(*place, time_us, message.key, message.value, list(message.headers or []))


READERS = {one.__name__: one for one in (ours, insert, aiokafka, faust, quixstreams)}


def main() -> int:
    """Runs one reader."""
    name, text = sys.argv[1:]
    task = Task(**json.loads(text))
    with closing(ClickHouseStore(task.store, task.database)) as store:
        partial(READERS[name], store, task)()
    return 0


if __name__ == "__main__":
    sys.exit(main())
