"""A small HTTP client of the service, on the standard library: the command needs no more."""

import http.client
import json
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

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
        parts, port = _address(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname or "", port, timeout=timeout)
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
            ServiceFailed: no answer, a problem (the message is its detail), or what is no answer of this service.
        """
        status, body = self.send(method, path, None if value is None else json.dumps(value).encode())
        if not 200 <= status < 300:
            raise ServiceFailed(problem_text(status, body))
        try:
            return json.loads(body)
        except ValueError as error:
            raise ServiceFailed(f"{self._url} answers, but not as tianzhuo does") from error


def _address(url: str) -> tuple[SplitResult, int | None]:
    """A service's address in parts, and its port.

    Raises:
        ServiceFailed: it is none.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ServiceFailed(f"expected http://host:port, got {url!r}: {error}") from error
    host = parts.hostname or ""
    plain = url.isprintable() and " " not in url and parts.path in {"", "/"} and not parts.query and "@" not in url
    if parts.scheme not in {"http", "https"} or not host or not plain:
        raise ServiceFailed(f"expected http://host:port, got {url!r}")
    return parts, port


def read_key(path: Path) -> str:
    """The API key in a file.

    Raises:
        ServiceFailed: the file cannot be read, or holds none.
    """
    try:
        token = path.read_bytes().strip()
    except OSError as error:
        raise ServiceFailed(f"the API key cannot be read from {path}: {error.strerror}; give --key-file") from error
    if not token.isascii() or not token or len(token.split()) != 1:
        raise ServiceFailed(f"{path} holds no API key: expected one word, like tz_…_…")
    return token.decode()


def problem_text(status: int, body: bytes) -> str:
    """A problem in one line."""
    try:
        problem = json.loads(body)
        return f"{status} {problem['title']}: {problem.get('detail', '')}"
    except (ValueError, KeyError, TypeError):
        return f"{status}: {body[:200].decode('utf-8', 'replace')}"
