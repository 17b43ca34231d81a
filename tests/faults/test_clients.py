"""Clients that break off, creep, lie, babble or only hold connections: the service goes on and stores none of it."""

import json
import random
import select
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http import HTTPStatus
from pathlib import Path
from typing import Self

import pytest

from tests.faults.emitter import Emitter
from tests.faults.ledger import Ledger, Sending, check, deliver, make
from tests.servers.tianzhuo import TianzhuoServer
from tests.store.events import document, event, gtin_serial

IDLE, TOTAL = 1.0, 2.0
LIMIT = 100_000
SETTINGS = {
    "TIANZHUO_BODY_IDLE_SECONDS": str(IDLE),
    "TIANZHUO_BODY_TOTAL_SECONDS": str(TOTAL),
    "TIANZHUO_CAPTURE_BYTES": str(LIMIT),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TianzhuoServer]:
    with TianzhuoServer(tmp_path_factory.mktemp("clients"), SETTINGS) as server:
        yield server


@pytest.fixture
def thing(server: TianzhuoServer) -> Iterator[str]:
    """A thing that is named in a body that must not be stored; afterwards the service still serves others."""
    thing = gtin_serial("broken")
    yield thing
    ledger = Ledger(server.port, server.admin_key)
    with ledger.emitter() as emitter:
        assert emitter.get("/livez").status == HTTPStatus.OK
        assert emitter.unit_events(thing) == []
        sending = make(random.Random(thing))
        deliver(emitter, sending)
        assert sending.acknowledged
        assert check(emitter, sending) == len(sending.things)


