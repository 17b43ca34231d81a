"""One of two shards is killed: nothing is answered that would be less than everything, and nothing is lost."""

import time
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest

from services.usecases.keys import CACHE_SECONDS
from tests.faults.season_log import Expected, check, produce
from tests.faults.test_ingest_away import goes_on
from tests.faults.test_ingest_poison import document, event
from tests.servers.clickhouse_cluster import ClickHouseShards
from tests.servers.cluster import Cluster, until
from tests.servers.kafka import KafkaServer
from tests.servers.tianzhuo import TianzhuoServer

EVENTS = 15_000
GRID = {"TIANZHUO_INGEST_GRID": "500", "TIANZHUO_INGEST_BUFFER_BYTES": "1000000"}
THING = "urn:epc:id:sgtin:0614141.107346.2031"
PAGE = "/01/10614141073464/21/2031"


def refused(api: TianzhuoServer, path: str, accept: str = "application/json") -> None:
    headers = {"Authorization": f"Bearer {api.admin_key}", "Accept": accept}
    status, answered, body = api.request("GET", path, headers=headers)
    assert status == HTTPStatus.SERVICE_UNAVAILABLE, (path, body)
    assert int(answered["retry-after"]) > 0


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("clickhouse_server")  # skips where no server can be had
def test_a_shard_killed_under_load_and_away(tmp_path: Path, kafka_server: KafkaServer) -> None:
    with ClickHouseShards(tmp_path / "shards") as shards:
        name = f"t{uuid4().hex[:12]}"
        cluster = Cluster(tmp_path, kafka_server.address, shards.url, name, topology=shards.topology)
        store = cluster.open()
        store.migrate()
        cluster.fresh_topics()
        sent = [event(epcList=[THING])]
        expected = Expected(set(), set(), set())
        worker = cluster.worker(GRID)
        with cluster.api() as api:
            with worker:
                status, headers, _ = api.write("/epcis/capture", document(*sent))
                assert status == HTTPStatus.ACCEPTED
                cluster.wait_stored()
            job = headers["location"]
            paths = (
                "/readyz",
                f"/v1/units?id={quote(THING)}",
                f"/epcis/events/{quote(sent[0]['eventID'], safe='')}",
                job,
                f"{job}/document",
                "/epcis/capture",
                "/v1/keys",
            )
            for seed, shard in enumerate(shards.nodes, 71):
                expected.join(produce(cluster.kafka, seed, EVENTS))
                with worker:
                    goes_on(cluster)
                    shard.kill()
                    until(lambda: worker.get("/readyz")[0] == HTTPStatus.SERVICE_UNAVAILABLE, "it is not ready")
                    stuck = cluster.behind()
                    assert stuck
                    for path in paths:
                        refused(api, path)
                    refused(api, PAGE, "text/html")
                    assert api.request("GET", "/livez")[0] == HTTPStatus.OK
                    time.sleep(CACHE_SECONDS + 1)
                    assert cluster.behind() == stuck, "nothing is committed that is not stored"
                    assert worker.get("/livez")[0] == HTTPStatus.OK
                    sent.append(event(epcList=[THING]))
                    # With a key that the API has seen before.
                    assert api.write("/epcis/capture", document(sent[-1]))[0] == HTTPStatus.ACCEPTED
                    for node in shards.nodes:
                        # The one that is left may have aborted: this server does when whoever asked it over its
                        # native port is killed at the wrong moment.
                        node.kill()
                        node.start()
                    cluster.wait_stored()
                    assert worker.get("/readyz")[0] == HTTPStatus.OK
            until(lambda: len(api.json(f"/v1/units?id={quote(THING)}")["events"]) == len(sent), "all are there")
        for one in sent:
            expected.add(document(one))
        check(store, expected)
        store.close()
