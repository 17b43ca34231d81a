"""HEAD: the status and the headers of GET, and no body."""

import http.client
import json
from http import HTTPStatus
from pathlib import Path
from uuid import uuid4

import pytest

from tests.api.client import Client
from tests.servers.tianzhuo import TianzhuoServer
from tests.store.events import document, event

HTML = "text/html,application/xhtml+xml,*/*;q=0.8"
THEIR_OWN = ("date", "x-request-id")


@pytest.mark.parametrize("accept", ["application/json", HTML])
@pytest.mark.parametrize(
    "path",
    ["/", "/livez", "/readyz", "/docs", "/openapi.json", "/epcis", "/epcis/capture", "/v1/units", "/v1/keys", "/none",
     "/01/09521000000117/21/A1", "/01/abc", "/search?id=urn:x:y", "/search?id=395210000000000019", "/v1/scans"],
)  # fmt: skip
def test_head_is_get_without_the_body(emitter: Client, path: str, accept: str) -> None:
    got, head = (emitter.ask(method, path, Accept=accept) for method in ("GET", "HEAD"))
    assert (head.status, head.body) == (got.status, b"")
    assert got.body or got.status == HTTPStatus.SEE_OTHER
    for one in (got, head):
        for name in THEIR_OWN:
            one.headers.pop(name, None)
    assert head.headers == got.headers
    if "content-length" in got.headers:
        assert int(head.headers["content-length"]) == len(got.body)


def test_head_of_what_is_known(emitter: Client) -> None:
    thing = f"https://id.gs1.org/01/09521000000117/21/{uuid4().hex[:12]}"
    emitter.capture(document(event(epcList=[thing])))
    path = thing.removeprefix("https://id.gs1.org")
    assert emitter.ask("HEAD", path, Accept=HTML).status == HTTPStatus.OK
    assert emitter.ask("HEAD", f"{path}?as_of=2026-01-01T00:00:00Z").status == HTTPStatus.NOT_FOUND
    assert emitter.ask("HEAD", "/epcis/events").status == HTTPStatus.METHOD_NOT_ALLOWED
    assert "HEAD" in emitter.ask("POST", path, b"{}").headers["allow"].split(", ")


def test_connection_goes_on_behind_a_head_and_it_is_told_as_one(tmp_path: Path) -> None:
    server = TianzhuoServer(tmp_path, {"TIANZHUO_LOG_FORMAT": "json"})
    with server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        for method in ("HEAD", "GET", "HEAD", "GET"):
            connection.request(method, "/v1/units?id=urn:x:y")
            answer = connection.getresponse()
            assert answer.status == HTTPStatus.NOT_FOUND
            assert bool(answer.read()) == (method == "GET")
        connection.close()
        assert (
            'tianzhuo_http_request_seconds_count{method="HEAD",route="/v1/units",status="404"} 2.0'
            in server.request("GET", "/metrics")[2].decode()
        )
    told = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
    assert [one["method"] for one in told if one.get("route") == "/v1/units"] == ["HEAD", "GET"] * 2
