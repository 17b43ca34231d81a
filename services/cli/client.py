"""A small HTTP client of the service, on the standard library: the command needs no more."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from services.domain.errors import TianzhuoError


class ServiceFailed(TianzhuoError):
    """The service cannot be reached, or answered with a problem."""


class Service:
    """A connection to one service; kept open between calls, opened again when it broke before a request was sent."""

    def __init__(self, url: str, key: str | None = None, timeout: float = 300.0) -> None:
        """Opens nothing yet.

        Args:
            url: `http(s)://host[:port]`.
            key: sent as Bearer when given.
            timeout: seconds to wait for an answer.

        Raises:
            ServiceFailed: the URL is none.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ServiceFailed(f"--url: expected http://host:port, got {url!r}")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname, parts.port, timeout=timeout)
        self._url = url
        self._headers = {"Accept": "application/json"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"

    def send(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """One request; returns status and body, whatever the status.

        Raises:
            ServiceFailed: no answer.
        """
        headers = dict(self._headers)
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            self._connection.request(method, path, body, headers)
            response = self._connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise ServiceFailed(f"{self._url} does not answer: {error or type(error).__name__}") from error

    def json(self, method: str, path: str, value: Any = None) -> Any:
        """One request with JSON both ways.

        Raises:
            ServiceFailed: no answer, or a problem; the message is the problem's detail.
        """
        status, body = self.send(method, path, None if value is None else json.dumps(value).encode())
        if status >= 400:
            raise ServiceFailed(problem_text(status, body))
        return json.loads(body) if body else None


def problem_text(status: int, body: bytes) -> str:
    """A problem in one line."""
    try:
        problem = json.loads(body)
        return f"{status} {problem['title']}: {problem.get('detail', '')}"
    except (ValueError, KeyError, TypeError):
        return f"{status}: {body[:200].decode('utf-8', 'replace')}"
