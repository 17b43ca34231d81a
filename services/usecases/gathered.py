"""One question for all who ask at the same time."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextvars import Context
from typing import Generic, TypeVar

A = TypeVar("A")

MOST = 10_000
"""Keys of one question."""


class Gathered(Generic[A]):
    """Asks about single keys, many at once. Belongs to one event loop.

    There is no fixed delay: a key that comes alone is asked about at once; those that come while a question is out go
    together into the next one. So what a hundred callers want to know costs little more than what one does.
    """

    def __init__(self, ask: Callable[[Sequence[str]], Mapping[str, A]]) -> None:
        """Builds it.

        Args:
            ask: the question; it blocks, and runs in a thread.
        """
        self._ask = ask
        self._waiting: list[tuple[str, asyncio.Future[A | None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def of(self, key: str) -> A | None:
        """What there is under the key, None for nothing; asked after the call. Raises what `ask` raises."""
        future: asyncio.Future[A | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), context=Context())  # it is nobody's request
        return await future

    async def _run(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            try:
                found = await asyncio.to_thread(self._ask, list(dict.fromkeys(key for key, _ in group)))
            except Exception as error:  # noqa: BLE001 - whatever it is, each waiting caller must hear of it
                for _, future in group:
                    if not future.done():
                        future.set_exception(error)
            else:
                for key, future in group:
                    if not future.done():  # else its caller has gone away
                        future.set_result(found.get(key))
