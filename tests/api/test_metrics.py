"""What Prometheus reads: counts that follow what was done, and no id among the labels."""

import asyncio
import json
import re
from http import HTTPStatus
from typing import Any

import pytest
from starlette.types import Scope

from services.api.measured import Measured
from services.metrics import REGISTRY
from tests.servers.tianzhuo import TianzhuoServer


def value(text: str, sample: str) -> float:
    found = re.search(rf"^{re.escape(sample)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def read(server: TianzhuoServer) -> str:
    status, headers, body = server.request("GET", "/metrics")
    assert status == HTTPStatus.OK
    assert headers["content-type"].startswith("text/plain")
    return body.decode()


def test_captures_and_requests_are_counted_by_route(tianzhuo: TianzhuoServer) -> None:
    before = read(tianzhuo)
    scan = {
        "step": "stored",
        "when": "2026-07-14T06:40:00+08:00",
        "where": "9521000000018",
        "what": "395210000000003911",
    }
    assert tianzhuo.write("/v1/scans", json.dumps([scan, {**scan, "note": "x"}]).encode())[0] == HTTPStatus.CREATED
    assert tianzhuo.request("GET", "/v1/units?id=urn:x:no-such-thing")[0] == HTTPStatus.NOT_FOUND
    after = read(tianzhuo)
    assert value(after, "tianzhuo_capture_events_total") == value(before, "tianzhuo_capture_events_total") + 2
    for method, route, status in (("POST", "/v1/scans", 201), ("GET", "/v1/units", 404)):
        sample = f'tianzhuo_http_request_seconds_count{{method="{method}",route="{route}",status="{status}"}}'
        assert value(after, sample) == value(before, sample) + 1
    assert "no-such-thing" not in after


def test_invented_methods_and_paths_make_no_labels(tianzhuo: TianzhuoServer) -> None:
    tianzhuo.request("FROBNICATE", "/no/such/path")
    text = read(tianzhuo)
    assert "FROBNICATE" not in text
    assert "/no/such/path" not in text


def test_a_request_that_fails_unforeseen_counts_as_500() -> None:
    async def failing(scope: Scope, *_: object) -> None:
        raise RuntimeError(scope["path"])

    async def silent(*_: object) -> Any:
        return None

    labels = {"method": "GET", "route": "none", "status": "500"}
    before = REGISTRY.get_sample_value("tianzhuo_http_request_seconds_count", labels) or 0
    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    with pytest.raises(RuntimeError):
        asyncio.run(Measured(failing)(scope, silent, silent))
    assert REGISTRY.get_sample_value("tianzhuo_http_request_seconds_count", labels) == before + 1
