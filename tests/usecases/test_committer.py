"""Group commit over a writer in memory: what goes together, who hears what, and in which order times are given."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event, Lock
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.times import EPOCH
from services.ports import Capture, StoreFull, StoreUnavailable
from services.usecases.committer import TICK, Committer, GroupLimits

START = datetime(2026, 11, 24, tzinfo=UTC)


@dataclass(frozen=True)
class Piece:
    """A prepared capture: its name, its number of events and its bytes."""

    name: str
    events: int = 1
    size: int = 1


class MemoryWriter:
    """An EventWriter that keeps names in memory, up to a capacity in bytes. A closed gate holds inserts in flight."""

    def __init__(self, capacity: int = 10**9) -> None:
        self.capacity = capacity
        self.stored: list[tuple[list[str], datetime]] = []
        self.gate = Event()
        self.gate.set()
        self.arrived = Event()
        self.together = 0
        self._inside = 0
        self._lock = Lock()

    def prepare(self, capture: Capture) -> Piece:
        return Piece(str(capture.capture_id), len(capture.events), len(capture.frame))

    def commit(self, prepared: Sequence[Piece], record_time: datetime) -> None:
        with self._lock:
            self._inside += 1
            self.together = max(self.together, self._inside)
        self.arrived.set()
        assert self.gate.wait(60)
        with self._lock:
            self._inside -= 1
            size = sum(one.size for one in prepared)
            if size > self.capacity:
                raise StoreFull(f"no room for {size} bytes")
            self.capacity -= size
            self.stored.append(([one.name for one in prepared], record_time))

    @property
    def groups(self) -> list[list[str]]:
        return [names for names, _ in self.stored]

    @property
    def times(self) -> list[datetime]:
        return [at for _, at in self.stored]


def ticking(*steps: float) -> Callable[[], datetime]:
    """A clock that shows START plus these seconds, one after the other; the last for ever."""

    def show() -> Iterator[datetime]:
        for step in steps:
            yield START + timedelta(seconds=step)
        while True:
            yield START + timedelta(seconds=steps[-1] if steps else 0)

    return show().__next__


class Running:
    """A started committer on the running loop, its submissions as tasks."""

    def __init__(
        self, writer: MemoryWriter, clock: Callable[[], datetime], limits: GroupLimits | None, last: datetime
    ) -> None:
        self.writer = writer
        self.committer = Committer(writer, clock, limits, last)
        self.committer.start()

    async def put(self, *pieces: Piece) -> list[asyncio.Task[datetime]]:
        """Submits them in order; returns when all of them wait."""
        tasks = [asyncio.create_task(self.committer.submit(piece)) for piece in pieces]
        await asyncio.sleep(0)
        return tasks

    async def in_flight(self, piece: Piece) -> asyncio.Task[datetime]:
        """Submits it and returns when the writer has it and the gate holds it."""
        self.writer.gate.clear()
        self.writer.arrived.clear()
        (task,) = await self.put(piece)
        assert await asyncio.to_thread(self.writer.arrived.wait, 60)
        return task


def run(
    scenario: Callable[[Running], Coroutine[Any, Any, None]],
    *,
    capacity: int = 10**9,
    clock: Callable[[], datetime] | None = None,
    limits: GroupLimits | None = None,
    last: datetime = EPOCH,
) -> MemoryWriter:
    """Runs a scenario against a started committer, closes it, and gives the writer."""
    writer = MemoryWriter(capacity)

    async def whole() -> None:
        running = Running(writer, clock or ticking(), limits, last)
        try:
            await scenario(running)
        finally:
            writer.gate.set()
            await running.committer.close()

    asyncio.run(whole())
    return writer


def test_the_writer_prepares_as_the_port_says() -> None:
    capture = Capture(UUID(int=7), START, "event", "test", "rollback", "[]", b"frame")
    assert MemoryWriter().prepare(capture) == Piece(str(UUID(int=7)), 0, 5)


def test_a_lone_capture_goes_at_once() -> None:
    async def scenario(running: Running) -> None:
        for name in "abc":
            at = await running.committer.submit(Piece(name))
            assert running.writer.stored[-1] == ([name], at)  # on disk when the caller hears of it

    assert run(scenario).groups == [["a"], ["b"], ["c"]]


def test_captures_that_wait_together_go_in_one_commit() -> None:
    async def scenario(running: Running) -> None:
        first = await running.in_flight(Piece("a"))
        rest = await running.put(*map(Piece, "bcd"))
        assert not any(task.done() for task in [first, *rest])
        running.writer.gate.set()
        times = await asyncio.gather(first, *rest)
        assert len(set(times[1:])) == 1
        assert times == [running.writer.times[0]] + [running.writer.times[1]] * 3

    writer = run(scenario)
    assert writer.groups == [["a"], ["b", "c", "d"]]
    assert writer.together == 1


@pytest.mark.parametrize(
    ("limits", "pieces", "groups"),
    [
        (GroupLimits(events=3), [Piece("b", 2), Piece("c", 1), Piece("d", 1)], [["b", "c"], ["d"]]),
        (GroupLimits(bytes=3), [Piece("b", size=2), Piece("c", size=1), Piece("d", size=1)], [["b", "c"], ["d"]]),
        (GroupLimits(events=3), [Piece("b", 1), Piece("c", 9), Piece("d", 1)], [["b"], ["c"], ["d"]]),
        (GroupLimits(bytes=3), [Piece("b", size=9), Piece("c", size=1), Piece("d", size=2)], [["b"], ["c", "d"]]),
        (GroupLimits(events=1), [Piece("b", 0), Piece("c", 1), Piece("d", 0)], [["b", "c", "d"]]),
    ],
)
def test_limits_of_one_insert(limits: GroupLimits, pieces: list[Piece], groups: list[list[str]]) -> None:
    async def scenario(running: Running) -> None:
        first = await running.in_flight(Piece("a"))
        rest = await running.put(*pieces)
        running.writer.gate.set()
        await asyncio.gather(first, *rest)

    assert run(scenario, limits=limits).groups == [["a"], *groups]


PIECES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=30)


@given(PIECES, st.integers(1, 12), st.integers(1, 12))
def test_law_everything_is_stored_once_in_order_within_limits(
    sizes: list[tuple[int, int]], events: int, most: int
) -> None:
    pieces = {str(n): Piece(str(n), *size) for n, size in enumerate(sizes)}

    async def scenario(running: Running) -> None:
        await asyncio.gather(*await running.put(*pieces.values()))
        assert running.committer._held_bytes == 0

    writer = run(scenario, limits=GroupLimits(events=events, bytes=most))
    assert [name for group in writer.groups for name in group] == list(pieces)
    for group in writer.groups:
        assert len(group) == 1 or sum(pieces[name].events for name in group) <= events
        assert len(group) == 1 or sum(pieces[name].size for name in group) <= most


def test_an_error_reaches_every_waiting_caller_and_later_captures_still_work() -> None:
    async def scenario(running: Running) -> None:
        first = await running.in_flight(Piece("a", size=5))
        failed = await running.put(Piece("b", size=4), Piece("c", size=4))
        running.writer.gate.set()
        assert await first == running.writer.times[0]
        heard = await asyncio.gather(*failed, return_exceptions=True)
        assert [type(one) for one in heard] == [StoreFull, StoreFull]
        assert await running.committer.submit(Piece("d", size=4)) > running.writer.times[0]
        assert running.committer.known_until() >= running.writer.times[-1]

    assert run(scenario, capacity=10).groups == [["a"], ["d"]]


def test_record_times_strictly_increase_even_when_the_clock_goes_back() -> None:
    async def scenario(running: Running) -> None:
        for name in "abcde":
            await running.committer.submit(Piece(name))

    writer = run(scenario, clock=ticking(5, 5, 1, 0, 9))
    seconds = [5, 5, 5, 5, 9]
    ticks = [0, 1, 2, 3, 0]
    assert writer.times == [START + timedelta(seconds=s) + t * TICK for s, t in zip(seconds, ticks, strict=True)]


@given(st.lists(st.floats(0, 10), min_size=1, max_size=12))
def test_law_what_is_known_until_a_time_is_settled(clock: list[float]) -> None:
    """Whatever the clock does: nothing gets a record time at or before a time that was called settled."""

    async def scenario(running: Running) -> None:
        settled = running.committer.known_until()
        for name in "abc":
            at = await running.committer.submit(Piece(name))
            assert settled < at <= running.committer.known_until()
            settled = running.committer.known_until()

    run(scenario, clock=ticking(*clock))


def test_what_is_in_flight_is_not_known_yet() -> None:
    async def scenario(running: Running) -> None:
        task = await running.in_flight(Piece("a"))
        before = running.committer.known_until()
        assert before == running.committer.known_until() < START + timedelta(seconds=1)
        running.writer.gate.set()
        assert await task == before + TICK
        assert running.committer.known_until() >= before + TICK

    run(scenario, clock=ticking(0, 1, 2, 3))


def test_close_stores_what_waits_and_then_takes_nothing() -> None:
    async def scenario(running: Running) -> None:
        first = await running.in_flight(Piece("a"))
        rest = await running.put(*map(Piece, "bc"))
        closing = asyncio.create_task(running.committer.close())
        await asyncio.sleep(0)
        with pytest.raises(StoreUnavailable, match="stopping"):
            await running.committer.submit(Piece("late"))
        assert not closing.done()
        running.writer.gate.set()
        await closing
        assert all(task.done() and task.exception() is None for task in [first, *rest])

    assert run(scenario).groups == [["a"], ["b", "c"]]


def test_closing_an_idle_one_or_one_that_never_started() -> None:
    async def idle(running: Running) -> None:
        await running.committer.close()

    async def never_started() -> None:
        await Committer(MemoryWriter(), ticking()).close()

    assert run(idle).groups == []
    asyncio.run(never_started())


@pytest.mark.parametrize("gone", ["a", "b"])
def test_a_caller_that_goes_away_does_not_disturb_others(gone: str) -> None:
    async def scenario(running: Running) -> None:
        tasks = {"a": await running.in_flight(Piece("a"))}
        tasks |= zip("bc", await running.put(*map(Piece, "bc")), strict=True)
        tasks[gone].cancel()
        running.writer.gate.set()
        heard = dict(zip(tasks, await asyncio.gather(*tasks.values(), return_exceptions=True), strict=True))
        assert isinstance(heard.pop(gone), asyncio.CancelledError)
        assert all(isinstance(one, datetime) for one in heard.values())
        assert await running.committer.submit(Piece("d"))

    assert run(scenario).groups[-1] == ["d"]


def test_all_callers_gone_and_the_insert_fails() -> None:
    async def scenario(running: Running) -> None:
        task = await running.in_flight(Piece("a", size=9))
        task.cancel()
        running.writer.gate.set()
        await asyncio.gather(task, return_exceptions=True)
        await running.committer.submit(Piece("b"))

    assert run(scenario, capacity=5).groups == [["b"]]


def test_what_may_wait_is_bounded() -> None:
    async def scenario(running: Running) -> None:
        first = await running.in_flight(Piece("a", size=5))
        rest = await running.put(Piece("b", size=3), Piece("c", size=2))
        with pytest.raises(StoreUnavailable, match="too many"):
            await running.committer.submit(Piece("over"))
        running.writer.gate.set()
        await asyncio.gather(first, *rest)
        await running.committer.submit(Piece("d", size=6))

    assert run(scenario, limits=GroupLimits(waiting_bytes=10)).groups == [["a"], ["b", "c"], ["d"]]


def test_one_that_is_larger_than_what_may_be_held_is_taken_when_nothing_else_is() -> None:
    async def scenario(running: Running) -> None:
        first = await running.in_flight(Piece("a"))
        with pytest.raises(StoreUnavailable):
            await running.committer.submit(Piece("large", size=50))
        running.writer.gate.set()
        await first
        large = await running.in_flight(Piece("large", size=50))
        with pytest.raises(StoreUnavailable):
            await running.committer.submit(Piece("over"))
        running.writer.gate.set()
        await large

    assert run(scenario, limits=GroupLimits(waiting_bytes=10)).groups == [["a"], ["large"]]


def test_what_failed_is_not_held() -> None:
    async def scenario(running: Running) -> None:
        for _ in range(3):
            with pytest.raises(StoreFull):
                await running.committer.submit(Piece("a", size=9))
        await running.committer.submit(Piece("b", size=5))

    assert run(scenario, capacity=5, limits=GroupLimits(waiting_bytes=10)).groups == [["b"]]


def test_a_clock_that_went_back_since_the_last_start() -> None:
    last = START + timedelta(hours=1)

    async def scenario(running: Running) -> None:
        assert running.committer.known_until() == last
        assert await running.committer.submit(Piece("a")) == last + TICK
        assert running.committer.known_until() == last + TICK

    assert run(scenario, last=last).times == [last + TICK]
