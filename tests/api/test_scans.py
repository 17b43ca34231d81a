"""POST /v1/scans: one scan, a list of them, all or nothing."""

import json
from http import HTTPStatus

import pytest

from tests.api.client import Client, Json, refused
from tests.store.events import sscc

WHERE = "9521000000018"


def scan(**members: object) -> Json:
    return {"step": "shipped", "when": "2026-07-14T06:40:00+08:00", "where": WHERE, "what": sscc(), **members}


def test_one_scan_becomes_an_event(emitter: Client) -> None:
    sent = scan(note="晚了两天")
    answer = emitter.post("/v1/scans", sent)
    assert answer.status == HTTPStatus.CREATED
    made = answer.json()
    assert answer.headers["location"] == f"/epcis/capture/{made['capture']}"
    (event_id,) = made["events"]
    assert emitter.direct(sent["what"]) == [event_id]
    (kept,) = emitter.event(event_id)
    assert (kept["type"], kept["bizStep"], kept["eventTime"]) == ("ObjectEvent", "shipping", sent["when"])
    assert "晚了两天" in json.dumps(kept, ensure_ascii=False)
    assert emitter.job(answer.headers["location"])["success"] is True


def test_batch_is_answered_in_order(emitter: Client) -> None:
    container = sscc()
    sent = [
        scan(step="packed", into=container),
        scan(),
        scan(step="received", what=container, when="2026-07-14T07:00:00Z"),
    ]
    answer = emitter.post("/v1/scans", sent)
    assert answer.status == HTTPStatus.CREATED
    ids = answer.json()["events"]
    assert [emitter.direct(one["what"])[-1] for one in sent] == ids
    assert emitter.unit(sent[0]["what"])["container"] == emitter.unit(container)["unit"]


def test_the_same_scan_again_is_the_same_event(emitter: Client) -> None:
    sent = scan()
    first, again, twice = (emitter.post("/v1/scans", body).json()["events"] for body in (sent, sent, [sent, sent]))
    assert [*again, *again] == [*first, *first] == twice
    assert emitter.direct(sent["what"]) == first


def test_one_bad_scan_refuses_the_batch_and_names_its_field(emitter: Client) -> None:
    good = scan()
    bad = [good, scan(when="2026-07-14"), scan(step="eaten"), scan(colour="red")]
    problem = refused(emitter.post("/v1/scans", bad), HTTPStatus.BAD_REQUEST, "ValidationException")
    found = {error["pointer"]: json.loads(error["value"]) for error in problem["errors"]}
    assert found == {"/1/when": "2026-07-14", "/2/step": "eaten", "/3/colour": "red"}
    assert emitter.get(f"/v1/units?id={good['what']}").status == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"7", b"[[]]", b'["scan"]', b"[{}", b"null"])
def test_what_is_no_scan_is_400(emitter: Client, body: bytes) -> None:
    problem = refused(emitter.post("/v1/scans", body), HTTPStatus.BAD_REQUEST, "ValidationException")
    assert problem["errors"]


@pytest.mark.parametrize(
    ("members", "pointer", "words"),
    [
        ({"where": "Suzhou"}, "/where", "a GLN of 13 digits"),
        ({"what": "9521000000018"}, "/what", "nor the GLN of a place"),
        ({"what": "(414)9521000000018"}, "/what", "this is the number of a place (GLN)"),
        ({"what": "https://id.gs1.org/417/9521000000018"}, "/what", "this is the number of a party (GLN)"),
    ],
)
def test_place_and_thing_that_were_confused_are_told_apart(
    emitter: Client, members: Json, pointer: str, words: str
) -> None:
    answer = emitter.post("/v1/scans", scan(**members))
    problem = refused(answer, HTTPStatus.BAD_REQUEST, "ValidationException")
    assert words in next(error["expected"] for error in problem["errors"] if error["pointer"] == pointer)


@pytest.mark.parametrize("name", ["step", "when", "where", "what"])
def test_missing_field_is_named(emitter: Client, name: str) -> None:
    sent = scan()
    del sent[name]
    problem = refused(emitter.post("/v1/scans", sent), HTTPStatus.BAD_REQUEST, "ValidationException")
    assert f"/{name}" in [error["pointer"] for error in problem["errors"]]


def test_wrong_check_digit_is_refused(emitter: Client) -> None:
    problem = refused(
        emitter.post("/v1/scans", scan(what="(00)395210000000001017")), HTTPStatus.BAD_REQUEST, "ValidationException"
    )
    (error,) = problem["errors"]
    assert error["pointer"] == "/what"
    assert "check digit" in error["expected"]
