"""A query parameter that an endpoint does not have, or that stands there twice, is refused and never passed over."""

from http import HTTPStatus
from urllib.parse import quote
from uuid import uuid4

import pytest

from tests.api.client import Client, Json, event_path, refused
from tests.store.events import document, event

EARLY = "2026-01-01T00:00:00Z"
THING = "https://id.gs1.org/01/09521000000117/21/A1"


def told(answer_of: Client, method: str, path: str) -> tuple[str, str]:
    """The parameter that a refusal names, and what it expected."""
    problem = refused(
        answer_of.ask(method, path, b"{}" if method == "POST" else None),
        HTTPStatus.BAD_REQUEST,
        "QueryParameterException",
    )
    error: Json
    (error,) = problem["errors"]
    return error["pointer"], error["expected"]


@pytest.mark.parametrize(
    ("method", "path", "known"),
    [
        ("GET", f"/v1/units?id={THING}&", "id, as_of"),
        ("GET", "/epcis/capture?", "perPage, nextPageToken"),
        ("GET", "/epcis/capture/none?", "none"),
        ("GET", "/epcis/capture/none/document?", "none"),
        ("GET", "/epcis?", "none"),
        ("GET", "/v1/keys?", "none"),
        ("POST", "/epcis/capture?", "none"),
        ("POST", "/epcis/events?", "none"),
        ("POST", "/v1/scans?", "none"),
    ],
)
def test_unknown_parameter_is_named_and_the_known_are_listed(
    emitter: Client, method: str, path: str, known: str
) -> None:
    name, expected = told(emitter, method, f"{path}colour=red")
    assert name == "colour"
    assert f"this takes {known}" in expected


@pytest.mark.parametrize("name", ["asof", "as-of", "As_Of", "asOf"])
@pytest.mark.parametrize("path", [f"/v1/units?id={THING}", "/01/09521000000117/21/A1?", f"/search?id={THING}"])
def test_misspelt_time_is_refused(anybody: Client, path: str, name: str) -> None:
    assert told(anybody, "GET", f"{path}&{name}={EARLY}")[0] == name
    assert "did you mean as_of?" in told(anybody, "GET", f"{path}&{name}={EARLY}")[1]


@pytest.mark.parametrize(
    "path", ["/v1/units?id=urn:x:y", "/01/09521000000117/21/A1?x=y", "/epcis/events/x?", "/search?id=urn:x:y"]
)
def test_parameter_that_stands_there_twice_is_refused(anybody: Client, path: str) -> None:
    assert told(anybody, "GET", f"{path}&as_of={EARLY}&as_of=2026-02-01T00:00:00Z") == ("as_of", "it once")
    if "id=" in path:
        assert told(anybody, "GET", f"{path}&id=urn:x:z") == ("id", "it once")


def test_digital_link_may_carry_what_belongs_to_others(emitter: Client) -> None:
    thing = f"https://id.gs1.org/01/09521000000117/21/{uuid4().hex[:12]}"
    emitter.capture(document(event(epcList=[thing])))
    path = thing.removeprefix("https://id.gs1.org")
    assert emitter.get(f"{path}?17=261124&linkType=all&utm_source=pack").json()["unit"] == thing


def test_parameter_at_an_event_is_refused_unless_it_is_a_part_of_the_id(emitter: Client) -> None:
    sent = event(eventID=f"https://ns.example.org/{uuid4()}")
    other = event(eventID=f"{sent['eventID']}?a=b&c=d")
    emitter.capture(document(sent, other))
    assert emitter.get(f"/epcis/events/{sent['eventID']}?a=b&c=d").status == HTTPStatus.OK
    assert told(emitter, "GET", f"{event_path(sent['eventID'])}?colour=red")[0] == "colour"
    assert told(emitter, "GET", f"{event_path(sent['eventID'])}?asof={EARLY}")[0] == "asof"
    answer = emitter.get(f"{event_path(sent['eventID'])}?as_of={quote(EARLY)}")
    problem = refused(answer, HTTPStatus.NOT_FOUND, "NoSuchResourceException")
    assert f"recorded by {EARLY}" in problem["detail"]


@pytest.mark.parametrize("query", ["&", "as_of=2199-01-01T00:00:00Z&&", "as%5Fof=2199-01-01T00:00:00Z"])
def test_what_says_nothing_more_behind_an_event_id_is_no_part_of_it(emitter: Client, query: str) -> None:
    sent = event()
    assert emitter.post("/epcis/capture", document(sent)).status == HTTPStatus.ACCEPTED
    assert emitter.get(f"{event_path(sent['eventID'])}?{query}").status == HTTPStatus.OK
