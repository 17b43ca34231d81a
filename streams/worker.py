"""The ingest worker: fetch, decode, validate, build columns, insert, and only then commit.

Three tasks, joined by what waits: `_fetch` reads from Kafka while there is room, `_prepare` makes blocks in a thread
while the one before is being inserted, `_store` inserts them one after the other, and commits. The store away: `_store`
tries again in place, so what waits fills up, and fetching pauses. What was committed is stored; what was stored and not
committed is read again, and gives the same rows.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from services.domain.errors import TianzhuoError
from services.domain.record_head import traces_of
from services.ports import Block, BusUnavailable, Letter, Record, StoreUnavailable, spans
from streams.lag import LagWatch
from streams.parts import RecordsExpired, WorkerLimits, WorkerParts
from streams.status import told
from streams.storm import PoisonStorm, why
from streams.units import Unit, Waiting, record_of

T = TypeVar("T")

FETCH_MS = 100
FETCH_RECORDS = 2000
"""At once: aiokafka keeps what it fetched compressed, and all of it unpacked may be many times the buffer's limit."""
POLL_SECONDS = 0.02
ALIVE_SECONDS = 60.0
"""A member that does not fetch for longer than `max_poll_interval_ms` (streams/app.py) loses its partitions."""
MOST_TRACES = 100
"""Traces that hear of one block."""


@dataclass(frozen=True, slots=True)
class _Ready:
    unit: Unit
    block: Block
    letters: list[Letter]
    storm: PoisonStorm | None
    generation: int
    traces: list[str]


