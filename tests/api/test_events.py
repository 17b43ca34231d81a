"""POST /epcis/events and GET /epcis/events/{id}: one event, its error declarations, other events under its id."""

import json
from http import HTTPStatus
from urllib.parse import quote

import pytest

from tests.api.client import Client, Json, event_id_of, event_path, refused
from tests.store.events import CONTEXT, document, event, gtin_serial

OWN_CONTEXT = [CONTEXT, {"example": "http://ns.example.com/epcis/"}]
DECLARED = {"errorDeclaration": {"declarationTime": "2026-05-02T00:00:00Z", "reason": "incorrect_data"}}


def bare(**members: object) -> Json:
    return event(**{"@context": CONTEXT, **members})


def test_event_is_created_and_comes_back(emitter: Client, anybody: Client) -> None:
    sent = bare()
    answer = emitter.post("/epcis/events", sent)
    assert (answer.status, answer.json()) == (HTTPStatus.CREATED, sent)
    assert answer.headers["location"] == event_path(sent["eventID"])
    assert answer.headers["gs1-epcis-version"] == "2.0.0"
    (kept,) = anybody.event(sent["eventID"])
    assert kept.pop("recordTime").endswith("Z")
    del sent["@context"]  # stands at the top of the answer
    kept.pop("@context", None)
    assert kept == sent
    assert anybody.direct(sent["epcList"][0]) == [sent["eventID"]]


def test_event_without_id_gets_its_hash_and_is_the_same_event_again(emitter: Client) -> None:
    sent = bare(eventID=None)
    answers = [emitter.post("/epcis/events", sent) for _ in range(2)]
    assert {answer.status for answer in answers} == {HTTPStatus.CREATED}
    (event_id,) = {answer.json()["eventID"] for answer in answers}
    assert event_id.startswith("ni:///sha-256;")
    assert {event_id_of(answer.headers["location"]) for answer in answers} == {event_id}
    assert len(emitter.event(event_id)) == 1


def test_the_same_event_is_submitted_again(emitter: Client) -> None:
    """What can be read may be a row whose write came to nothing: only a write of its own is an acknowledgement."""
    sent = bare()
    jobs = []
    for _ in range(2):
        assert emitter.post("/epcis/events", sent).status == HTTPStatus.CREATED
        jobs.append(emitter.get("/epcis/capture?perPage=1").json()[0]["captureID"])
    assert len(set(jobs)) == len(jobs)
    assert len(emitter.event(sent["eventID"])) == 1


@pytest.mark.parametrize("own", [{}, {"@context": {"example": "http://ns.example.com/other/"}}])
def test_the_record_time_is_the_stores(emitter: Client, own: Json) -> None:
    sent = event(recordTime="1999-01-01T00:00:00Z", **{"example:recordTime": "1"}, **own)
    body = document(sent)
    location = emitter.capture(body)
    (kept,) = emitter.event(sent["eventID"])
    assert kept["recordTime"] == emitter.job(location)["finishedAt"]
    assert kept["example:recordTime"] == "1"
    assert emitter.get(location + "/document").body == body


def test_the_same_event_written_otherwise_is_no_conflict(emitter: Client) -> None:
    sent = bare(eventTime="2026-05-01T08:00:00+08:00")
    again = dict(reversed({**sent, "eventTime": "2026-05-01T00:00:00.000Z"}.items()))
    for body in (sent, again):
        assert emitter.post("/epcis/events", body).status == HTTPStatus.CREATED
    (kept,) = emitter.event(sent["eventID"])
    assert kept["eventTime"] == sent["eventTime"]


def test_another_event_under_the_id_is_409_and_not_stored(emitter: Client) -> None:
    sent = bare()
    emitter.post("/epcis/events", sent)
    answer = emitter.post("/epcis/events", {**sent, "bizStep": "receiving"})
    problem = refused(answer, HTTPStatus.CONFLICT, "ResourceAlreadyExistsException")
    assert sent["eventID"] in problem["detail"]
    assert [kept["bizStep"] for kept in emitter.event(sent["eventID"])] == ["shipping"]


GTIN = "https://id.gs1.org/01/09521000000117"
HASHED_ALIKE = {
    "below a millisecond": [{"eventTime": f"2026-05-01T00:00:00.000{digit}Z"} for digit in "12"],
    "lot beside a serial": [{"epcList": [f"{GTIN}/10/LOT{digit}/21/S1"], "action": "ADD"} for digit in "12"],
    "a name before the next": [{"epcList": ["urn:x:a", "urn:x:b"]}, {"epcList": ["urn:x:aepc=urn:x:b"]}],
    "blank at the end": [{"action": "ADD", "ilmd": {"cbvmda:lotNumber": text}} for text in ("L1", "L1 ")],
    "number and text": [{"action": "ADD", "ilmd": {"cbvmda:lotNumber": value}} for value in ("12", 12)],
}


