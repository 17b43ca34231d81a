"""POST /epcis/capture and the job that it makes: taken, refused as a whole, taken in part."""

import gzip
import json
from datetime import datetime
from http import HTTPStatus

import pytest

from tests.api.client import Client, Json, refused
from tests.store.events import document, event, gtin_serial

NOBODYS = "00000000-0000-4000-8000-000000000000"
BAD_TIME = {"eventTime": "yesterday"}


def query_document(*events: Json) -> bytes:
    body: Json = json.loads(document())
    body["type"] = "EPCISQueryDocument"
    results = {"queryName": "SimpleEventQuery", "resultsBody": {"eventList": list(events)}}
    return json.dumps({**body, "epcisBody": {"queryResults": results}}).encode()


def test_document_is_taken_and_its_job_has_succeeded(emitter: Client) -> None:
    one, other = event(), event()
    location = emitter.capture(document(one, other))
    job = emitter.job(location)
    assert location == f"/epcis/capture/{job['captureID']}"
    times = [job.pop("createdAt"), job.pop("finishedAt")]
    assert all(time.endswith("Z") for time in times)
    created, finished = map(datetime.fromisoformat, times)
    assert created <= finished
    del job["captureID"]
    assert job == {"running": False, "success": True, "captureErrorBehaviour": "rollback", "errors": []}
    for sent in (one, other):
        (kept,) = emitter.event(sent["eventID"])
        assert kept.pop("recordTime") == times[1]
        assert kept == sent
        assert emitter.direct(sent["epcList"][0]) == [sent["eventID"]]


def test_as_of_the_time_at_which_a_job_finished_its_events_are_known(emitter: Client) -> None:
    sent = event()
    finished = emitter.job(emitter.capture(document(sent)))["finishedAt"]
    assert emitter.direct(sent["epcList"][0], finished) == [sent["eventID"]]
    (kept,) = emitter.event(sent["eventID"])
    assert kept["recordTime"] == finished


def test_answer_has_no_body_and_names_the_versions(emitter: Client) -> None:
    answer = emitter.post("/epcis/capture", document(event()))
    assert (answer.status, answer.body) == (HTTPStatus.ACCEPTED, b"")
    assert answer.headers["gs1-epcis-version"] == answer.headers["gs1-cbv-version"] == "2.0.0"


def test_query_document_is_taken_too(emitter: Client) -> None:
    sent = event()
    body = query_document(sent)
    location = emitter.capture(body, Content_Type="application/ld+json; charset=utf-8")
    assert emitter.direct(sent["epcList"][0]) == [sent["eventID"]]
    assert emitter.get(location + "/document").body == body


def test_document_without_events_is_taken(emitter: Client) -> None:
    assert emitter.job(emitter.capture(document()))["success"] is True


def test_event_without_id_gets_its_hash(emitter: Client) -> None:
    sent = event(eventID=None)
    emitter.capture(document(sent))
    (event_id,) = emitter.direct(sent["epcList"][0])
    assert event_id.startswith("ni:///sha-256;")
    (kept,) = emitter.event(event_id)
    assert kept["eventID"] == event_id


def test_rollback_stores_nothing_and_names_every_place(emitter: Client) -> None:
    good, bad, worse = event(), event(**BAD_TIME), event(action="EAT", epcList=["no uri"])
    problem = refused(
        emitter.post("/epcis/capture", document(good, bad, worse)), HTTPStatus.BAD_REQUEST, "ValidationException"
    )
    found = {error["pointer"]: (json.loads(error["value"]), error["expected"]) for error in problem["errors"]}
    assert found.keys() == {f"/epcisBody/eventList/{place}" for place in ("1/eventTime", "2/action", "2/epcList/0")}
    assert found["/epcisBody/eventList/1/eventTime"][0] == "yesterday"
    assert found["/epcisBody/eventList/2/action"] == ("EAT", "an action: OBSERVE, ADD or DELETE")
    refused(emitter.get(f"/v1/units?id={good['epcList'][0]}"), HTTPStatus.NOT_FOUND, "NoSuchResourceException")


