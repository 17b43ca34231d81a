"""The list of capture jobs, page by page, and the document of each, byte for byte."""

from http import HTTPStatus
from urllib.parse import quote

import pytest

from tests.api.client import Client, Json, refused
from tests.store.events import CONTEXT, document, event


def page_of(emitter: Client, path: str) -> tuple[list[Json], str]:
    """The jobs of one page, and the path of the next one, "" when it is the last."""
    answer = emitter.get(path)
    assert answer.status == HTTPStatus.OK, answer
    link = answer.headers.get("link", "")
    if not link:
        assert "gs1-next-page-token-expires" not in answer.headers
        return answer.json(), ""
    assert "gs1-next-page-token-expires" in answer.headers
    address, _, relation = link.partition("; ")
    assert relation == 'rel="next"'
    return answer.json(), address.strip("<>")


def test_pages_lead_to_every_job_once_newest_first(emitter: Client) -> None:
    mine = [emitter.capture(document(event())).rpartition("/")[2] for _ in range(7)]
    found: list[Json] = []
    following = "/epcis/capture?perPage=3"
    while following and not {*mine} <= {job["captureID"] for job in found}:
        jobs, following = page_of(emitter, following)
        assert 1 <= len(jobs) <= 3
        found += jobs
    assert [job["captureID"] for job in found if job["captureID"] in mine] == mine[::-1]
    times = [job["createdAt"] for job in found]
    assert times == sorted(times, reverse=True)
    assert found[0] == emitter.job(f"/epcis/capture/{found[0]['captureID']}")


def test_last_page_has_no_link(emitter: Client) -> None:
    emitter.capture(document(event()))
    emitter.capture(document(event()))
    jobs, following = page_of(emitter, "/epcis/capture?perPage=1")
    pages = 1
    while following:
        following = following.replace("perPage=1&", "perPage=1000&")
        jobs, following = page_of(emitter, following)
        pages += 1
    assert jobs
    assert pages > 1


def test_thirty_jobs_are_on_a_page_unless_told_otherwise(emitter: Client) -> None:
    for _ in range(31):
        emitter.capture(document())
    assert len(emitter.get("/epcis/capture").json()) == 30


@pytest.mark.parametrize("query", ["perPage=0", "perPage=-1", "perPage=1001", "perPage=many", "nextPageToken=nonsense"])
def test_page_that_cannot_be_is_400(emitter: Client, query: str) -> None:
    problem = refused(emitter.get(f"/epcis/capture?{query}"), HTTPStatus.BAD_REQUEST, "QueryParameterException")
    (error,) = problem["errors"]
    assert query.partition("=")[0] in error["pointer"]


@pytest.mark.parametrize("ending", [b"", b"\r\n", b" \t\n"])
def test_document_comes_back_byte_for_byte(emitter: Client, ending: bytes) -> None:
    sent, other = event(**{"example:note": "李\\u5b50 \U0001f351"}), event(eventID=None)
    body = document(sent, other).replace(b", ", b"  ,\n\t") + ending
    answer = emitter.get(emitter.capture(body) + "/document")
    assert (answer.status, answer.body) == (HTTPStatus.OK, body)
    assert answer.headers["content-type"] == "application/json"


def test_scans_and_bare_events_come_back_too(emitter: Client) -> None:
    scan = b'[ {"step": "observed", "when": "2026-07-14T06:40:00Z", "where": "9521000000018", "temperature": 1.50} ]\n'
    location = emitter.post("/v1/scans", scan).headers["location"]
    assert emitter.get(location + "/document").body == scan
    sent = document(event()).replace(b'"type": "EPCISDocument"', b'"type": "EPCISDocument" ')
    assert emitter.get(emitter.capture(sent) + "/document").body == sent
    body = b' \n{"@context": "' + CONTEXT.encode() + b'", "type": "ObjectEvent", "action": "OBSERVE",\n "eventTime":'
    body += b' "2026-05-01T08:00:00Z", "eventTimeZoneOffset": "+00:00", "epcList": ["urn:x:one-of-the-jobs"]}\n'
    assert emitter.post("/epcis/events", body).status == HTTPStatus.CREATED
    newest = emitter.get("/epcis/capture?perPage=1").json()[0]["captureID"]
    assert emitter.get(f"/epcis/capture/{newest}/document").body == body


def test_document_with_an_event_that_came_earlier_in_other_bytes_is_never_given_in_those(emitter: Client) -> None:
    """The second bytes of an event are kept until the store merges its parts; from then on 410."""
    sent = event()
    body, other = document(sent), document(event(), sent).replace(b", ", b",  ")
    first, second = emitter.capture(body), emitter.capture(other)
    assert emitter.get(first + "/document").body == body
    answer = emitter.get(second + "/document")
    if answer.status == HTTPStatus.OK:
        assert answer.body == other
    else:
        refused(answer, HTTPStatus.GONE, "NoSuchResourceException")


def test_jobs_are_for_those_with_a_key(emitter: Client, anybody: Client) -> None:
    location = emitter.capture(document(event()))
    for path in ("/epcis/capture", location, location + "/document", f"/epcis/capture?nextPageToken={quote('x')}"):
        refused(anybody.get(path), HTTPStatus.UNAUTHORIZED, "SecurityException")
