"""Discovery: OPTIONS on every path of /epcis, and the versions that requests may ask for."""

from http import HTTPStatus

import pytest

from tests.api.client import Client, event_path, refused
from tests.store.events import document, event

SPOKEN = "2.0.0"
PATHS = {
    "/epcis": "GET",
    "/epcis/": "GET",
    "/epcis/capture": "GET, POST",
    "/epcis/capture/00000000-0000-4000-8000-000000000000": "GET",
    "/epcis/capture/00000000-0000-4000-8000-000000000000/document": "GET",
    "/epcis/events": "POST",
    event_path("urn:uuid:none"): "GET",
}
VERSIONS = [f"gs1-{standard}-{what}" for standard in ("epcis", "cbv") for what in ("version", "min", "max")]


@pytest.mark.parametrize(("path", "methods"), PATHS.items())
def test_options_tell_methods_versions_and_form(anybody: Client, path: str, methods: str) -> None:
    answer = anybody.ask("OPTIONS", path)
    assert (answer.status, answer.body) == (HTTPStatus.NO_CONTENT, b"")
    assert answer.headers["allow"] == f"OPTIONS, {methods}"
    assert {name: answer.headers[name] for name in VERSIONS} == dict.fromkeys(VERSIONS, SPOKEN)
    assert answer.headers["gs1-epc-format"] == answer.headers["gs1-cbv-xml-format"] == "Never_Translates"
    assert {"gs1-extensions", "gs1-vendor-version"} <= answer.headers.keys()


def test_options_of_capture_tell_limits_and_error_behaviour(anybody: Client) -> None:
    headers = anybody.ask("OPTIONS", "/epcis/capture").headers
    assert headers["gs1-epcis-capture-limit"] == "10000"
    assert headers["gs1-epcis-capture-file-size-limit"] == str(32 * 2**20)
    assert headers["gs1-capture-error-behaviour"] == "all"


def test_resources_are_listed(anybody: Client) -> None:
    answer = anybody.get("/epcis")
    assert answer.json()["type"] == "Collection"
    assert answer.json()["member"] == ["capture", "events"]
    assert answer.headers["gs1-epcis-version"] == SPOKEN
    assert anybody.get("/epcis/").json() == answer.json()


@pytest.mark.parametrize("name", ["GS1_EPCIS_Version", "GS1_CBV_Version"])
@pytest.mark.parametrize("version", ["2.0", "2.0.0", "2", "2.0.1"])
def test_the_spoken_version_is_taken(emitter: Client, name: str, version: str) -> None:
    emitter.capture(document(event()), **{name: version})


@pytest.mark.parametrize("path", ["/epcis/capture", "/epcis/events"])
@pytest.mark.parametrize("name", ["GS1_EPCIS_Version", "GS1_CBV_Version"])
def test_another_version_is_406_and_nonsense_400(emitter: Client, path: str, name: str) -> None:
    sent = event(**{"@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"})
    body = document(sent) if path == "/epcis/capture" else sent
    for version in ("1.2", "2.1", "3"):
        answer = emitter.post(path, body, **{name: version})
        refused(answer, HTTPStatus.NOT_ACCEPTABLE, "NotAcceptableException")
    for version in ("two", "2.0-beta"):
        problem = refused(
            emitter.post(path, body, **{name: version}), HTTPStatus.BAD_REQUEST, "QueryParameterException"
        )
        assert problem["errors"][0]["pointer"] == name.replace("_", "-")
    assert emitter.get(f"/v1/units?id={sent['epcList'][0]}").status == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize(
    ("name", "taken", "refusals"),
    [
        ("GS1_EPCIS_Min", ("1.2", "2.0.0"), ("2.1", "3.0")),
        ("GS1_CBV_Min", ("1.2", "2.0.0"), ("2.1", "3.0")),
        ("GS1_EPCIS_Max", ("2.0", "3.0"), ("1.2", "1.99")),
        ("GS1_CBV_Max", ("2.0", "3.0"), ("1.2", "1.99")),
        ("GS1_EPC_Format", ("Never_Translates", "No_Preference"), ("Always_EPC_URN", "Always_GS1_Digital_Link")),
    ],
)
def test_answers_come_in_the_wanted_version_and_form_or_406(
    emitter: Client, name: str, taken: tuple[str, ...], refusals: tuple[str, ...]
) -> None:
    sent = event()
    job = emitter.capture(document(sent))
    for path in ("/epcis", "/epcis/capture", job, event_path(sent["eventID"])):
        for value in taken:
            answer = emitter.get(path, **{name: value})
            assert answer.status == HTTPStatus.OK, answer
            assert {answer.headers[version] for version in VERSIONS} == {SPOKEN}
        for value in refusals:
            refused(emitter.get(path, **{name: value}), HTTPStatus.NOT_ACCEPTABLE, "NotAcceptableException")
        refused(emitter.get(path, **{name: "nonsense"}), HTTPStatus.BAD_REQUEST, "QueryParameterException")


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "application/json;q=0", "image/*"])
def test_answer_in_another_media_type_is_406(emitter: Client, accept: str) -> None:
    sent = event()
    job = emitter.capture(document(sent))
    for path in ("/epcis", "/epcis/capture", job, event_path(sent["eventID"])):
        refused(emitter.get(path, Accept=accept), HTTPStatus.NOT_ACCEPTABLE, "NotAcceptableException")


@pytest.mark.parametrize("accept", ["", "*/*", "application/*", "application/ld+json", "text/html, */*;q=0.1"])
def test_json_is_answered_to_who_takes_it(emitter: Client, accept: str) -> None:
    answer = emitter.get("/epcis/capture", Accept=accept)
    assert (answer.status, answer.headers["content-type"]) == (HTTPStatus.OK, "application/json")
