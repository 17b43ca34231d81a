"""Keeps the embedded store away from the end of its disk.

On a full disk ClickHouse inside this process (chDB 26.9) takes some writes that fail for writes that worked: it then
keeps a part with an empty file, or a database whose declaration is empty and that nobody can open again. No answer of
it can be trusted there. So nothing is written unless a reserve stays free, and nothing is merged below the reserve.
What this cannot prevent: that another program takes the whole reserve within the fraction of a second of one insert.
"""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

from services.ports import StoreFull

RESERVE_BYTES = 128 * 1024 * 1024
LOOK_SECONDS = 0.1
"""How often the room is looked at: a disk that fills by a gigabyte in a second is seen before the reserve is gone."""
CALM_SECONDS = 10.0
"""How long the reserve must be free before merges go on: a merge that takes the last room would stop itself again."""
COPIES = 2
"""A block is on disk twice while it is stored: as it came, and as a part."""


class Room:
    """The free room of one folder's disk."""

    def __init__(self, folder: Path, reserve: int) -> None:
        """Looks at nothing before it is asked.

        Args:
            folder: on the disk.
            reserve: bytes that stay free.
        """
        self._folder = folder
        self._reserve = reserve
        self._ended = Event()
        self._thread: Thread | None = None

    def require(self, size: int = 0) -> None:
        """Asks before a write of `size` bytes. Raises StoreFull when it would go into the reserve."""
        free = self._free()
        if free < self._reserve + COPIES * size:
            raise StoreFull(
                f"the store's disk is full: {free} bytes are free, {size} are to be written,"
                f" and {self._reserve} always stay free"
            )

    def confirm(self) -> None:
        """Asks after a write. Raises StoreFull when another program took so much of the reserve that it may be void."""
        free = self._free()
        if free < self._reserve // 2:
            raise StoreFull(f"the store's disk became full during a write: {free} bytes are free; it does not count")

    def _free(self) -> int:
        return shutil.disk_usage(self._folder).free

    def watch(self, command: Callable[[str], None]) -> None:
        """Starts to stop merges while the reserve is not free, by statements given to `command` in a thread."""
        self._thread = Thread(target=self._watch, args=(command,), name="room", daemon=True)
        self._thread.start()

    def _watch(self, command: Callable[[str], None]) -> None:
        stopped = False
        calm_since = -CALM_SECONDS
        while True:
            if self._free() < self._reserve:
                calm_since = time.monotonic()
            stop = time.monotonic() - calm_since < CALM_SECONDS
            if stop != stopped:
                command("SYSTEM STOP MERGES" if stop else "SYSTEM START MERGES")
                stopped = stop
            if self._ended.wait(LOOK_SECONDS):
                return

    def close(self) -> None:
        """Ends the thread."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
