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


def away(store: ClickHouseServer, ledger: Ledger, emitters: Emitters) -> None:
    """Kills the store, looks at the service, starts the store again, and waits until captures go on."""
    emitters.wait(10)
    store.kill()
    with ledger.emitter() as emitter:
        for path in ("/readyz", "/v1/units?id=urn:epc:id:sgtin:0614141.107346.1", "/epcis/events/x", "/epcis/capture"):
            answer = emitter.get(path)
            assert answer.status == HTTPStatus.SERVICE_UNAVAILABLE, (path, answer)
            assert int(answer.headers["retry-after"]) > 0
            check_problem(answer)
        assert emitter.get("/livez").status == HTTPStatus.OK
        time.sleep(0.5)
        store.start()
        assert emitter.get("/readyz").status == HTTPStatus.OK
    emitters.wait(10)
