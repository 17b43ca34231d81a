"""ClickHouse dies under a service with Kafka in front: known keys go on capturing, whatever the cache of keys holds."""

import json
import os
import signal
import sys
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.faults.test_ingest_away import prepared
from tests.faults.test_ingest_poison import document, event
from tests.servers.clickhouse import ClickHouseServer
from tests.servers.cluster import until
from tests.servers.kafka import KafkaServer
from tests.servers.tianzhuo import TianzhuoServer

UNSEEN = "tz_0123456789ab_" + "x" * 43
SCAN = {"step": "observed", "when": "2026-10-03T08:00:00Z", "where": "9521000000018", "what": "395210000000003911"}


def new_key(api: TianzhuoServer, party: str) -> tuple[str, str]:
    """A key that nobody has used yet, and its id."""
    status, _, body = api.write("/v1/keys", json.dumps({"party": party}).encode())
    assert status == HTTPStatus.CREATED
    made = json.loads(body)
    return made["key"], made["id"]


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("clickhouse_server")  # skips where no server can be had
def test_captures_with_keys_that_were_seen_go_on(tmp_path: Path, kafka_server: KafkaServer) -> None:
    first, second = event(), event()
    with ClickHouseServer(tmp_path / "clickhouse") as clickhouse:
        cluster, store = prepared(tmp_path, kafka_server.address, clickhouse.url)
        api = cluster.api()
        api.command = [sys.executable, "-m", "tests.faults.short_memory"]  # it asks for its keys all the time
        with api:
            (seen, _), (revoked, revoked_id) = (new_key(api, name) for name in "ab")
            assert api.write("/epcis/capture", document(first), key=seen)[0] == HTTPStatus.ACCEPTED
            bearer = {"Authorization": f"Bearer {api.admin_key}"}
            assert api.request("DELETE", f"/v1/keys/{revoked_id}", headers=bearer)[0] == HTTPStatus.OK
            assert api.write("/epcis/capture", document(first), key=revoked)[0] == HTTPStatus.UNAUTHORIZED
            until(lambda: api.request("GET", "/readyz")[0] == HTTPStatus.OK, "it is there")
            os.kill(clickhouse.pid, signal.SIGSTOP)  # it hangs, and refuses nothing
            assert api.write("/epcis/capture", document(second), key=seen)[0] == HTTPStatus.ACCEPTED
            clickhouse.kill()
            for path, body in (("/epcis/capture", document(second)), ("/v1/scans", json.dumps(SCAN).encode())):
                taken = {HTTPStatus.ACCEPTED, HTTPStatus.CREATED}
                assert api.write(path, body, key=seen)[0] in taken, path
                assert api.write(path, body, key=seen + "x")[0] == HTTPStatus.UNAUTHORIZED
                assert api.write(path, body, key=revoked)[0] == HTTPStatus.UNAUTHORIZED
                status, headers, _ = api.write(path, body, key=UNSEEN)
                assert (status, headers["retry-after"]) == (HTTPStatus.SERVICE_UNAVAILABLE, "5")
            clickhouse.start()
            with cluster.worker():
                cluster.wait_stored()
                until(lambda: store.reader.count() == 3, "all three are stored")
            for one in (first, second):
                assert len(api.json(f"/v1/units?id={quote(one['epcList'][0])}")["events"]) == 1
        store.close()
