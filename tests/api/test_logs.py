"""The logs of the service and of ingest, at their most verbose: ids and routes, and nothing of what was sent."""

import json
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.faults.test_ingest_poison import document, event, produce
from tests.servers.cluster import Cluster
from tests.servers.process import ServerProcess
from tests.servers.tianzhuo import TianzhuoServer

MARK = "zzMARKERzz"
VERBOSE = {"TIANZHUO_LOG_FORMAT": "json", "TIANZHUO_LOG_LEVEL": "DEBUG"}
PLAIN = ("listening on ", "wrote the admin key to ", "ingesting; ", "applied ")
"""What the command itself says on standard output."""
MEMBER = f"http://ns.example.com/{MARK}/"


def lines(process: ServerProcess) -> list[dict[str, Any]]:
    """The log, line by line: JSON, but for what the command says."""
    text = process.log.read_text()
    assert "\x1b" not in text, "a terminal's escape"
    return [json.loads(line) for line in text.splitlines() if not line.startswith(PLAIN)]


def send_everything(server: TianzhuoServer) -> None:
    """Bodies with the mark in every place, right and wrong, with right and wrong keys."""
    good = event(**{MEMBER: MARK, "readPoint": {"id": f"http://ex.example/{MARK}"}})
    assert server.write("/epcis/capture", document(good))[0] == HTTPStatus.ACCEPTED
    scan = {"step": "observed", "when": "2026-10-03T08:00:00Z", "where": "9521000000018", "what": "395210000000003911"}
    assert server.write("/v1/scans", json.dumps({**scan, "note": MARK}).encode())[0] == HTTPStatus.CREATED
    wrong = [
        document(event(action=MARK)),
        document(event(**{MARK: {"a": [1]}}, action="SEE")),
        document(event())[:-1] + f', "{MARK}": NaN}}'.encode(),
        MARK.encode(),
        json.dumps({MARK: MARK}).encode(),
    ]
    for body in wrong:
        for path in ("/epcis/capture", "/epcis/events", "/v1/scans"):
            assert server.write(path, body)[0] == HTTPStatus.BAD_REQUEST
    assert server.write("/epcis/capture", document(good), key=MARK)[0] == HTTPStatus.UNAUTHORIZED
    assert server.write("/epcis/capture", document(good), key=server.admin_key + MARK)[0] == HTTPStatus.UNAUTHORIZED
    server.request("GET", f"/v1/units?id={MARK}")
    server.request("GET", f"/v1/units?{MARK}={MARK}&as_of={MARK}&id=x")
    server.request("GET", f"/epcis/events/{quote(f'http://x/{MARK}', safe='')}")
    server.request("GET", f"/{MARK}/{MARK}", headers={"X-Request-Id": f"{MARK} {MARK}", MARK: MARK, "Cookie": MARK})
    server.request("POST", f"/v1/scans/{MARK}", MARK.encode())


def refuse_marks(process: ServerProcess, key: str) -> None:
    text = process.log.read_text()
    secret = key.split("_", 2)[2]  # it may hold that sign itself
    assert len(secret) > 20
    assert MARK not in text
    assert secret not in text


@pytest.mark.timeout(300)
def test_no_payload_and_no_key_in_any_log(cluster: Cluster) -> None:
    worker, api = cluster.worker(VERBOSE), cluster.api(VERBOSE)
    with api, worker:
        send_everything(api)
        produce(
            cluster,
            [
                (MARK.encode(), [("party", MARK.encode()), (MARK, MARK.encode())]),
                (json.dumps(event(action=MARK)).encode(), []),
                (json.dumps(event(**{MARK: 1}, type="Foo")).encode(), []),
                (json.dumps(event()).encode(), [("context", MARK.encode())]),
                (json.dumps(event()).encode(), [("position", MARK.encode())]),
                (json.dumps(event(**{MEMBER: MARK})).encode(), [("party", MARK.encode())]),
            ],
        )
        cluster.wait_stored()
    for process in (api, worker):
        refuse_marks(process, api.admin_key)
    told = lines(worker)
    letters = [line for line in told if line["message"] == "dead letter"]
    assert {line["stage"] for line in letters} == {"decode", "validate", "headers"}
    assert all({"topic", "partition", "offset"} <= line.keys() for line in letters)
    assert any(line["message"] == "stored a block" and line["events"] for line in told)
    assert {line["process"] for line in told} == {"ingest"}
    assert {line["process"] for line in lines(api)} == {"serve"}
    for line in told + lines(api):
        assert line.keys() >= {"time", "level", "logger", "message", "process", "pid"}
        assert line["logger"].startswith("tianzhuo") or line["level"] != "DEBUG"


def test_a_line_for_each_request(tmp_path: Path) -> None:
    server = TianzhuoServer(tmp_path, VERBOSE)
    with server:
        headers = {"X-Request-Id": "farm-7.a_B"}
        status, answered, _ = server.write("/epcis/capture", document(event()), headers)
        assert (status, answered["x-request-id"]) == (HTTPStatus.ACCEPTED, "farm-7.a_B")
        made = server.request("GET", "/v1/units?id=urn:x:1", headers={"X-Request-Id": "two words"})
        assert made[1]["x-request-id"] != "two words"
        capture = answered["location"].rpartition("/")[2]
    found = {line["request_id"]: line for line in lines(server) if line["message"] == "request"}
    line = found["farm-7.a_B"]
    assert (line["method"], line["route"], line["status"]) == ("POST", "/epcis/capture", 202)
    assert (line["capture_id"], line["events"], line["level"]) == (capture, 1, "INFO")
    assert line["milliseconds"] > 0
    assert line["key_id"]
    line = found[made[1]["x-request-id"]]
    assert (line["method"], line["route"], line["status"]) == ("GET", "/v1/units", 404)
    assert any(line["route"] == "/readyz" and line["level"] == "DEBUG" for line in found.values())


def test_a_wrong_setting_is_named(cluster: Cluster) -> None:
    worker = cluster.worker({"TIANZHUO_LOG_LEVEL": "LOUD"})
    worker.launch()
    assert worker.wait_ended() == 1
    assert "TIANZHUO_LOG_LEVEL: expected DEBUG, INFO, WARNING or ERROR, got 'LOUD'" in worker.log.read_text()
