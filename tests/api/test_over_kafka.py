"""The service with Kafka in front: the same captures give the same answers as embedded, only a little later."""

import json
import re
import subprocess
import sys
from contextlib import closing
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from services.domain.chain.relations import TRANSFORMATION
from services.usecases.simulation import documents
from tests.faults.season_log import query
from tests.faults.test_ingest_poison import document, event
from tests.servers.cluster import Cluster, until
from tests.servers.tianzhuo import TianzhuoServer

SEED, EVENTS, LOOKED_UP = 61, 1_500, 150


def job(server: TianzhuoServer, place: str) -> dict[str, Any]:
    found: dict[str, Any] = server.json(place, {"Authorization": f"Bearer {server.admin_key}"})
    return found


def ended(server: TianzhuoServer, place: str) -> None:
    until(lambda: not job(server, place)["running"], "the job has ended")


def without_as_of(server: TianzhuoServer, path: str) -> bytes:
    """The answer's bytes, but for the time as of which it was given."""
    status, _, body = server.request("GET", path, headers={"Accept": "application/json"})
    assert status == HTTPStatus.OK, body
    return re.sub(rb'"as_of":"[^"]*"', b"", body)


@pytest.mark.parametrize("behind", ["cluster", "sharded_cluster"])
def test_the_same_season_gives_the_same_answers(behind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    cluster: Cluster = request.getfixturevalue(behind)
    bodies = list(documents(SEED, EVENTS))
    embedded = TianzhuoServer(tmp_path / "embedded")
    with cluster.api() as api, cluster.worker(), embedded:
        places = []
        for body in bodies:
            for server in (api, embedded):
                status, headers, _ = server.write("/epcis/capture", body)
                assert status == HTTPStatus.ACCEPTED
                if server is api:
                    places.append(headers["location"])
        cluster.wait_stored()
        for place, body in zip(places, bodies, strict=True):
            ended(api, place)
            assert job(api, place)["success"]
            status, _, kept = api.request(
                "GET", place + "/document", headers={"Authorization": f"Bearer {api.admin_key}"}
            )
            assert status == HTTPStatus.GONE or (status, kept) == (HTTPStatus.OK, body)
        with closing(cluster.open()) as store:
            things = query(
                store, f"SELECT DISTINCT thing FROM thing_events ORDER BY cityHash64(thing) LIMIT {LOOKED_UP}"
            )
        names = [name for (name,) in things if not str(name).startswith(TRANSFORMATION)]
        for name in names:
            path = f"/v1/units?id={quote('https://id.gs1.org/' + str(name), safe='')}"
            assert without_as_of(api, path) == without_as_of(embedded, path), name
        assert len(names) > LOOKED_UP / 2


def test_a_job_runs_until_its_events_are_stored(cluster: Cluster) -> None:
    events = [event() for _ in range(20)]
    with cluster.api() as api:
        status, headers, _ = api.write("/epcis/capture", document(*events))
        assert status == HTTPStatus.ACCEPTED
        found = job(api, headers["location"])
        assert (found["running"], found["success"], found["errors"]) == (True, True, [])
        created = found["createdAt"]
        assert api.request("GET", f"/v1/units?id={quote(events[0]['epcList'][0])}")[0] == HTTPStatus.NOT_FOUND
        with cluster.worker():
            until(lambda: not job(api, headers["location"])["running"], "the job has ended")
            until(
                lambda: api.request("GET", f"/v1/units?id={quote(events[0]['epcList'][0])}")[0] == HTTPStatus.OK,
                "it can be looked up",
            )
        found = job(api, headers["location"])
        assert (found["success"], found["createdAt"]) == (True, created)
        assert found["captureErrorBehaviour"] == "rollback"
        unknown = "/epcis/capture/01890000-0000-7000-8000-000000000000"
        bearer = {"Authorization": f"Bearer {api.admin_key}"}
        assert api.request("GET", unknown, headers=bearer)[0] == HTTPStatus.NOT_FOUND


def test_what_was_answered_as_of_a_time_stays(cluster: Cluster) -> None:
    thing = "urn:epc:id:sgtin:0614141.107346.2027"
    with cluster.api() as api, cluster.worker():
        path = f"/v1/units?id={quote(thing)}"
        answers: list[dict[str, Any]] = []
        for _ in range(8):
            api.write("/epcis/capture", document(event(epcList=[thing])))
            status, _, body = api.request("GET", path)
            if status == HTTPStatus.OK:
                answers.append(json.loads(body))
        cluster.wait_stored()
        until(lambda: len(api.json(path)["events"]) == 8, "all are there")
        for answer in answers:
            assert api.json(f"{path}&as_of={quote(answer['as_of'])}") == answer


def test_without_a_store_server_it_does_not_start(cluster: Cluster, tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("tianzhuo")), "serve", "--data", str(tmp_path / "x"), "--port", "0"]
    done = subprocess.run([*command, "--kafka", cluster.kafka], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "--store" in done.stderr
