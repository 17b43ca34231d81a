"""A child process that answers one JSON line for each JSON line, and what is needed to measure processes apart."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]


class Worker:
    """A child process, started at once."""

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)

    @classmethod
    def module(cls, name: str, *arguments: str) -> Self:
        """Runs a module of this tree with this Python."""
        return cls([sys.executable, "-m", name, *arguments])

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def ask(self, **question: Any) -> Any:
        """Sends one line and returns the answer.

        Raises:
            RuntimeError: it ended instead; what it wrote stands on standard error.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"a worker ended with {self._process.wait()}")
        return json.loads(line)

    def close(self) -> None:
        """Ends it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()  # the end of its questions is its end
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


def answer(reply: Callable[..., Any]) -> None:
    """Runs in the child: answers lines from standard input until it ends."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(reply(**json.loads(line))) + "\n")
        sys.stdout.flush()


def family(pid: int) -> list[int]:
    """The process and all below it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:
            continue
        for child in children:
            found += family(int(child))
    return found


def cpu_seconds(pids: list[int]) -> float:
    """Processor time that these processes have used so far."""
    ticks = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


@contextmanager
def alone(running: list[int], others: list[list[int]]) -> Iterator[None]:
    """Stops the other contenders' processes meanwhile, so that nobody pays for their merges and vacuums.

    Args:
        running: first process of each server that is measured.
        others: the same, for each of the others.
    """
    stopped = [pid for one in others for first in one if first not in running for pid in family(first)]
    for pid in stopped:
        _signal(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in stopped:
            _signal(pid, signal.SIGCONT)


def _signal(pid: int, what: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, what)