def test_proceed_stores_the_valid_and_lists_the_others_in_the_job(emitter: Client) -> None:
    good, bad = event(), event(**BAD_TIME)
    body = document(good, bad)
    location = emitter.capture(body, GS1_Capture_Error_Behaviour="proceed")
    job = emitter.job(location)
    assert (job["success"], job["running"], job["captureErrorBehaviour"]) == (False, False, "proceed")
    (error,) = job["errors"]
    assert (error["pointer"], error["value"]) == ("/epcisBody/eventList/1/eventTime", '"yesterday"')
    assert error["type"] == "epcisException:ValidationException"
    assert error["expected"]
    assert emitter.direct(good["epcList"][0]) == [good["eventID"]]
    assert emitter.get(f"/v1/units?id={bad['epcList'][0]}").status == HTTPStatus.NOT_FOUND
    assert emitter.get(location + "/document").body == body


def test_proceed_with_nothing_valid_stores_nothing(emitter: Client) -> None:
    job = emitter.job(emitter.capture(document(event(**BAD_TIME)), GS1_Capture_Error_Behaviour="proceed"))
    assert (job["success"], len(job["errors"])) == (False, 1)


def test_proceed_does_not_take_a_document_with_a_broken_envelope(emitter: Client) -> None:
    sent = event()
    body = document(sent).replace(b'"schemaVersion": "2.0"', b'"schemaVersion": 2')
    answer = emitter.post("/epcis/capture", body, GS1_Capture_Error_Behaviour="proceed")
    problem = refused(answer, HTTPStatus.BAD_REQUEST, "ValidationException")
    assert [error["pointer"] for error in problem["errors"]] == ["/schemaVersion"]
    assert emitter.get(f"/v1/units?id={sent['epcList'][0]}").status == HTTPStatus.NOT_FOUND


def test_unknown_error_behaviour_is_refused(emitter: Client) -> None:
    answer = emitter.post("/epcis/capture", document(), GS1_Capture_Error_Behaviour="all")
    problem = refused(answer, HTTPStatus.BAD_REQUEST, "QueryParameterException")
    assert [error["pointer"] for error in problem["errors"]] == ["GS1-Capture-Error-Behaviour"]


def test_the_same_document_again_stores_its_events_once(emitter: Client) -> None:
    sent = event()
    body = document(sent)
    assert emitter.capture(body) != emitter.capture(body)
    assert len(emitter.event(sent["eventID"])) == 1
    assert emitter.direct(sent["epcList"][0]) == [sent["eventID"]]


def test_other_content_under_a_known_event_id_is_kept_beside_it(emitter: Client) -> None:
    thing = gtin_serial()
    sent = event(epcList=[thing])
    emitter.capture(document(sent))
    emitter.capture(document({**sent, "bizStep": "receiving"}))
    assert sorted(kept["bizStep"] for kept in emitter.event(sent["eventID"])) == ["receiving", "shipping"]
    unit = emitter.unit(thing)
    assert [deed["event"] for deed in unit["events"]] == [sent["eventID"]] * 2
    assert unit["flags"] == [{"flag": "contested_id", "events": [sent["eventID"]]}]


def test_an_id_is_contested_on_both_sides_when_its_events_name_different_things(emitter: Client) -> None:
    first = event()
    second = event(eventID=first["eventID"], eventTime="2026-05-03T08:00:00+08:00")
    emitter.capture(document(first))
    before = emitter.unit(first["epcList"][0])
    assert before["flags"] == []
    emitter.capture(document(second))
    for sent in (first, second):
        unit = emitter.unit(sent["epcList"][0])
        assert [deed["event"] for deed in unit["events"]] == [first["eventID"]]
        assert unit["flags"] == [{"flag": "contested_id", "events": [first["eventID"]]}]
    assert emitter.unit(first["epcList"][0], before["as_of"]) == before


