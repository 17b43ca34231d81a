"""What no endpoint answers is a problem too: 404 for a path that is none, 405 with the methods that a path has."""

from http import HTTPStatus

import pytest

from tests.api.client import Client, refused

PATHS = ["/none", "/v1", "/v1/none", "/epcis/none", "/epcis/queries", "/02/1", "/favicon.ico", "/v1/keys/a/b", "//"]
METHODS = {
    "/": {"GET"},
    "/search": {"GET"},
    "/livez": {"GET"},
    "/readyz": {"GET"},
    "/01/09521000000117/21/A": {"GET"},
    "/v1/units": {"GET"},
    "/v1/scans": {"POST"},
    "/v1/keys": {"GET", "POST"},
    "/v1/keys/none": {"DELETE"},
    "/epcis": {"GET", "OPTIONS"},
    "/epcis/capture": {"GET", "OPTIONS", "POST"},
    "/epcis/capture/none": {"GET", "OPTIONS"},
    "/epcis/capture/none/document": {"GET", "OPTIONS"},
    "/epcis/events": {"OPTIONS", "POST"},
    "/epcis/events/none": {"GET", "OPTIONS"},
}


@pytest.mark.parametrize("path", PATHS)
def test_path_that_is_none_is_404(emitter: Client, path: str) -> None:
    for method in ("GET", "POST", "DELETE"):
        refused(emitter.ask(method, path, b"{}"), HTTPStatus.NOT_FOUND, "NoSuchResourceException")


@pytest.mark.parametrize(("path", "methods"), METHODS.items())
def test_method_that_a_path_has_not_is_405_and_names_those_it_has(
    emitter: Client, path: str, methods: set[str]
) -> None:
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"} - methods:
        answer = emitter.ask(method, path, b"{}")
        refused(answer, HTTPStatus.METHOD_NOT_ALLOWED, "ImplementationException")
        assert {*answer.headers["allow"].split(", ")} - {"HEAD"} == methods


def test_health(anybody: Client) -> None:
    for path in ("/livez", "/readyz"):
        assert anybody.get(path).json() == {"status": "ok"}
