"""docs/api.md: every endpoint is there, needs the key that the page says, and answers as shown."""

import re
from http import HTTPStatus
from pathlib import Path

import pytest

from services.domain.epcis.documents import LARGEST_CONTEXT
from services.domain.epcis.formats import LONGEST_URI
from services.domain.epcis.json_text import DEEPEST
from services.settings import ServeSettings
from services.usecases.receive import MOST_ERRORS
from tests.docs import shell
from tests.docs.pages import page, table
from tests.servers.tianzhuo import TianzhuoServer

API = page("api")
UNLISTED = ("/", "/docs", "/openapi.json")
"""Pages for people, which the machine-readable description leaves out."""


def endpoints() -> list[tuple[str, str, str]]:
    """(method, path, key) of the page's table."""
    return [
        (method, path, key)
        for method, paths, key, _ in table(API, "method")
        for path in re.findall(r"`(/[^`]*)`", paths)
    ]


def test_every_endpoint_is_listed(tianzhuo: TianzhuoServer) -> None:
    described = tianzhuo.json("/openapi.json")["paths"]
    served = {(method.upper(), path) for path, methods in described.items() for method in methods}
    listed = [(method, path) for method, path, _ in endpoints()]
    assert len(listed) == len(set(listed))
    assert set(listed) == served


@pytest.mark.parametrize("path", UNLISTED)
def test_pages_for_people_are_there(tianzhuo: TianzhuoServer, path: str) -> None:
    assert f"`{path}`" in API.read_text()
    assert tianzhuo.request("GET", path)[0] == HTTPStatus.OK


@pytest.mark.parametrize(("method", "path", "key"), endpoints(), ids=lambda part: part)
def test_endpoint_needs_the_key_that_the_page_says(tianzhuo: TianzhuoServer, method: str, path: str, key: str) -> None:
    status = tianzhuo.write("/v1/keys", b'{"party": "base 7"}')
    assert status[0] == HTTPStatus.CREATED
    token = re.findall(rb'"key":"([^"]+)"', status[2])[0].decode()
    real = re.sub(r"\{\w+\}", "none", path)
    bare = tianzhuo.request(method, real)[0]
    writes = tianzhuo.request(method, real, headers={"Authorization": f"Bearer {token}"})[0]
    found = "none" if bare != HTTPStatus.UNAUTHORIZED else "admin" if writes == HTTPStatus.FORBIDDEN else "writes"
    assert found == key


def test_the_lines_work_and_answer_as_shown(tianzhuo: TianzhuoServer, tmp_path: Path) -> None:
    found = shell.typed(API)
    outputs = shell.run(found, shell.home(tmp_path / "home", tianzhuo.data), {shell.SERVICE: tianzhuo.url})
    assert len(found) >= 8
    assert "\n\n".join(shell.disagreements(found, outputs)) == ""


def test_limits_are_those_of_the_code() -> None:
    shown = {row[0]: row[1] for row in table(API, "limit")}
    settings = ServeSettings()
    assert shown == {
        "events in one capture": f"{settings.capture_events:,}",
        "bytes of one body": f"{settings.capture_bytes // 2**20} MiB",
        "pause inside a body, and time for a request's head": f"{settings.body_idle_seconds:g} s",
        "time for a whole body": f"{settings.body_total_seconds:g} s",
        "what waits for the store in memory": f"{settings.waiting_bytes // 2**20} MiB",
        "objects and arrays inside each other, in one event": str(DEEPEST),
        "characters of a URI": str(LONGEST_URI),
        "bytes of an `@context`": f"{LARGEST_CONTEXT // 2**10} KiB",
        "violations that an answer lists": str(MOST_ERRORS),
        "time of an event": "1900 to 2299",
    }


def test_every_form_of_an_identifier_is_taken(tianzhuo: TianzhuoServer) -> None:
    for _, example in table(API, "form"):
        status, _, body = tianzhuo.request("GET", f"/v1/units?id={example.strip('`')}")
        assert status in {HTTPStatus.OK, HTTPStatus.NOT_FOUND}, (example, body)
