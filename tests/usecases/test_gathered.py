"""Questions that go together: each caller gets its own answer, and none waits for more than it must."""

import asyncio
from collections.abc import Mapping, Sequence
from threading import Event

import pytest

from services.ports import StoreUnavailable
from services.usecases.gathered import Gathered


class Asked:
    """Answers with the length of each key; notes what was asked together. A closed gate holds an answer back."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.arrived = Event()
        self.gate = Event()
        self.gate.set()
        self.broken = False

    def __call__(self, keys: Sequence[str]) -> Mapping[str, int]:
        self.groups.append(list(keys))
        self.arrived.set()
        assert self.gate.wait(60)
        if self.broken:
            raise StoreUnavailable("away")
        return {key: len(key) for key in keys if key}


def test_those_that_come_while_a_question_is_out_go_together_each_key_once() -> None:
    async def scenario() -> None:
        asked = Asked()
        gathered = Gathered(asked)
        asked.gate.clear()
        first = asyncio.create_task(gathered.of("a"))
        assert await asyncio.to_thread(asked.arrived.wait, 60)
        others = [asyncio.create_task(gathered.of(key)) for key in ("bb", "ccc", "bb", "")]
        await asyncio.sleep(0)
        asked.gate.set()
        assert await first == 1
        assert await asyncio.gather(*others) == [2, 3, 2, None]
        assert asked.groups == [["a"], ["bb", "ccc", ""]]

    asyncio.run(scenario())


def test_a_failure_reaches_every_caller_of_its_question_and_no_other() -> None:
    async def scenario() -> None:
        asked = Asked()
        gathered = Gathered(asked)
        asked.broken = True
        failed = await asyncio.gather(gathered.of("a"), gathered.of("b"), return_exceptions=True)
        assert [type(one) for one in failed] == [StoreUnavailable, StoreUnavailable]
        asked.broken = False
        assert await gathered.of("a") == 1

    asyncio.run(scenario())


def test_a_caller_that_goes_away_disturbs_nobody() -> None:
    async def scenario() -> None:
        asked = Asked()
        gathered = Gathered(asked)
        asked.gate.clear()
        leaving, staying = asyncio.create_task(gathered.of("a")), asyncio.create_task(gathered.of("bb"))
        assert await asyncio.to_thread(asked.arrived.wait, 60)
        leaving.cancel()
        asked.gate.set()
        assert await staying == 2
        with pytest.raises(asyncio.CancelledError):
            await leaving

    asyncio.run(scenario())
