"""Group commit: captures that wait at the same time are stored by one insert.

There is no fixed delay: a capture that comes alone is stored at once; those that come while an insert runs go together
into the next one. So many small emitters cost what one big emitter costs.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Generic

from services.domain.times import EPOCH
from services.ports import EventWriter, P, StoreUnavailable
from services.ports.spans import here, span

TICK = timedelta(microseconds=1)

_Waiter = tuple[P, asyncio.Future[datetime], str]
"""A prepared capture, what tells its caller, and the traceparent of its request."""


@dataclass(frozen=True, slots=True)
class GroupLimits:
    """How much goes together, and how much may wait.

    Attributes:
        events: events of one insert (one capture may be larger; it then goes alone).
        bytes: bytes of one insert, likewise.
        waiting_bytes: what may be in memory, waiting or on its way; beyond it a capture is turned away.
    """

    events: int = 20_000
    bytes: int = 64 * 1024 * 1024
    waiting_bytes: int = 256 * 1024 * 1024


class Committer(Generic[P]):
    """Takes prepared captures, one caller each, and returns to each when its events are on disk.

    One insert is in flight at a time. So record times are given in the order in which events become visible, and there
    is always a time up to which everything is known: `known_until`.
    """

    def __init__(
        self,
        writer: EventWriter[P],
        clock: Callable[[], datetime],
        limits: GroupLimits | None = None,
        last: datetime = EPOCH,
    ) -> None:
        """Builds it; nothing runs before `start`.

        Args:
            writer: where groups go.
            clock: the record time of a group (aware, UTC).
            limits: see `GroupLimits`.
            last: the latest record time that the store has: the clock may have gone back since.
        """
        self._writer = writer
        self._clock = clock
        self._limits = limits or GroupLimits()
        self._waiting: deque[_Waiter[P]] = deque()
        self._held_bytes = 0
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._times = Lock()
        self._last = last
        self._in_flight: datetime | None = None
        self._closing = False

    def start(self) -> None:
        """Starts the inserting task on the running event loop."""
        self._task = asyncio.create_task(self._run())

    def known_until(self) -> datetime:
        """The latest time of which it is settled what was recorded by then: nothing recorded later changes it.

        It is never before the record time of what was acknowledged. May be called from any thread.
        """
        with self._times:
            if self._in_flight is not None:
                return self._in_flight - TICK
            self._last = max(self._clock(), self._last)
            return self._last

    async def submit(self, prepared: P) -> datetime:
        """Waits until everything in `prepared` is on disk; returns its record time.

        Raises:
            StoreFull, StoreUnavailable: nothing of it is acknowledged.
        """
        if self._closing:
            raise StoreUnavailable("the service is stopping")
        if self._held_bytes and self._held_bytes + prepared.size > self._limits.waiting_bytes:
            raise StoreUnavailable("too many captures are waiting for the store")
        future: asyncio.Future[datetime] = asyncio.get_running_loop().create_future()
        self._waiting.append((prepared, future, here()))
        self._held_bytes += prepared.size
        self._wake.set()
        return await future

    def _take(self) -> list[_Waiter[P]]:
        group: list[_Waiter[P]] = []
        events = size = 0
        while self._waiting:
            prepared = self._waiting[0][0]
            over = events + prepared.events > self._limits.events or size + prepared.size > self._limits.bytes
            if group and over:
                break
            group.append(self._waiting.popleft())
            events += prepared.events
            size += prepared.size
        return group

    async def _run(self) -> None:
        while True:
            while not self._waiting:
                if self._closing:
                    return
                self._wake.clear()
                await self._wake.wait()
            group = self._take()
            outcome: datetime | Exception
            outcome = record_time = self._next_time()
            traces = [trace for _, _, trace in group if trace]
            try:
                with span("commit", traces, captures=len(group)):
                    await asyncio.to_thread(self._writer.commit, [prepared for prepared, _, _ in group], record_time)
            except Exception as error:  # noqa: BLE001 - whatever it is, each waiting caller must hear of it
                outcome = error
            self._in_flight = None
            self._held_bytes -= sum(prepared.size for prepared, _, _ in group)
            _settle(group, outcome)

    def _next_time(self) -> datetime:
        """Record times never go back, even if the machine's clock does."""
        with self._times:
            self._last = self._in_flight = max(self._clock(), self._last + TICK)
            return self._last

    async def close(self) -> None:
        """Stores what waits, then stops."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            with suppress(asyncio.CancelledError):
                await self._task


def _settle(group: list[_Waiter[P]], outcome: datetime | Exception) -> None:
    for _, future, _ in group:
        if future.done():  # its caller has gone away
            continue
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
