"""One emitter: a keep-alive connection to a running service, and what a problem document must look like."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

PROBLEM = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Emitter:
    """Requests one after the other on one connection, opened anew when the service has closed it."""

    def __init__(self, port: int, key: str | None = None, timeout: float = 60) -> None:
        self.port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        self.headers = {} if key is None else {"Authorization": f"Bearer {key}"}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    def post(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        """A POST of JSON. Sent once: a connection that breaks is the caller's to judge."""
        return self._send("POST", path, body, {"Content-Type": "application/json", **(headers or {})})

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """A GET, repeated once when the idle connection turns out to have been closed."""
        try:
            return self._send("GET", path, None, headers or {})
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            return self._send("GET", path, None, headers or {})

    def _send(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        try:
            self._connection.request(method, path, body, {**self.headers, **headers})
            response = self._connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise

    def events(self, event_id: str) -> list[dict[str, Any]]:
        """The events under an id, [] when there are none."""
        answer = self.get(f"/epcis/events/{quote(event_id, safe='')}")
        if answer.status == http.HTTPStatus.NOT_FOUND:
            return []
        assert answer.status == http.HTTPStatus.OK, answer
        found: list[dict[str, Any]] = answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
        return found

    def unit_events(self, thing: str) -> list[str]:
        """The ids of a thing's direct events in order, [] when no event names it."""
        answer = self.get(f"/v1/units?id={quote(thing, safe='')}")
        if answer.status == http.HTTPStatus.NOT_FOUND:
            return []
        assert answer.status == http.HTTPStatus.OK, answer
        return [deed["event"] for deed in answer.json()["events"]]


def check_problem(answer: Answer) -> dict[str, Any]:
    """The problem that an answer carries (RFC 9457), checked; each of its `errors` names place, value and expected."""
    assert answer.headers["content-type"] == PROBLEM, answer
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == answer.status, problem
    assert problem["type"].startswith("epcisException:"), problem
    assert problem["title"], problem
    assert len(answer.body) < 200_000, f"a problem of {len(answer.body)} bytes"
    for error in problem.get("errors", ()):
        assert error.keys() == {"pointer", "value", "expected"}, error
        assert all(isinstance(value, str) for value in error.values()), error
        assert error["expected"], error
        assert len(error["value"]) <= 200, error
    return problem
