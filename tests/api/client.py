"""Requests to a running service, each on a connection of its own; an emitter with a key, or somebody without one."""

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, unquote

from tests.faults.emitter import Answer, check_problem
from tests.servers.tianzhuo import TianzhuoServer

Json = dict[str, Any]


@dataclass(frozen=True)
class Client:
    """Somebody who talks to the service.

    Attributes:
        server: the running service.
        key: sent as Bearer; nobody's when empty.
        headers: sent with every request.
    """

    server: TianzhuoServer
    key: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """One request; `GS1_EPCIS_Min="2.0"` becomes the header GS1-EPCIS-Min, an empty value takes a header away."""
        sent = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        sent |= {"Content-Type": "application/json"} if body is not None else {}
        sent |= self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        given = {name: value for name, value in sent.items() if value}
        return Answer(*self.server.request(method, path, body, given))

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, None, **headers)

    def post(self, path: str, body: bytes | Json | list[Json], **headers: str) -> Answer:
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.ask("POST", path, sent, **headers)

    def capture(self, body: bytes, **headers: str) -> str:
        """Captures a document that is taken; returns the path of its job."""
        answer = self.post("/epcis/capture", body, **headers)
        assert answer.status == HTTPStatus.ACCEPTED, answer
        return answer.headers["location"]

    def job(self, location: str) -> Json:
        answer = self.get(location)
        assert answer.status == HTTPStatus.OK, answer
        found: Json = answer.json()
        return found

    def event(self, event_id: str) -> list[Json]:
        """All that is stored under an event id."""
        answer = self.get(event_path(event_id))
        assert answer.status == HTTPStatus.OK, answer
        found: list[Json] = answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
        return found

    def unit(self, identifier: str, as_of: str = "") -> Json:
        """What is known of a thing."""
        answer = self.get(unit_path(identifier, as_of))
        assert answer.status == HTTPStatus.OK, answer
        found: Json = answer.json()
        return found

    def direct(self, identifier: str, as_of: str = "") -> list[str]:
        """The ids of a thing's live events, in order."""
        return [deed["event"] for deed in self.unit(identifier, as_of)["events"]]


def event_path(event_id: str) -> str:
    return f"/epcis/events/{quote(event_id, safe='')}"


def event_id_of(location: str) -> str:
    """The event id that a Location names."""
    return unquote(location.removeprefix("/epcis/events/"))


def unit_path(identifier: str, as_of: str = "") -> str:
    time = f"&as_of={quote(as_of, safe='')}" if as_of else ""
    return f"/v1/units?id={quote(identifier, safe='')}{time}"


def refused(answer: Answer, status: HTTPStatus, kind: str) -> Json:
    """The problem of a refusal, checked: its status, its `type`."""
    assert answer.status == status, answer
    problem = check_problem(answer)
    assert problem["type"] == f"epcisException:{kind}", problem
    assert problem["detail"], problem
    return problem