NO_DOCUMENTS = {
    "nothing": (b"", ""),
    "half": (b"{", ""),
    "list": (b"[]", ""),
    "type only": (b'{"type": "EPCISDocument"}', "/@context"),
    "bare event": (json.dumps({**event(), "@context": "https://ns.example.org/"}).encode(), "/type"),
    "no event list": (document().replace(b"eventList", b"events"), "/epcisBody/eventList"),
    "number as event": (document().replace(b'"eventList": []', b'"eventList": [7]'), "/epcisBody/eventList/0"),
    "byte order mark": (b"\xef\xbb\xbf" + document(), ""),
    "UTF-16": (document().decode().encode("utf-16"), ""),
}


@pytest.mark.parametrize(("body", "place"), NO_DOCUMENTS.values(), ids=NO_DOCUMENTS)
def test_what_is_no_document_is_refused_with_the_place(emitter: Client, body: bytes, place: str) -> None:
    problem = refused(emitter.post("/epcis/capture", body), HTTPStatus.BAD_REQUEST, "ValidationException")
    assert place in [error["pointer"] for error in problem["errors"]]


def test_broken_json_is_told_by_line_and_column(emitter: Client) -> None:
    problem = refused(
        emitter.post("/epcis/capture", b'{\n  "type": oops}'), HTTPStatus.BAD_REQUEST, "ValidationException"
    )
    assert "line 2, column 11" in problem["errors"][0]["expected"]


@pytest.mark.parametrize("path", ["/epcis/capture", "/epcis/events", "/v1/scans", "/v1/keys"])
@pytest.mark.parametrize("media", ["", "text/plain", "application/xml", "text/json"])
def test_body_of_another_media_type_is_415(emitter: Client, path: str, media: str) -> None:
    refused(
        emitter.post(path, b"{}", Content_Type=media),
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "UnsupportedMediaTypeException",
    )


def test_compressed_body_is_415(emitter: Client) -> None:
    answer = emitter.post("/epcis/capture", gzip.compress(document()), Content_Encoding="gzip")
    refused(answer, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaTypeException")


@pytest.mark.parametrize("capture_id", ["none", NOBODYS, "..%2f.."])
@pytest.mark.parametrize("below", ["", "/document"])
def test_unknown_job_is_404(emitter: Client, capture_id: str, below: str) -> None:
    refused(emitter.get(f"/epcis/capture/{capture_id}{below}"), HTTPStatus.NOT_FOUND, "NoSuchResourceException")


def test_member_given_twice_is_refused_with_its_place_and_nothing_counts(emitter: Client) -> None:
    """The last one would silently count otherwise."""
    good, sent = event(), event()
    twice = json.dumps(sent).replace('"action": "OBSERVE"', '"action": "ADD", "action": "OBSERVE"')
    body = document(good, sent).replace(json.dumps(sent).encode(), twice.encode())
    for headers in ({}, {"GS1_Capture_Error_Behaviour": "proceed"}):
        answer = emitter.post("/epcis/capture", body, **headers)
        problem = refused(answer, HTTPStatus.BAD_REQUEST, "ValidationException")
        (error,) = problem["errors"]
        assert (error["pointer"], error["value"]) == ("/epcisBody/eventList/1/action", '"OBSERVE"')
        assert "only once" in error["expected"]
    assert emitter.get(f"/v1/units?id={good['epcList'][0]}").status == HTTPStatus.NOT_FOUND
    others = {
        "/epcis/events": twice.replace("{", '{"@context": "https://ns.example.org/", ', 1),
        "/v1/scans": '[{"step": "sold", "where": "9521000000018", "where": "9521000000025"}]',
        "/v1/keys": '{"party": "a", "party": "b"}',
    }
    for (path, text), place in zip(others.items(), ("/action", "/0/where", "/party"), strict=True):
        problem = refused(emitter.post(path, text.encode()), HTTPStatus.BAD_REQUEST, "ValidationException")
        assert [error["pointer"] for error in problem["errors"]] == [place]
