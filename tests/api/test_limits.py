"""What one request may bring, at a service with small limits: 413, and the limits in OPTIONS."""

from collections.abc import Iterator
from http import HTTPStatus

import pytest

from tests.api.client import Client, refused
from tests.servers.tianzhuo import TianzhuoServer
from tests.store.events import document, event

EVENTS, BYTES = 3, 4000
SCAN = {"step": "observed", "when": "2026-07-14T06:40:00+08:00", "where": "9521000000018"}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """An emitter of a service with small limits."""
    limits = {"TIANZHUO_CAPTURE_EVENTS": str(EVENTS), "TIANZHUO_CAPTURE_BYTES": str(BYTES)}
    with TianzhuoServer(tmp_path_factory.mktemp("small"), limits) as server:
        yield Client(server, server.admin_key)


def test_options_tell_the_limits(small: Client) -> None:
    headers = small.ask("OPTIONS", "/epcis/capture").headers
    assert headers["gs1-epcis-capture-limit"] == str(EVENTS)
    assert headers["gs1-epcis-capture-file-size-limit"] == str(BYTES)
    assert small.ask("OPTIONS", "/epcis/events").headers["gs1-epcis-capture-file-size-limit"] == str(BYTES)


def test_as_many_events_as_the_limit_are_taken_and_one_more_is_413(small: Client) -> None:
    small.capture(document(*(event() for _ in range(EVENTS))))
    one = event()
    answer = small.post("/epcis/capture", document(one, *(event() for _ in range(EVENTS))))
    refused(answer, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "CaptureLimitExceededException")
    assert small.get(f"/v1/units?id={one['epcList'][0]}").status == HTTPStatus.NOT_FOUND


def test_too_many_events_are_413_even_with_proceed(small: Client) -> None:
    body = document(*(event(action="EAT") for _ in range(EVENTS + 1)))
    answer = small.post("/epcis/capture", body, GS1_Capture_Error_Behaviour="proceed")
    refused(answer, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "CaptureLimitExceededException")


def test_too_many_scans_are_413(small: Client) -> None:
    small.post("/v1/scans", [SCAN] * EVENTS)
    answer = small.post("/v1/scans", [SCAN] * (EVENTS + 1))
    refused(answer, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "CaptureLimitExceededException")


@pytest.mark.parametrize("path", ["/epcis/capture", "/epcis/events", "/v1/scans", "/v1/keys"])
def test_too_many_bytes_are_413(small: Client, path: str) -> None:
    answer = small.post(path, b"{" + b" " * BYTES)
    refused(answer, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "CaptureLimitExceededException")


def test_too_many_bytes_in_chunks_are_413(small: Client) -> None:
    """Without a Content-Length nothing is known before the bytes come."""
    chunk = b"400\r\n" + b" " * 0x400 + b"\r\n"
    body = chunk * 5 + b"0\r\n\r\n"
    answer = small.ask("POST", "/epcis/capture", body, Transfer_Encoding="chunked")
    refused(answer, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "CaptureLimitExceededException")


def test_as_many_bytes_as_the_limit_are_taken(small: Client) -> None:
    body = document(event())
    small.capture(body + b" " * (BYTES - len(body)))
