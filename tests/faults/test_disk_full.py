"""A disk that is full: captures are refused in words, nothing is half stored, and room is all that it needs."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from pathlib import Path

import pytest

from tests.faults.emitter import Answer, Emitter, check_problem
from tests.faults.ledger import Emitters, Ledger
from tests.servers.availability import unavailable
from tests.servers.process import ServerFailed
from tests.servers.tianzhuo import TianzhuoServer

MIB = 1 << 20
DISK = 224 * MIB
RESERVE = 64 * MIB
CYCLES = 3
EMITTERS = 4


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of its own for a folder."""
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        unavailable("there is no mount command for a small disk")
    if done.returncode:
        unavailable(f"a small disk needs the right to mount: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=False)


class Ballast:
    """A file that takes room away from a disk and gives it back."""

    def __init__(self, disk: Path) -> None:
        self._path = disk / "ballast"
        self._path.touch()

    def free(self) -> int:
        """Free bytes of the disk."""
        found = os.statvfs(self._path)
        return found.f_bavail * found.f_frsize

    def leave(self, size: int) -> None:
        """Takes room, as fast as a program writes to a good disk, until `size` bytes are free; or gives it back."""
        with self._path.open("r+b") as file:
            held = self._path.stat().st_size
            if self.free() < size:
                file.truncate(max(0, held - (size - self.free())))
            while (rest := self.free() - size) > 0:
                held = self._path.stat().st_size
                try:
                    os.posix_fallocate(file.fileno(), held, min(rest, MIB))
                except OSError:  # the service was quicker
                    return
                time.sleep(0.005)


def check_refusal(answer: Answer) -> None:
    assert answer.status == HTTPStatus.INSUFFICIENT_STORAGE, answer
    assert int(answer.headers["retry-after"]) > 0
    problem = check_problem(answer)
    assert problem["title"] == "The store is full"
    assert "disk" in problem["detail"]


def check_reading(emitter: Emitter, ledger: Ledger) -> None:
    assert emitter.get("/livez").status == HTTPStatus.OK
    assert emitter.get("/readyz").status == HTTPStatus.OK
    taken = [sending for sending in ledger.sent if sending.acknowledged]
    assert taken
    assert ledger.check(taken[-20:]) > 0
    assert emitter.get("/epcis/capture?perPage=10").status == HTTPStatus.OK


def test_a_disk_that_fills_and_empties_under_captures(tmp_path: Path) -> None:
    with small_disk(tmp_path / "server/data") as disk:
        settings = {"TIANZHUO_RESERVE_BYTES": str(RESERVE)}
        with TianzhuoServer(tmp_path / "server", settings) as server:
            ballast = Ballast(disk)
            ledger = Ledger(server.port, server.admin_key)
            for cycle in range(CYCLES):
                ballast.leave(RESERVE + 16 * MIB)
                emitters = Emitters(ledger, EMITTERS, cycle, pad=4_000, rest=0.1)
                emitters.wait(10)
                emitters.stop(partial(fill, ballast, emitters))
                assert emitters.refusals
                assert not emitters.broken
                for answer in emitters.refusals:
                    check_refusal(answer)
                with ledger.emitter() as emitter:
                    check_reading(emitter, ledger)
                    check_refusal(emitter.post("/v1/keys", b'{"party": "https://id.gs1.org/417/9521000000018"}'))
            refused = ledger.open()
            assert refused
            ledger.check(ledger.sent)
            assert server.stop() == 0

            server.start()  # what is known can be asked on a full disk too
            with ledger.emitter() as emitter:
                check_reading(emitter, ledger)
            ballast.leave(DISK)
            ledger.again()  # it goes on without a restart
            assert server.stop() == 0
            server.start()
            assert ledger.check(ledger.sent) == sum(len(sending.things) for sending in ledger.sent)


def fill(ballast: Ballast, emitters: Emitters) -> None:
    """Leaves nothing, and waits until everybody was told."""
    ballast.leave(0)
    deadline = time.monotonic() + 30
    while len(emitters.refusals) < EMITTERS:
        assert time.monotonic() < deadline, "nobody is refused"
        time.sleep(0.05)


def test_the_first_start_on_a_full_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path / "server/data") as disk:
        server = TianzhuoServer(tmp_path / "server")  # with the reserve that it has by default
        ballast = Ballast(disk)
        try:
            for free in (8_192, 100 * MIB):  # the first is too little for a declaration, the second for comfort
                ballast.leave(free)
                with pytest.raises(ServerFailed, match="the store's disk is full"):
                    server.start()
            ballast.leave(DISK)
            server.start()
            assert server.stop() == 0
        finally:
            server.kill()