class Raw:
    """A connection on which anything may be sent."""

    def __init__(self, server: TianzhuoServer) -> None:
        self._socket = socket.create_connection(("127.0.0.1", server.port), 30)
        self._key = server.admin_key

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, data: bytes) -> bool:
        """Whether the other side still took it."""
        try:
            self._socket.sendall(data)
        except OSError:
            return False
        return True

    def head(self, *fields: str) -> None:
        """The head of a capture."""
        key = f"Authorization: Bearer {self._key}"
        lines = ["POST /epcis/capture HTTP/1.1", "Host: x", key, "Content-Type: application/json", *fields]
        self.send(("\r\n".join(lines) + "\r\n\r\n").encode())

    def rest(self) -> bytes:
        """Everything that comes until the other side closes; it must close."""
        found = b""
        while True:
            try:
                part = self._socket.recv(65536)
            except ConnectionResetError:
                return found
            if not part:
                return found
            found += part

    def some(self) -> bytes:
        """What comes next."""
        return self._socket.recv(65536)

    def spoken_to(self) -> bool:
        """Whether something came, or the other side closed."""
        return bool(select.select([self._socket], [], [], 0)[0])

    def reset(self) -> None:
        """Breaks the connection off, as a machine does that loses its power and comes back."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self._socket.close()


@pytest.fixture
def raw(server: TianzhuoServer) -> Iterator[Raw]:
    with Raw(server) as connection:
        yield connection


def body(thing: str) -> bytes:
    return document(event(epcList=[thing]))


def statuses(answer: bytes) -> list[int]:
    """The status of each answer on a connection."""
    return [int(line.split()[1]) for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]


def check_problem(answer: bytes, status: int) -> None:
    """One answer, a problem, and the end of the connection."""
    assert statuses(answer) == [status], answer
    head, _, text = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head.lower()
    problem = json.loads(text)
    assert problem["status"] == status
    assert problem["type"]
    assert problem["title"]
    assert problem["detail"]


@pytest.mark.parametrize("length", ["Content-Length", "chunks"])
@pytest.mark.parametrize("broken_off", [True, False])
def test_stops_in_the_middle_of_a_body(raw: Raw, thing: str, length: str, *, broken_off: bool) -> None:
    text = body(thing)
    if length == "chunks":
        raw.head("Transfer-Encoding: chunked")
        raw.send(f"{len(text):x}\r\n".encode())
    else:
        raw.head(f"Content-Length: {len(text)}")
    raw.send(text[:-1])
    if broken_off:
        raw.reset()
    else:
        check_problem(raw.rest(), HTTPStatus.REQUEST_TIMEOUT)


@pytest.mark.parametrize("length", ["Content-Length", "chunks"])
def test_creeps(raw: Raw, thing: str, length: str) -> None:
    text = body(thing)
    chunked = length == "chunks"
    raw.head("Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(text)}")
    for byte in text:
        if raw.spoken_to():
            break
        raw.send(b"1\r\n%c\r\n" % byte if chunked else b"%c" % byte)
        time.sleep(IDLE / 4)
    check_problem(raw.rest(), HTTPStatus.REQUEST_TIMEOUT)


def test_closes_while_its_capture_is_in_flight(server: TianzhuoServer) -> None:
    """What nobody waits for is stored whole or not at all."""
    ledger = Ledger(server.port, server.admin_key)
    for number in range(15):
        sending = Sending("/epcis/capture", b"", [gtin_serial("gone") for _ in range(6)])
        events = [event(epcList=[thing]) for thing in sending.things]
        sending.ids = [one["eventID"] for one in events]
        text = document(*events)
        with Raw(server) as connection:
            connection.head(f"Content-Length: {len(text)}")
            connection.send(text)
            time.sleep(0.003 * number)
            connection.reset()
        ledger.note(sending)
    deadline = time.monotonic() + 20
    while any(server.request("GET", f"/v1/units?id={s.things[0]}")[0] != HTTPStatus.OK for s in ledger.sent[-5:]):
        assert time.monotonic() < deadline  # the last ones had reached the service
        time.sleep(0.05)
    stored = ledger.check(ledger.sent)
    assert stored > 0
    assert stored % 6 == 0


@pytest.mark.parametrize("head", [b"", b"POST /epcis/capture HTTP/1.1\r\nHost: x\r\nAuthor", b"\r\n", b"G"])
def test_says_half_a_head_or_nothing(raw: Raw, thing: str, head: bytes) -> None:
    assert thing
    raw.send(head)
    check_problem(raw.rest(), HTTPStatus.REQUEST_TIMEOUT)


@pytest.mark.parametrize(
    ("start", "more"),
    [
        (b"GET /livez HTTP/1.1\r\nX: ", b"x" * 8192),
        (b"GET /livez HTTP/1.1\r\n", b"X: y\r\n" * 1000),
        (b"GET /", b"x" * 8192),
    ],
    ids=["a field", "fields", "a target"],
)
def test_an_endless_head(raw: Raw, thing: str, start: bytes, more: bytes) -> None:
    assert thing
    raw.send(start)
    sent = 0
    while sent < 100 * 2**20 and not raw.spoken_to() and raw.send(more):
        sent += len(more)
    assert sent < 10 * 2**20
    assert set(statuses(raw.rest())) <= {HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, HTTPStatus.BAD_REQUEST}


def test_endless_fields_behind_a_body(server: TianzhuoServer, raw: Raw, thing: str) -> None:
    assert thing
    raw.head("Transfer-Encoding: chunked")
    raw.send(b"0\r\n")
    sent, before = 0, server_bytes(server)
    while sent < 400 * 2**20 and not raw.spoken_to() and raw.send(b"X: y\r\n" * 10_000):
        sent += 60_000
    raw.rest()
    assert server_bytes(server) - before < 100 * 2**20, sent


def server_bytes(server: TianzhuoServer) -> int:
    """The most memory that the service has had."""
    for line in Path(f"/proc/{server.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(server.pid)


@pytest.mark.parametrize("garbage", [b"\x00\x01\x02\r\n\r\n", b"GET\r\n\r\n", b"\x16\x03\x01" * 100, b"{}" * 50_000])
def test_pipelined_garbage(raw: Raw, thing: str, garbage: bytes) -> None:
    assert thing
    raw.send(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
    first = raw.some()
    while not first.endswith(b"}"):
        first += raw.some()
    assert statuses(first) == [HTTPStatus.OK]
    raw.send(garbage)
    check_problem(raw.rest(), HTTPStatus.BAD_REQUEST)
    assert not raw.send(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n") or not raw.rest()


def test_garbage_behind_a_capture(server: TianzhuoServer, raw: Raw) -> None:
    """The capture is whole and is answered; nothing that follows changes it."""
    kept = gtin_serial("kept")
    text = body(kept)
    raw.head(f"Content-Length: {len(text)}")
    raw.send(text + b"\x00garbage\r\n\r\n")
    assert statuses(raw.rest()) == [HTTPStatus.ACCEPTED]
    with Emitter(server.port, server.admin_key) as emitter:
        assert len(emitter.unit_events(kept)) == 1


@pytest.mark.parametrize("chunk", [b"zz\r\n{}\r\n", b"-5\r\n{}\r\n", b"5\r\n{}xxxyyyy\r\n", b"f" * 17 + b"\r\n{}"])
def test_broken_chunks(raw: Raw, thing: str, chunk: bytes) -> None:
    text = body(thing)
    raw.head("Transfer-Encoding: chunked")
    raw.send(f"{len(text):x}\r\n".encode() + text + b"\r\n" + chunk)
    check_problem(raw.rest(), HTTPStatus.BAD_REQUEST)


@pytest.mark.parametrize("length", ["-1", "x", "1 2", "18446744073709551616", "0x10", "+5", ""])
def test_a_length_that_is_none(raw: Raw, thing: str, length: str) -> None:
    raw.head(f"Content-Length: {length}")
    raw.send(body(thing))
    check_problem(raw.rest(), HTTPStatus.BAD_REQUEST)


def test_two_lengths(raw: Raw, thing: str) -> None:
    text = body(thing)
    raw.head(f"Content-Length: {len(text)}", "Transfer-Encoding: chunked")
    raw.send(text)
    check_problem(raw.rest(), HTTPStatus.BAD_REQUEST)


@pytest.mark.parametrize("by", [1, 100])
def test_a_length_that_is_too_short(raw: Raw, thing: str, by: int) -> None:
    text = body(thing)
    raw.head(f"Content-Length: {len(text) - by}")
    raw.send(text)
    check_problem(raw.rest(), HTTPStatus.BAD_REQUEST)


def test_a_length_that_is_too_long(raw: Raw, thing: str) -> None:
    text = body(thing)
    raw.head(f"Content-Length: {len(text) + 1}")
    raw.send(text)
    check_problem(raw.rest(), HTTPStatus.REQUEST_TIMEOUT)


@pytest.mark.parametrize("length", ["Content-Length", "chunks"])
def test_a_body_over_the_limit(raw: Raw, thing: str, length: str) -> None:
    text = body(thing) + b" " * LIMIT
    if length == "chunks":
        raw.head("Transfer-Encoding: chunked", "Connection: close")
        raw.send(b"".join(b"400\r\n" + text[at : at + 1024].ljust(1024) + b"\r\n" for at in range(0, len(text), 1024)))
    else:
        raw.head(f"Content-Length: {len(text)}", "Connection: close")
        raw.send(text)
    check_problem(raw.rest(), HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def test_an_endless_body_ends(raw: Raw, thing: str) -> None:
    assert thing
    raw.head("Transfer-Encoding: chunked")
    sent = 0
    while sent < 2**33 and raw.send(b"2000\r\n" + b" " * 8192 + b"\r\n"):
        sent += 8192
    assert statuses(raw.rest()) in ([], [HTTPStatus.REQUEST_ENTITY_TOO_LARGE])


@pytest.mark.parametrize("too_large", [False, True])
def test_waits_for_a_word_before_its_body(server: TianzhuoServer, raw: Raw, thing: str, *, too_large: bool) -> None:
    kept = gtin_serial("asked")
    text = body(kept if not too_large else thing)
    size = LIMIT + 1 if too_large else len(text)
    raw.head(f"Content-Length: {size}", "Expect: 100-continue", "Connection: close")
    first = raw.some()
    if too_large:  # told before a byte of the body was sent
        check_problem(first + raw.rest(), HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return
    assert statuses(first) == [HTTPStatus.CONTINUE]
    raw.send(text)
    assert statuses(raw.rest()) == [HTTPStatus.ACCEPTED]
    with Emitter(server.port) as emitter:
        assert len(emitter.unit_events(kept)) == 1


def test_five_hundred_idle_connections(server: TianzhuoServer, thing: str) -> None:
    """Half of them say nothing at all, half begin a body and stop; somebody else is served meanwhile."""
    ledger = Ledger(server.port, server.admin_key)
    draw = random.Random(1)
    with ExitStack() as stack:
        idle = [stack.enter_context(Raw(server)) for _ in range(500)]
        for one in idle[::2]:
            one.head("Content-Length: 1000")
            one.send(body(thing)[:50])
        with ledger.emitter() as emitter:
            for _ in range(20):
                sending = make(draw)
                assert deliver(emitter, sending).status in {201, 202}
                assert check(emitter, sending) == len(sending.things)
        for one in idle:
            check_problem(one.rest(), HTTPStatus.REQUEST_TIMEOUT)
