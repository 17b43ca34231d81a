"""Ten thousand hostile captures: never a 5xx, every refusal names the place, and what is accepted comes back."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from queue import SimpleQueue
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.faults.emitter import Answer, Emitter, check_problem
from tests.faults.hostile import Broken, garbage, hostile, huge, largest_honest, unfolding
from tests.servers.tianzhuo import TianzhuoServer

WORKERS = 4
BATCH = 40
ROUNDS = 250 if os.environ.get("CI") else 60
REFUSALS = {HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}
MOST_RESIDENT = 1_200_000_000
# Absent, misnamed or unreadable places are named by where they would be.
WHOLE = ""


class Front:
    """A service of this test's own, its emitters, and what they were told."""

    def __init__(self, server: TianzhuoServer) -> None:
        self.server = server
        self.answers: Counter[tuple[str, int]] = Counter()
        self.captures: set[str] = set()
        self._emitters: SimpleQueue[Emitter] = SimpleQueue()
        for _ in range(WORKERS):
            self._emitters.put(Emitter(server.port, server.admin_key))
        self._threads = ThreadPoolExecutor(WORKERS)

    def send(self, batch: list[Broken]) -> None:
        """Sends all of them, several at a time, and checks each answer."""
        for path, answer, made in self._threads.map(self._one, batch):
            self.answers[path, answer.status] += 1
            self.captures |= {made} - {""}

    def _one(self, broken: Broken) -> tuple[str, Answer, str]:
        emitter = self._emitters.get()
        try:
            answer = emitter.post(broken.path, broken.body)
            return broken.path, answer, check(emitter, broken, answer)
        finally:
            self._emitters.put(emitter)

    def jobs(self) -> list[str]:
        """Every capture job that the service lists."""
        emitter = self._emitters.get()
        found: list[str] = []
        page = "/epcis/capture?perPage=1000"
        while page:
            answer = emitter.get(page)
            found += [job["captureID"] for job in answer.json()]
            page = answer.headers.get("link", "").partition(">")[0].removeprefix("<")
        self._emitters.put(emitter)
        return found

    def close(self) -> None:
        self._threads.shutdown()
        while not self._emitters.empty():
            self._emitters.get().close()


def check(emitter: Emitter, broken: Broken, answer: Answer) -> str:
    """Checks an answer, and that what was accepted is there; returns the capture's id, "" when there is none."""
    if answer.status in REFUSALS:
        problem = check_problem(answer)
        if answer.status == HTTPStatus.BAD_REQUEST:
            assert problem["errors"], (broken, problem)
            for error in problem["errors"]:
                check_pointer(broken.body, error["pointer"])
        return ""
    assert answer.status in {HTTPStatus.CREATED, HTTPStatus.ACCEPTED}, (broken.path, broken.body[:500], answer)
    if broken.path == "/v1/keys":
        with Emitter(emitter.port, answer.json()["key"]) as other:
            assert other.get("/epcis/capture?perPage=1").status == HTTPStatus.OK
        return ""
    place = answer.headers["location"]
    if broken.path == "/epcis/events":
        event_id = unquote(place.removeprefix("/epcis/events/"))
        assert answer.json()["eventID"] == event_id
        assert event_id in [event["eventID"] for event in emitter.events(event_id)]
        return ""
    assert emitter.get(place).json()["success"]
    kept = emitter.get(place + "/document")
    assert kept.status == HTTPStatus.GONE or (kept.status, kept.body) == (HTTPStatus.OK, broken.body), broken
    for event_id in answer.json()["events"] if broken.path == "/v1/scans" else ():
        assert emitter.events(event_id)
    return place.rpartition("/")[2]


def check_pointer(body: bytes, pointer: str) -> None:
    """A pointer names a place of the body, or one whose holder is there (the absent and the misnamed)."""
    assert pointer == WHOLE or pointer.startswith("/"), pointer
    try:
        value: Any = json.loads(body.decode())
    except (ValueError, RecursionError):
        return
    names = [name.replace("~1", "/").replace("~0", "~") for name in pointer.split("/")[1:]]
    for name in names[:-1]:
        if name.endswith("…"):
            return
        assert isinstance(value, dict | list), (pointer, body[:500])
        value = value[name] if isinstance(value, dict) else value[int(name)]
    assert not names or isinstance(value, dict | list), (pointer, body[:500])


def check_counts(front: Front) -> None:
    """The service still answers, and lists exactly the jobs that it acknowledged."""
    assert front.server.json("/readyz") == {"status": "ok"}
    jobs = front.jobs()
    assert len(jobs) == len(set(jobs))
    accepted = front.answers["/epcis/capture", HTTPStatus.ACCEPTED] + front.answers["/v1/scans", HTTPStatus.CREATED]
    assert len(front.captures) == accepted
    assert front.captures <= set(jobs)
    # Besides, an event taken by POST /epcis/events has a job; sending it again makes none.
    assert len(jobs) - accepted <= front.answers["/epcis/events", HTTPStatus.CREATED]


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with TianzhuoServer(tmp_path_factory.mktemp("hostile")) as server:
        front = Front(server)
        yield front
        front.close()


def resident_bytes(server: TianzhuoServer) -> int:
    """The most memory that the service has had, in bytes."""
    for line in Path(f"/proc/{server.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(server.pid)


def test_hostile_captures(front: Front) -> None:
    @settings(max_examples=ROUNDS, suppress_health_check=list(HealthCheck), database=None)
    @given(st.lists(hostile(), min_size=BATCH, max_size=BATCH))
    def attack(batch: list[Broken]) -> None:
        front.send(batch)

    attack()
    assert front.answers.total() >= ROUNDS * BATCH
    for path in ("/epcis/capture", "/epcis/events", "/v1/scans", "/v1/keys"):
        assert front.answers[path, HTTPStatus.BAD_REQUEST] > ROUNDS, front.answers
        assert front.answers[path, HTTPStatus.CREATED] + front.answers[path, HTTPStatus.ACCEPTED] > 0, front.answers
    check_counts(front)


@pytest.mark.parametrize("path", ["/epcis/capture", "/epcis/events", "/v1/scans", "/v1/keys"])
def test_garbage(front: Front, path: str) -> None:
    @settings(max_examples=10, suppress_health_check=list(HealthCheck), database=None)
    @given(st.lists(garbage(path), min_size=20, max_size=20))
    def attack(batch: list[Broken]) -> None:
        front.send(batch)

    attack()


def test_huge_bodies(front: Front) -> None:
    front.send(huge())
    check_counts(front)


def test_bodies_that_would_unfold(front: Front) -> None:
    before = front.answers.copy()
    for broken in unfolding():
        front.send([broken])
    assert (front.answers - before).total() == len(unfolding())
    assert {status for _, status in front.answers - before} == {400, 413}
    assert resident_bytes(front.server) < MOST_RESIDENT
    check_counts(front)


def test_what_is_large_and_honest_is_taken(front: Front) -> None:
    body = largest_honest()
    assert 30 * 2**20 < len(body) <= 32 * 2**20
    front.send([Broken("/epcis/capture", body)])
    check_counts(front)
