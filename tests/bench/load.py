"""The load generator: a process of its own that sends prebuilt requests over some connections and times the answers.

Each connection sends its next request when it has the whole answer to the last one, on one uvloop; requests are slices
of a memory-mapped file, answers are only looked at for their status and length. Its own processor time is reported.
"""

import asyncio
import mmap
import re
import resource
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from struct import Struct
from typing import Any, cast

import uvloop

from tests.bench.workers import Worker, answer

_length = Struct("<I")
_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class LoadFailed(Exception):
    """The service answered with something else than success."""


def percentile(values: list[float], share: float) -> float:
    """The value that this share of the values does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


@dataclass(frozen=True, slots=True)
class Load:
    """What a load led to.

    Attributes:
        done: requests that were answered, the first ones of the file.
        seconds: from the first byte sent to the last answer.
        latencies: milliseconds of each request.
        cpu: of one core that the generator itself used.
    """

    done: int
    seconds: float
    latencies: list[float]
    cpu: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.done / self.seconds

    def percentile(self, share: float) -> float:
        """The latency in milliseconds that this share of the requests did not exceed."""
        return percentile(self.latencies, share)


def get(path: str) -> bytes:
    """A GET."""
    return f"GET {path} HTTP/1.1\r\nHost: bench\r\nAccept: application/json\r\n\r\n".encode()


def post(path: str, key: str, body: bytes) -> bytes:
    """A POST of JSON."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def write(file: Path, requests: Iterable[bytes]) -> None:
    """Writes the requests of a load."""
    with file.open("wb") as opened:
        for request in requests:
            opened.write(_length.pack(len(request)))
            opened.write(request)


def read(file: Path) -> list[bytes]:
    """What `write` wrote."""
    data, found, at = file.read_bytes(), list[bytes](), 0
    while at < len(data):
        (size,) = _length.unpack_from(data, at)
        at += _length.size + size
        found.append(data[at - size : at])
    return found


class Generator:
    """The generator's process; runs one load after the other."""

    def __init__(self) -> None:
        self._worker = Worker.module("tests.bench.load")

    def close(self) -> None:
        """Ends it."""
        self._worker.close()

    def run(self, port: int, file: Path, connections: int, window: float = 0.0) -> Load:
        """Sends the requests of a file, in order.

        Args:
            port: of the service, on loopback.
            file: see `write`.
            connections: how many send at once.
            window: seconds after which no more are sent; 0: all are.

        Raises:
            LoadFailed: an answer was no success.
        """
        found = self._worker.ask(port=port, file=str(file), connections=connections, window=window)
        wrong = {status: count for status, count in found["statuses"].items() if not status.startswith("2")}
        if wrong or found["error"]:
            raise LoadFailed(f"answers that were no success: {wrong} {found['error']}")
        return Load(len(found["latencies"]), found["seconds"], found["latencies"], found["cpu"])


class _Run:
    """The state of one load."""

    def __init__(self, requests: Iterator[memoryview], until: float) -> None:
        self.requests = requests
        self.until = until
        self.statuses: Counter[str] = Counter()
        self.latencies: list[float] = []
        self.error = ""

    def next(self) -> memoryview | None:
        if self.error or time.perf_counter() > self.until:
            return None
        return next(self.requests, None)


class _Connection(asyncio.Protocol):
    def __init__(self, run: _Run, ended: "asyncio.Future[None]") -> None:
        self._run = run
        self._ended = ended
        self._buffer = b""
        self._began = 0.0
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def send(self) -> None:
        request = self._run.next()
        if request is None:
            if not self._ended.done():
                self._ended.set_result(None)
            self._transport.close()
            return
        self._began = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        length = _CONTENT_LENGTH.search(self._buffer, 0, end + 2)
        if len(self._buffer) < end + 4 + (int(length[1]) if length else 0):
            return
        self._run.latencies.append(time.perf_counter() - self._began)
        self._run.statuses[self._buffer[9:12].decode()] += 1
        if self._buffer[9:10] != b"2":
            self._run.error = self._buffer[end + 4 :][:500].decode("utf-8", "replace")
        self._buffer = b""
        self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._ended.done():
            self._run.error = f"the service closed a connection: {exc}"
            self._ended.set_result(None)


def _requests(mapped: mmap.mmap) -> Iterator[memoryview]:
    view, at = memoryview(mapped), 0
    while at < len(view):
        (size,) = _length.unpack_from(view, at)
        at += _length.size + size
        yield view[at - size : at]


async def _load(port: int, mapped: mmap.mmap, connections: int, window: float) -> dict[str, Any]:
    loop = asyncio.get_running_loop()
    run = _Run(_requests(mapped), float("inf"))
    ends: list[asyncio.Future[None]] = [loop.create_future() for _ in range(connections)]
    made = [await loop.create_connection(partial(_Connection, run, end), "127.0.0.1", port) for end in ends]
    used = resource.getrusage(resource.RUSAGE_SELF)
    began = time.perf_counter()
    if window:
        run.until = began + window
    for _, connection in made:
        connection.send()
    await asyncio.gather(*ends)
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    latencies = [took * 1000 for took in run.latencies]
    return {
        "seconds": seconds,
        "cpu": cpu / seconds,
        "latencies": latencies,
        "statuses": run.statuses,
        "error": run.error,
    }


def _reply(port: int, file: str, connections: int, window: float) -> dict[str, Any]:
    with Path(file).open("rb") as opened:
        mapped = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
        return uvloop.run(_load(port, mapped, connections, window))


if __name__ == "__main__":
    answer(_reply)
