"""A ClickHouse server as store that dies under captures: 503 while it is away, and nothing acknowledged is lost."""

import time
from functools import partial
from http import HTTPStatus
from pathlib import Path

import pytest

from services.cli.main import main
from tests.faults.emitter import check_problem
from tests.faults.ledger import Emitters, Ledger
from tests.servers.clickhouse import ClickHouseServer
from tests.servers.tianzhuo import TianzhuoServer

ROUNDS = 2
PAGES = ("/01/09521000000117/21/A1", "/search?id=urn:x:y", "/00/395210000000002013?as_of=2026-10-01T00:00:00Z")
BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"


@pytest.mark.usefixtures("clickhouse_server")  # skips where no server can be had
def test_the_store_is_killed_and_comes_back(tmp_path: Path) -> None:
    with ClickHouseServer(tmp_path / "clickhouse") as store:
        assert main(["migrate", "--store", store.url]) == 0
        with TianzhuoServer(tmp_path / "server", store=store.url) as server:
            ledger = Ledger(server.port, server.admin_key)
            for number in range(ROUNDS):
                before = len(ledger.sent)
                emitters = Emitters(ledger, 4, number, rest=0.1)
                emitters.stop(partial(away, store, ledger, emitters))
                assert emitters.refusals
                assert not emitters.broken
                for answer in emitters.refusals:
                    assert answer.status == HTTPStatus.SERVICE_UNAVAILABLE, answer
                    assert int(answer.headers["retry-after"]) > 0
                    check_problem(answer)
                ledger.check(ledger.sent[before:])
            assert ledger.open()
            ledger.again()
            assert ledger.check(ledger.sent) == sum(len(sending.things) for sending in ledger.sent)
    log = server.log.read_text()
    assert f"the store at {store.url} does not answer: connection refused" in log
    assert "/?" not in log, "a query's address"
    assert "395210000000002013" not in log


@pytest.mark.parametrize("user", ["", "farm:secret@"])
def test_the_command_says_in_one_line_why(user: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate", "--store", f"http://{user}127.0.0.1:1"]) == 1
    said = capsys.readouterr().err
    assert said == "tianzhuo: the store at http://127.0.0.1:1 does not answer: connection refused\n"


def test_what_a_store_refuses_is_told_by_its_number(
    clickhouse_server: ClickHouseServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["migrate", "--check", "--store", clickhouse_server.url, "--database", "no`such"]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"tianzhuo: the store at {clickhouse_server.url} refuses: ")
    assert said.count("\n") == 1


def away(store: ClickHouseServer, ledger: Ledger, emitters: Emitters) -> None:
    """Kills the store, looks at the service, starts the store again, and waits until captures go on."""
    emitters.wait(10)
    store.kill()
    with ledger.emitter() as emitter:
        for path in ("/readyz", "/v1/units?id=urn:epc:id:sgtin:0614141.107346.1", "/epcis/events/x", "/epcis/capture"):
            answer = emitter.get(path)
            assert answer.status == HTTPStatus.SERVICE_UNAVAILABLE, (path, answer)
            assert int(answer.headers["retry-after"]) > 0
            assert check_problem(answer)["detail"] == "the store does not answer"
        for path in PAGES:
            page = emitter.get(path, {"Accept": BROWSER})
            assert (page.status, page.headers["content-type"]) == (503, "text/html; charset=utf-8")
            assert int(page.headers["retry-after"]) > 0
            assert "the store does not answer" in page.body.decode()
            assert b"HTTPConnection" not in page.body
            assert str(store.http_port).encode() not in page.body
        assert emitter.get("/livez").status == HTTPStatus.OK
        time.sleep(0.5)
        store.start()
        assert emitter.get("/readyz").status == HTTPStatus.OK
    emitters.wait(10)