@pytest.mark.parametrize("pair", HASHED_ALIKE.values(), ids=HASHED_ALIKE)
def test_two_events_of_one_hash_are_never_taken_for_one(emitter: Client, pair: list[Json]) -> None:
    base = bare(eventID=None, readPoint={"id": gtin_serial()})
    first, second = ({**base, **one} for one in pair)
    event_id = emitter.post("/epcis/events", first).json()["eventID"]
    refused(emitter.post("/epcis/events", second), HTTPStatus.CONFLICT, "ResourceAlreadyExistsException")
    assert len(emitter.event(event_id)) == 1
    for _ in range(2):
        emitter.capture(document({name: value for name, value in second.items() if name != "@context"}))
    kept = emitter.event(event_id)
    assert len(kept) == 2
    for one in (first, second):
        assert any(one["epcList"] == other["epcList"] and one["eventTime"] == other["eventTime"] for other in kept)
        unit = emitter.unit(one["epcList"][0])
        assert {"flag": "contested_id", "events": [event_id]} in unit["flags"]


def test_event_comes_with_its_error_declarations(emitter: Client) -> None:
    sent = bare()
    thing = sent["epcList"][0]
    emitter.post("/epcis/events", sent)
    before = emitter.unit(thing)["as_of"]
    answer = emitter.post("/epcis/events", {**sent, **DECLARED})
    assert answer.status == HTTPStatus.CREATED, answer
    plain, declaring = sorted(emitter.event(sent["eventID"]), key=lambda kept: "errorDeclaration" in kept)
    assert "errorDeclaration" not in plain
    assert declaring["errorDeclaration"] == DECLARED["errorDeclaration"]
    unit = emitter.unit(thing)
    assert (unit["events"], unit["void"]) == ([], [sent["eventID"]])
    earlier = emitter.unit(thing, before)
    assert ([deed["event"] for deed in earlier["events"]], earlier["void"]) == ([sent["eventID"]], [])
    at_that_time = emitter.get(f"{event_path(sent['eventID'])}?as_of={quote(before)}").json()
    assert len(at_that_time["epcisBody"]["queryResults"]["resultsBody"]["eventList"]) == 1


def test_declaration_that_comes_first_is_no_conflict(emitter: Client) -> None:
    sent = bare()
    for body in ({**sent, **DECLARED}, sent):
        assert emitter.post("/epcis/events", body).status == HTTPStatus.CREATED
    assert emitter.unit(sent["epcList"][0])["void"] == [sent["eventID"]]


def test_event_keeps_what_its_own_context_names(emitter: Client) -> None:
    sent = bare(**{"@context": OWN_CONTEXT, "example:colour": ["青", {"example:deep": None}]})
    assert emitter.post("/epcis/events", sent).json() == sent
    answer = emitter.get(event_path(sent["eventID"])).json()
    assert answer["@context"] == OWN_CONTEXT
    assert answer["type"] == "EPCISQueryDocument"
    (kept,) = answer["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert kept["example:colour"] == sent["example:colour"]


def test_answer_of_an_event_can_be_captured_again(emitter: Client) -> None:
    sent = bare(**{"@context": OWN_CONTEXT, "example:colour": "青"})
    emitter.post("/epcis/events", sent)
    emitter.capture(emitter.get(event_path(sent["eventID"])).body)
    assert len(emitter.event(sent["eventID"])) == 1


@pytest.mark.parametrize(
    "event_id",
    ["urn:uuid:{}", "https://ns.example.org/events/{}?a=b&c=%2F#d", "ni:///sha-256;{}?ver=CBV2.0", "urn:x:{}:a%20b"],
)
def test_event_id_may_be_any_uri(emitter: Client, event_id: str) -> None:
    sent = bare(eventID=event_id.format(gtin_serial().rpartition(":")[2]))
    answer = emitter.post("/epcis/events", sent)
    assert answer.status == HTTPStatus.CREATED, answer
    assert event_id_of(answer.headers["location"]) == sent["eventID"]
    (kept,) = emitter.event(sent["eventID"])
    assert kept["eventID"] == sent["eventID"]


@pytest.mark.parametrize(
    ("members", "places"),
    [
        ({"@context": None}, {"/@context"}),
        ({"action": "EAT", "bizStep": 7}, {"/action", "/bizStep"}),
        ({"type": "EPCISDocument"}, {"/type"}),
        ({"eventTime": None}, {"/eventTime"}),
        ({"epcList": ["urn:epc:id:sgtin:0614141.107346.2018", ""]}, {"/epcList/1"}),
        ({"a/b": 1, "eventID": "no id"}, {"/a~1b", "/eventID"}),
    ],
)
def test_invalid_event_is_400_with_the_places(emitter: Client, members: Json, places: set[str]) -> None:
    problem = refused(emitter.post("/epcis/events", bare(**members)), HTTPStatus.BAD_REQUEST, "ValidationException")
    assert {error["pointer"] for error in problem["errors"]} == places


def test_list_and_document_are_no_event(emitter: Client) -> None:
    for body in (json.dumps([bare()]).encode(), document(event())):
        refused(emitter.post("/epcis/events", body), HTTPStatus.BAD_REQUEST, "ValidationException")


def test_unknown_event_is_404(anybody: Client) -> None:
    for event_id in ("urn:uuid:none", "none", "a/b"):
        refused(anybody.get(event_path(event_id)), HTTPStatus.NOT_FOUND, "NoSuchResourceException")


def test_event_before_its_recording_is_404(emitter: Client) -> None:
    sent = bare()
    emitter.post("/epcis/events", sent)
    answer = emitter.get(event_path(sent["eventID"]) + "?as_of=2026-01-01T00:00:00Z")
    refused(answer, HTTPStatus.NOT_FOUND, "NoSuchResourceException")
