"""docs/architecture.md: the way of one event is the way that a real event takes."""

import asyncio
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from uuid import uuid4

import httpx
import pytest

from services.cli.serve import build, now
from services.settings import ServeSettings
from services.store.clickhouse import ClickHouseStore
from services.usecases.keys import KeyService
from tests.architecture.tree import ROOT
from tests.docs.pages import page
from tests.servers.clickhouse import ClickHouseServer

ARCHITECTURE = page("architecture")
_STEP = re.compile(r"^\| (\d+) \| `([\w/.]+)::([\w.]+)` \|", re.MULTILINE)


def way() -> list[tuple[str, str]]:
    """The functions of the page's two tables, in order."""
    steps = _STEP.findall(ARCHITECTURE.read_text())
    assert [int(number) for number, _, _ in steps] == list(range(1, len(steps) + 1))
    return [(file, name) for _, file, name in steps]


@contextmanager
def recorded() -> Iterator[list[tuple[str, str]]]:
    """The product's functions in the order in which they are first entered, in whatever thread."""
    found: dict[tuple[str, str], None] = {}
    inside = f"{ROOT}/"

    def see(frame: FrameType, what: str, _: object) -> None:
        code = frame.f_code
        if what == "call" and code.co_filename.startswith(inside):
            found.setdefault((code.co_filename.removeprefix(inside), code.co_qualname))

    entered: list[tuple[str, str]] = []
    threading.setprofile(see)
    sys.setprofile(see)
    try:
        yield entered
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
        entered.extend(found)


@pytest.fixture
def store(clickhouse_server: ClickHouseServer) -> Iterator[ClickHouseStore]:
    opened = ClickHouseStore(clickhouse_server.url, f"way{uuid4().hex}", connections=4)
    opened.migrate()
    yield opened
    opened.close()


async def ask(store: ClickHouseStore, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> int:
    """One request to the whole application, in this process; returns the status."""
    app = build(store, ServeSettings())
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://tianzhuo.example") as client:
            return (await client.request(method, path, headers=headers, content=body)).status_code


def test_the_way_of_one_event(store: ClickHouseStore) -> None:
    token = KeyService(store.keys, now).issue("base", "").token
    steps = way()
    there = next(place for place, (_, name) in enumerate(steps) if name == "digital_link")
    body = (ROOT / "deploy/sample-event.json").read_bytes()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    # Threads are watched from their first moment: each request's loop starts its own.
    with recorded() as captured:
        assert asyncio.run(ask(store, "POST", "/epcis/capture", headers, body)) == 202
    with recorded() as looked_up:
        path = "/01/09521000000018/10/PLUM-0714"
        assert asyncio.run(ask(store, "GET", path, {"Accept": "text/html"})) == 200
    for wanted, entered in ((steps[:there], captured), (steps[there:], looked_up)):
        assert set(wanted) - set(entered) == set()
        assert wanted == sorted(wanted, key=entered.index)
