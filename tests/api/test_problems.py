"""What no endpoint answers is a problem too: 404 for a path that is none, 405 with the methods that a path has."""

from http import HTTPStatus

import pytest

from tests.api.client import Client, refused

PATHS = ["/none", "/v1", "/v1/none", "/epcis/none", "/epcis/queries", "/02/1", "/favicon.ico", "/v1/keys/a/b", "//"]
BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"
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
        problem = refused(emitter.ask(method, path, b"{}"), HTTPStatus.NOT_FOUND, "NoSuchResourceException")
        assert problem["title"] == "There is no such path"
        assert problem["detail"].startswith(f"{method} {path}: ")
    page = emitter.get(path, Accept=BROWSER)
    assert (page.status, page.headers["content-type"]) == (HTTPStatus.NOT_FOUND, "text/html; charset=utf-8")
    assert "There is no such path" in page.body.decode()


@pytest.mark.parametrize(("path", "methods"), METHODS.items())
def test_method_that_a_path_has_not_is_405_and_names_those_it_has(
    emitter: Client, path: str, methods: set[str]
) -> None:
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"} - methods:
        answer = emitter.ask(method, path, b"{}")
        problem = refused(answer, HTTPStatus.METHOD_NOT_ALLOWED, "ImplementationException")
        allowed = answer.headers["allow"]
        assert {*allowed.split(", ")} == methods | ({"HEAD"} if "GET" in methods else set())
        assert problem["detail"] == f"{method} {path}: this path takes {allowed}"


def test_method_that_a_page_has_not_is_a_page_in_a_browser(anybody: Client) -> None:
    page = anybody.ask("POST", "/search", b"{}", Accept=BROWSER)
    assert (page.status, page.headers["content-type"]) == (HTTPStatus.METHOD_NOT_ALLOWED, "text/html; charset=utf-8")
    assert page.headers["allow"] == "HEAD, GET"
    assert "this path takes HEAD, GET" in page.body.decode()


def test_health(anybody: Client) -> None:
    for path in ("/livez", "/readyz"):
        assert anybody.get(path).json() == {"status": "ok"}
