"""Many small emitters at once: everything is acknowledged, and everything is there once."""

import random
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

from tests.api.client import Client, Json
from tests.faults.emitter import Emitter
from tests.store.events import CONTEXT, document, event, sscc

EMITTERS, ROUNDS = 24, 6


def requests_of(number: int, container: str) -> list[tuple[str, bytes | Json]]:
    """What one emitter sends: documents, bare events and scans, about everybody's container and things of its own."""
    sent: list[tuple[str, bytes | Json]] = []
    for turn in range(ROUNDS):
        time = f"2026-05-01T{number:02d}:{turn:02d}:00Z"
        one = event(epcList=[sscc(), container], eventTime=time)
        if turn % 2:
            sent.append(("/epcis/capture", document(one)))
        else:
            sent.append(("/epcis/events", {"@context": CONTEXT, **one}))
        sent.append(
            ("/v1/scans", {"step": "observed", "when": time, "where": "9521000000018", "what": container, "note": time})
        )
    return sent


def test_many_small_emitters_at_once(emitter: Client) -> None:
    container = sscc()
    work = [requests_of(number, container) for number in range(EMITTERS)]

    def emit(mine: list[tuple[str, bytes | Json]]) -> int:
        taken = 0
        for path, body in mine:
            answer = emitter.post(path, body)
            assert answer.status in {HTTPStatus.ACCEPTED, HTTPStatus.CREATED}, answer
            taken += 1
            if "events" in path:
                assert isinstance(body, dict)
                assert emitter.direct(body["epcList"][0]) == [body["eventID"]]  # an answer means that it can be found
        return taken

    with ThreadPoolExecutor(EMITTERS) as threads:
        assert sum(threads.map(emit, work)) == EMITTERS * ROUNDS * 2
    unit = emitter.unit(container)
    ids = [deed["event"] for deed in unit["events"]]
    assert len(ids) == len(set(ids)) == EMITTERS * ROUNDS * 2
    times = [deed["event_time"] for deed in unit["events"]]
    assert times == sorted(times)


def test_the_same_documents_from_many_at_once_are_stored_once(emitter: Client) -> None:
    thing = sscc()
    sent = [event(epcList=[thing]) for _ in range(8)]
    bodies = [document(*random.sample(sent, 4)) for _ in range(40)] + [document(*sent)]
    with ThreadPoolExecutor(12) as threads:
        jobs = list(threads.map(emitter.capture, bodies))
    assert len(set(jobs)) == len(bodies)
    assert all(emitter.job(job)["success"] for job in jobs)
    assert sorted(emitter.direct(thing)) == sorted(one["eventID"] for one in sent)
    assert all(len(emitter.event(one["eventID"])) == 1 for one in sent)


def test_answers_do_not_change_while_others_write(emitter: Client) -> None:
    """As of a time that an answer named, the same question always has the same answer."""
    thing = sscc()
    emitter.capture(document(event(epcList=[thing])))

    def write(_: int) -> None:
        emitter.capture(document(event(epcList=[thing])))

    def read(_: int) -> Json:
        return emitter.unit(thing)

    with ThreadPoolExecutor(8) as threads:
        writing = [threads.submit(write, turn) for turn in range(30)]
        seen = list(threads.map(read, range(30)))
        for one in writing:
            one.result()
    assert len(emitter.unit(thing)["events"]) == 31
    for answer in seen:
        assert emitter.unit(thing, answer["as_of"]) == answer


def test_keep_alive_connection_serves_many_requests(emitter: Client) -> None:
    with Emitter(emitter.server.port, emitter.key) as kept:
        for _ in range(20):
            sent = event()
            assert kept.post("/epcis/capture", document(sent)).status == HTTPStatus.ACCEPTED
            assert kept.unit_events(sent["epcList"][0]) == [sent["eventID"]]
        assert kept.post("/epcis/capture", b"{").status == HTTPStatus.BAD_REQUEST
        assert kept.get("/livez").status == HTTPStatus.OK
