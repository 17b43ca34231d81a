"""The API killed on either side of Kafka's acknowledgement: its client sends again, and it is one event."""

import http.client
import json
import signal
import sys
from http import HTTPStatus
from typing import Any

import pytest

from services.store.clickhouse import ClickHouseStore
from tests.faults.emitter import Emitter
from tests.faults.season_log import query
from tests.faults.test_ingest_poison import document, event
from tests.servers.cluster import Cluster, until

SCANS = [
    {
        "step": "observed",
        "when": f"2026-10-03T08:00:0{number}Z",
        "where": "urn:epc:id:sgln:0614141.00777.0",
        "what": "urn:epc:id:sgtin:0614141.107346.880088",
    }
    for number in range(3)
]
ONE, SOME = event(), [event() for _ in range(5)]
BODIES = {
    "/epcis/capture": (document(*SOME), 5),
    "/epcis/events": (json.dumps(ONE).encode(), 1),
    "/v1/scans": (json.dumps(SCANS).encode(), 3),
}
CASES = [*(("committed", path) for path in BODIES), ("sent", "/epcis/capture")]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("step", "path"), CASES)
def test_what_had_no_answer_is_sent_again_and_is_the_same(
    cluster: Cluster, cluster_store: ClickHouseStore, step: str, path: str
) -> None:
    body, count = BODIES[path]
    api, worker = cluster.api(), cluster.worker()
    usual = api.command
    api.command = [sys.executable, "-m", "tests.faults.dying_api", step, "1"]
    api.start()
    with pytest.raises((http.client.HTTPException, OSError)):
        api.write(path, body)
    assert api.wait_ended() == -signal.SIGKILL
    api.command = usual
    with api, worker:
        assert api.write(path, body)[0] in {HTTPStatus.ACCEPTED, HTTPStatus.CREATED}
        cluster.wait_stored()
        assert api.write(path, body)[0] in {HTTPStatus.ACCEPTED, HTTPStatus.CREATED}
        cluster.wait_stored()
        with Emitter(api.port, api.admin_key) as emitter:
            deliveries = 3 if step == "committed" else 2
            until(lambda: _ended(emitter) == deliveries, "every job has ended")
            jobs = emitter.get("/epcis/capture").json()
            assert [job["success"] for job in jobs] == [True] * deliveries
            assert not any(job["errors"] for job in jobs)
            kept = [emitter.get(f"/epcis/capture/{job['captureID']}/document") for job in jobs]
            assert {answer.status for answer in kept} <= {HTTPStatus.OK, HTTPStatus.GONE}
            ids = [str(one) for (one,) in query(cluster_store, "SELECT DISTINCT event_id FROM events")]
            assert len(ids) == count
            assert [len(emitter.events(one)) for one in ids] == [1] * count
            for thing in _things(path):
                named = emitter.unit_events(thing)
                assert len(named) == len(set(named)) == (count if path == "/v1/scans" else 1)
    assert cluster_store.reader.count() == count


def _ended(emitter: Emitter) -> int:
    jobs: list[dict[str, Any]] = emitter.get("/epcis/capture").json()
    return sum(not job["running"] for job in jobs)


def _things(path: str) -> list[str]:
    if path == "/v1/scans":
        return [SCANS[0]["what"]]
    return [one["epcList"][0] for one in (SOME if path == "/epcis/capture" else [ONE])]