class Worker(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka's classes are untyped
    """One consumer of the group and what becomes of its records."""

    def __init__(
        self,
        parts: WorkerParts,
        limits: WorkerLimits,
        step: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Builds it; nothing runs before `run`.

        Args:
            parts: whom it works with.
            limits: see `WorkerLimits`.
            step: hears the name of each step as it begins; for fault tests, which end the process there.
        """
        self._consumer = parts.consumer
        self._receiver = parts.receiver
        self._writer = parts.writer
        self._book = parts.book
        self._progress = parts.progress
        self._letters = parts.letters
        self._guard = parts.guard
        self._status = parts.status
        self._lag = LagWatch(parts.consumer, limits.topic, parts.status)
        self._limits = limits
        self._step = step
        self._waiting = Waiting(limits.grid, limits.block_bytes)
        self._ready: asyncio.Queue[_Ready] = asyncio.Queue(1)
        self._arrived = asyncio.Event()
        self._making = asyncio.Lock()
        self._storing = asyncio.Lock()
        self._committed: dict[int, int] = {}
        self._last: dict[int, int] = {}  # by partition, the time up to which it is stored, microseconds
        self._failure: TianzhuoError | None = None
        self._assigned: set[int] = set()
        self._taken = asyncio.Event()  # set while the assigned partitions may be read
        self._positions: dict[int, int] = {}  # by partition, up to where records were taken
        self._busy = 0  # units that were taken and are not stored yet
        self._generation = 0
        self._revoking = False
        self._stopping = False
        self._fetched = 0.0

    async def run(self) -> None:
        """Works until `stop`; raises what cannot be mended by trying again."""
        await self._letters.start()
        await self._consumer.start()
        self._consumer.subscribe([self._limits.topic], listener=self)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._prepare())
                tasks.create_task(self._store())
                tasks.create_task(self._fetch())
        except* _Done:
            pass
        finally:
            with suppress(KafkaError, OSError, TimeoutError):
                async with asyncio.timeout(10):
                    await self._consumer.stop()
            await self._letters.stop()

    def stop(self) -> None:
        """Stores what was fetched, commits, and ends."""
        self._stopping = True
        self._arrived.set()

    # ---- fetch

    async def _fetch(self) -> None:
        while not self._stopping:
            if self._failure is not None:
                raise self._failure
            if not await self._is_taken():
                continue
            if not await self._may_fetch():
                continue
            generation = self._generation
            found = await self._consumer.getmany(timeout_ms=FETCH_MS, max_records=FETCH_RECORDS)
            if generation != self._generation or not self._taken.is_set():
                self._go_back()
                continue
            now = time.monotonic()
            for place, messages in found.items():
                self._waiting.add(place.partition, map(record_of, messages), now)
            await self._note_positions()
            await self._lag.look(self._committed, self._consumer.paused())
            if found:
                self._step("fetched")
                self._arrived.set()
            else:
                await self._settle_markers()
                self._status.idle(len(self._waiting) + self._busy)

    async def _may_fetch(self) -> bool:
        """Whether to fetch: not while enough waits.

        Pausing throws away what the client has fetched and not given out, so it is only done when the group has to
        hear that the worker lives.
        """
        if not self._over():
            self._consumer.resume(*self._consumer.paused())
            self._fetched = time.monotonic()
            return True
        if time.monotonic() - self._fetched < ALIVE_SECONDS:
            await self._lag.look(self._committed, self._consumer.assignment())
            await asyncio.sleep(POLL_SECONDS)
            return False
        self._consumer.pause(*self._consumer.assignment())
        self._fetched = time.monotonic()
        return True

    async def _is_taken(self) -> bool:
        """Whether partitions may be read; waits a moment when they are being taken over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS * 5):
                await self._taken.wait()
        return self._taken.is_set()

    def _go_back(self) -> None:
        """What was fetched for an assignment that is gone, or before it was taken over, is read again."""
        if self._taken.is_set():
            for number, offset in self._positions.items():
                self._consumer.seek(TopicPartition(self._limits.topic, number), offset)

    async def _note_positions(self) -> None:
        """Remembers up to where records were taken. Only the fetch loop moves the consumer, so this is exact."""
        with suppress(IllegalStateError):  # a partition that was just revoked
            for number in self._assigned:
                self._positions[number] = await self._consumer.position(TopicPartition(self._limits.topic, number))

    async def _settle_markers(self) -> None:
        """Commits past what is no record (the marks of transactions), so that nothing seems to lie behind."""
        if self._waiting or self._busy or self._revoking:
            return
        async with self._storing:
            for number in sorted(self._assigned):
                place = TopicPartition(self._limits.topic, number)
                position = await self._consumer.position(place)
                behind = position > self._committed.get(number, position)
                if behind and not self._waiting and not self._busy:
                    # 0: nothing of the partition was ever stored, only what was taken back stands there.
                    await self._commit({number: position}, {number: self._last.get(number, 0)})

    # ---- prepare

    async def _prepare(self) -> None:
        while True:
            unit = self._next()
            if unit is None:
                if self._stopping:
                    await self._ready.join()
                    raise _Done
                with suppress(TimeoutError):  # not wait_for: Python 3.11's may swallow the end of the task group
                    async with asyncio.timeout(POLL_SECONDS):
                        await self._arrived.wait()
                self._arrived.clear()
                continue
            self._busy += 1
            async with self._making:
                ready = await asyncio.to_thread(self._make, unit, self._generation)
            await self._ready.put(ready)

    def _next(self) -> Unit | None:
        """What to store next: a complete block; else, when the store has nothing to do, what has waited long enough."""
        unit = self._waiting.full()
        if unit is not None:
            return unit
        since = self._waiting.since
        if since is None or self._busy:
            return None
        if self._stopping or time.monotonic() - since >= self._limits.linger or self._over():
            return self._waiting.all()
        return None

    def _over(self) -> bool:
        return self._waiting.size >= self._limits.buffer_bytes

    def _make(self, unit: Unit, generation: int) -> _Ready:
        began = time.perf_counter()
        traces = traces_of((record.headers for record in unit.records), MOST_TRACES) if spans.on() else []
        with spans.span("ingest: prepare", traces, "consumer", records=len(unit.records)):
            block, letters = self._receiver.block(unit.records)
        storm = None
        if letters:
            unit, block, letters, storm = self._weather(unit, block, letters)
        else:
            self._guard.calm(record.partition for record in unit.records)
        self._status.prepared(time.perf_counter() - began)
        return _Ready(unit, block, letters, storm, generation, traces)

    def _weather(self, unit: Unit, block: Block, letters: list[Letter]) -> tuple[Unit, Block, list[Letter], Any]:
        """The unit up to where a storm begins, and the storm."""
        refused = {(letter.record.partition, letter.record.offset): letter for letter in letters}
        kept: list[Record] = []
        storm: PoisonStorm | None = None
        for number in dict.fromkeys(record.partition for record in unit.records):
            records = [record for record in unit.records if record.partition == number]
            flags = [(number, record.offset) in refused for record in records]
            allowed = self._guard.allowed(number, flags)
            kept += records[:allowed]
            if allowed < len(records):
                first = refused[number, records[allowed].offset]
                storm = PoisonStorm(
                    f"poison storm in partition {number} of {self._limits.topic}: too many records are refused"
                    f" ({self._guard.words}); stopped before offset {first.record.offset}, which is not passed over."
                    f" The last one: {why(first)}"
                )
        if storm is None:
            return unit, block, letters, None
        block, letters = self._receiver.block(kept)
        following = {record.partition: record.offset + 1 for record in kept}
        return Unit(kept, following, unit.size), block, letters, storm

    # ---- store

    async def _store(self) -> None:
        while True:
            ready = await self._ready.get()
            async with self._storing:
                current = ready.generation == self._generation
                if current and ready.unit.records:
                    first = ready.unit.records[0]
                    where = {"partition": first.partition, "offset": first.offset, "records": len(ready.unit.records)}
                    with spans.span("ingest: store", ready.traces, "consumer", **where):
                        await self._store_one(ready)
                self._busy -= 1
            self._ready.task_done()
            self._arrived.set()
            if ready.storm is not None and current:
                raise ready.storm

    async def _store_one(self, ready: _Ready) -> None:
        unit = ready.unit
        wait = self._limits.retry_first
        while True:
            began = time.perf_counter()
            try:
                self._step("inserting")
                await asyncio.to_thread(self._writer.commit, ready.block, unit.token)
                await self._letters.send(ready.letters)
                break
            except (StoreUnavailable, KafkaError, OSError) as error:
                self._status.failed(told(error))
                if self._revoking:
                    return  # somebody else reads it again
                if self._stopping and wait >= self._limits.retry_most:
                    raise
                await asyncio.sleep(wait)
                wait = min(wait * 2, self._limits.retry_most)
        self._step("inserted")
        self._status.stored(unit.records, ready.block, ready.letters, time.perf_counter() - began)
        await self._commit(unit.next_offsets, {record.partition: record.time_us for record in unit.records})
        self._step("committed")

    async def _commit(self, following: dict[int, int], times: dict[int, int]) -> None:
        """Commits offsets, each with the time up to which its partition is stored then."""
        offsets = {
            TopicPartition(self._limits.topic, number): (offset, str(times[number]))
            for number, offset in following.items()
            if number in self._assigned
        }
        if not offsets:
            return
        wait = self._limits.retry_first
        while True:
            try:
                await self._consumer.commit(offsets)
                break
            except (CommitFailedError, IllegalStateError):
                return  # the assignment has moved; its new owner reads this again, which changes nothing
            except KafkaError as error:
                self._status.failed(f"commit: {told(error)}")
                if self._revoking:
                    return
                await asyncio.sleep(wait)
                wait = min(wait * 2, self._limits.retry_most)
        for place, (offset, _) in offsets.items():
            self._committed[place.partition] = offset
            self._last[place.partition] = times[place.partition]
        self._status.committed()

    # ---- rebalance

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Lets the block in flight end, and forgets the rest: whoever gets the partitions reads it again."""
        del revoked  # aiokafka gives all of the worker's partitions
        self._revoking = True
        self._taken.clear()
        try:
            async with self._making, self._storing:
                self._generation += 1
                self._assigned.clear()
                self._committed.clear()
                self._last.clear()
                self._waiting.clear()
                self._status.revoked()
        finally:
            self._revoking = False

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Takes partitions over: where they stand, and what was refused there of late."""
        numbers = sorted(place.partition for place in assigned)
        places = [TopicPartition(self._limits.topic, number) for number in numbers]
        begin = await self._consumer.beginning_offsets(places) if places else {}
        done = await self._persist(lambda: self._progress.of(self._limits.topic, numbers))
        for place in places:
            number = place.partition
            offset, time_us = done.get(number, (begin[place], None))
            if offset < begin[place]:
                self._failure = RecordsExpired(
                    f"Kafka has deleted {begin[place] - offset} records of partition {number} that were never stored"
                    f" (offsets {offset} to {begin[place] - 1}): lengthen the retention of {self._limits.topic};"
                    " to go on without them, set the group's offset there"
                )
            self._committed[number] = offset
            if time_us is not None:
                self._last[number] = time_us
            first = max(0, offset - self._guard.window)
            refused = await self._persist(partial(self._book.offsets, self._limits.topic, number, first, offset))
            self._guard.remember(number, offset, refused)
        # No await from here on: the positions, the empty buffers and the new generation belong together.
        self._positions = {number: self._committed[number] for number in numbers}
        for place in places:
            self._consumer.seek(place, self._committed[place.partition])
        self._waiting.clear()
        self._generation += 1
        self._assigned = set(numbers)
        self._taken.set()
        self._status.assigned(numbers)

    async def _persist(self, ask: Callable[[], T]) -> T:
        """Asks until there is an answer."""
        wait = self._limits.retry_first
        while True:
            try:
                return await asyncio.to_thread(ask)
            except (StoreUnavailable, BusUnavailable) as error:
                self._status.failed(told(error))
                await asyncio.sleep(wait)
                wait = min(wait * 2, self._limits.retry_most)


class _Done(Exception):
    """Everything that was fetched is stored and committed."""
