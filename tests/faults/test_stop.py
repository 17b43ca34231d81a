"""SIGTERM under captures: whoever was told that it is stored finds it; nobody waits for ever; the exit code is 0."""

import random
import socket
import time
from pathlib import Path

import pytest

from tests.faults.emitter import check_problem
from tests.faults.ledger import Emitters, Ledger
from tests.servers.tianzhuo import TianzhuoServer

ROUNDS = 3


def test_stopped_under_captures(tmp_path: Path) -> None:
    draw = random.Random(5)
    codes: list[int | None] = []
    with TianzhuoServer(tmp_path / "server") as server:
        ledger = Ledger(server.port, server.admin_key)
        for number in range(ROUNDS):
            before = len(ledger.sent)
            # Some are in the middle of a body, some wait for the store, some send their next one.
            emitters = Emitters(ledger, 8, number, pad=20_000 * (number % 2) + 20)
            emitters.wait(draw.randint(1, 15))
            time.sleep(draw.uniform(0.0, 0.1))
            emitters.stop(lambda: codes.append(server.stop()))
            for answer in emitters.refusals:
                assert answer.status == 503, answer
                check_problem(answer)
            server.start()
            ledger.check(ledger.sent[before:])
        ledger.again()
        assert codes == [0] * ROUNDS


@pytest.mark.parametrize("started", ["POST /v1/scans HTTP/1.1\r\n", ""])
def test_stopped_while_a_client_says_nothing(tmp_path: Path, started: str) -> None:
    with (
        TianzhuoServer(tmp_path / "server") as server,
        socket.create_connection(("127.0.0.1", server.port), 30) as client,
    ):
        client.sendall(started.encode())
        time.sleep(0.2)
        assert server.stop() == 0
        assert client.recv(1) == b""
