"""docs/scans.md: every example is sent to a running service and does what the page says."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from services.domain.scans.steps import FIELDS, STEPS
from tests.docs import shell
from tests.docs.pages import Block, blocks, page
from tests.servers.tianzhuo import TianzhuoServer

SCANS = page("scans")
BLOCKS = blocks(SCANS)
REFUSED = [(block, after) for block, after in pairwise(BLOCKS) if block.mark == "refused"]


def all_scans() -> list[dict[str, object]]:
    bodies = [json.loads(block.text) for block in BLOCKS if block.mark == "scan"]
    return [scan for body in bodies for scan in (body if isinstance(body, list) else [body])]


@pytest.fixture(scope="module")
def home(tianzhuo: TianzhuoServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shell.home(tmp_path_factory.mktemp("scans") / "home", tianzhuo.data)


def test_the_curl_line_works(tianzhuo: TianzhuoServer, home: Path) -> None:
    found = shell.typed(SCANS)
    outputs = shell.run(found, home, {shell.SERVICE: tianzhuo.url})
    assert len(found) == 1
    assert "\n\n".join(shell.disagreements(found, outputs)) == ""


def test_every_scan_is_taken_and_leads_to_what_the_page_shows(tianzhuo: TianzhuoServer, home: Path) -> None:
    for block in (block for block in BLOCKS if block.mark == "scan"):
        status, _, body = tianzhuo.write("/v1/scans", block.text.encode())
        assert status == 201, f"line {block.line}: {body.decode()}"
        sent = json.loads(block.text)
        assert len(json.loads(body)["events"]) == (len(sent) if isinstance(sent, list) else 1)
    found = shell.typed(SCANS, "look")
    outputs = shell.run(found, home, {shell.SERVICE: tianzhuo.url})
    assert len(found) == 1
    assert "\n\n".join(shell.disagreements(found, outputs)) == ""


def test_the_examples_use_every_step_and_field() -> None:
    scans = all_scans()
    assert {scan["step"] for scan in scans} == set(STEPS)
    assert {field for scan in scans for field in scan} == set(FIELDS)


@pytest.mark.parametrize(("block", "answer"), REFUSED, ids=[f"line {block.line}" for block, _ in REFUSED])
def test_every_refusal_is_as_shown(tianzhuo: TianzhuoServer, block: Block, answer: Block) -> None:
    status, _, body = tianzhuo.write("/v1/scans", block.text.encode())
    assert status == 400
    assert answer.mark == "answer"
    assert shell.agrees(answer.text, body.decode()), body.decode()


def test_nothing_of_a_refused_list_is_stored(tianzhuo: TianzhuoServer) -> None:
    assert REFUSED
    assert tianzhuo.request("GET", "/v1/units?id=(01)09521000000117(21)A9")[0] == 404
