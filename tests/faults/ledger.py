"""What emitters sent to a service that is about to fail, what they were told, and whether it is true afterwards."""

import http.client
import json
import random
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Event, Lock, Thread

from tests.faults.emitter import Answer, Emitter
from tests.store.events import CONTEXT, document, event, gtin_serial

TAKEN = {HTTPStatus.CREATED, HTTPStatus.ACCEPTED}


@dataclass(slots=True)
class Sending:
    """A body on its way. Each of its events names one thing, and no other event names it.

    Attributes:
        path, body: the request.
        things: the things, in the order of the events.
        ids: the events' ids; of scans they are known from the answer only.
        job: path of the capture job, "" when the answer names none.
        acknowledged: an answer said that it is stored.
    """

    path: str
    body: bytes
    things: list[str]
    ids: list[str] = field(default_factory=list)
    job: str = ""
    acknowledged: bool = False


def make(draw: random.Random, pad: int = 20) -> Sending:
    """A document of 1 to 6 events, a bare event, or one to three scans; each event with up to `pad` bytes more."""
    kind = draw.choice(["/epcis/capture", "/epcis/events", "/v1/scans"])
    count = 1 if kind == "/epcis/events" else draw.choice([1, 1, 2, 3]) if kind == "/v1/scans" else draw.randint(1, 6)
    things = [gtin_serial("f") for _ in range(count)]
    notes = [draw.randbytes(draw.randint(1, pad)).hex() for _ in things]
    if kind == "/v1/scans":
        place = {"step": "observed", "when": "2026-10-03T08:00:00.5Z", "where": "urn:epc:id:sgln:0614141.00777.0"}
        scans = [{**place, "what": thing, "note": note[:200]} for thing, note in zip(things, notes, strict=True)]
        return Sending(kind, json.dumps(scans).encode(), things)
    events = [event(epcList=[thing], **{"example:note": note}) for thing, note in zip(things, notes, strict=True)]
    ids = [one["eventID"] for one in events]
    if kind == "/epcis/events":
        context = [CONTEXT, {"example": "http://ns.example.com/epcis/"}]
        return Sending(kind, json.dumps({"@context": context, **events[0]}).encode(), things, ids)
    return Sending(kind, document(*events), things, ids)


def deliver(emitter: Emitter, sending: Sending) -> Answer:
    """Sends it and notes what the answer says."""
    answer = emitter.post(sending.path, sending.body)
    if answer.status in TAKEN:
        if sending.path == "/v1/scans":
            sending.ids = answer.json()["events"]
        if sending.path != "/epcis/events":
            sending.job = answer.headers["location"]
        sending.acknowledged = True
    return answer


def check(emitter: Emitter, sending: Sending) -> int:
    """How many of its events are there; what was acknowledged is there once, anything else is whole or absent."""
    stored = 0
    for place, thing in enumerate(sending.things):
        named = emitter.unit_events(thing)
        expected = sending.ids[place : place + 1] or named
        found = [len(emitter.events(one)) for one in expected]
        if sending.acknowledged or any(found):
            assert (named, found) == (expected, [1]), (sending, place, named, found)
            stored += 1
        else:
            assert not named, (sending, place, named)
    if sending.acknowledged and sending.job:
        answer = emitter.get(sending.job)
        assert answer.status == HTTPStatus.OK, (sending, answer)
        assert answer.json()["success"], (sending, answer)
    return stored


class Ledger:
    """Everything that was sent to one service. May be used from several threads.

    Attributes:
        sent: in no particular order.
    """

    def __init__(self, port: int, key: str) -> None:
        self._port = port
        self._key = key
        self._lock = Lock()
        self.sent: list[Sending] = []

    def emitter(self) -> Emitter:
        """A connection to the service."""
        return Emitter(self._port, self._key)

    def note(self, sending: Sending) -> None:
        """Keeps it."""
        with self._lock:
            self.sent.append(sending)

    def acknowledged(self) -> int:
        """How many bodies were acknowledged."""
        with self._lock:
            return sum(sending.acknowledged for sending in self.sent)

    def open(self) -> list[Sending]:
        """What nobody has acknowledged."""
        return [sending for sending in self.sent if not sending.acknowledged]

    def check(self, sendings: Iterable[Sending]) -> int:
        """Checks them, two at a time; returns how many of their events are there."""
        parts: tuple[list[Sending], list[Sending]] = ([], [])
        for number, sending in enumerate(sendings):
            parts[number % 2].append(sending)
        with ThreadPoolExecutor(2) as threads:
            return sum(threads.map(self._check, parts))

    def _check(self, part: list[Sending]) -> int:
        with self.emitter() as emitter:
            return sum(check(emitter, sending) for sending in part)

    def again(self) -> None:
        """Sends everything that was not acknowledged, byte for byte, until it is; then it must be there once."""
        sendings = self.open()
        with self.emitter() as emitter:
            for sending in sendings:
                answer = deliver(emitter, sending)
                assert sending.acknowledged, answer
        self.check(sendings)


class Emitters:
    """Several emitters that send until they are told to stop, or until their service is gone.

    Attributes:
        refusals: every answer that acknowledged nothing.
        broken: how many connections ended without an answer.
    """

    def __init__(
        self, ledger: Ledger, count: int, seed: int, pad: int = 20, *, rest: float = 0.0, through: bool = False
    ) -> None:
        """Starts them.

        Args:
            ledger: takes what they send.
            count: how many.
            seed: of their random numbers.
            pad: see `make`.
            rest: seconds to wait after an answer that acknowledged nothing.
            through: go on when a connection ends without an answer.
        """
        self._ledger = ledger
        self._pad = pad
        self._rest = rest
        self._through = through
        self._stop = Event()
        self._lock = Lock()
        self.refusals: list[Answer] = []
        self.broken = 0
        self._threads = [Thread(target=self._run, args=(random.Random(f"{seed}/{n}"),)) for n in range(count)]
        for thread in self._threads:
            thread.start()

    def _run(self, draw: random.Random) -> None:
        with self._ledger.emitter() as emitter:
            while not self._stop.is_set():
                sending = make(draw, self._pad)
                self._ledger.note(sending)
                try:
                    answer = deliver(emitter, sending)
                except (OSError, http.client.HTTPException):
                    with self._lock:
                        self.broken += 1
                    if not self._through:
                        return
                    self._stop.wait(self._rest)
                    continue
                if not sending.acknowledged:
                    with self._lock:
                        self.refusals.append(answer)
                    self._stop.wait(self._rest)

    def wait(self, count: int) -> None:
        """Waits until the service has acknowledged so many bodies from now on; fails when it takes a minute."""
        deadline = time.monotonic() + 60
        before = self._ledger.acknowledged()
        while self._ledger.acknowledged() < before + count:
            assert time.monotonic() < deadline, f"not {count} captures in a minute"
            time.sleep(0.002)

    def stop(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Does `meanwhile` while they still send, then waits for them."""
        try:
            meanwhile()
        finally:
            self._stop.set()
            for thread in self._threads:
                thread.join()
