"""The product itself as a server process: `tianzhuo serve`, embedded unless a store is named."""

import http.client
import json
import sys
from pathlib import Path
from typing import Any

from tests.servers.process import ServerProcess, free_port


class TianzhuoServer(ServerProcess):
    """A running `tianzhuo serve`.

    Attributes:
        port: loopback port; the same over restarts.
        environment: variables on top of this process's; may be set until `start`.
        command: what to run instead of the product's command, for a service that ends itself at a step.
    """

    def __init__(self, path: Path, environment: dict[str, str] | None = None, store: str = "") -> None:
        super().__init__(path)
        self.port = free_port()
        self.environment = environment or {}
        self.store = store
        self.command = [str(Path(sys.executable).with_name("tianzhuo")), "serve"]

    @property
    def url(self) -> str:
        """Its address, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def data(self) -> Path:
        """Its data directory."""
        return self.path / "data"

    @property
    def admin_key(self) -> str:
        """The key that its first start wrote."""
        return (self.data / "admin.key").read_text().strip()

    def _command(self) -> list[str]:
        variables = [f"{name}={value}" for name, value in self.environment.items()]
        store = ["--store", self.store] if self.store else []
        return ["/usr/bin/env", *variables, *self.command, "--data", str(self.data), "--port", str(self.port), *store]

    def _answers(self) -> bool:
        try:
            return self.request("GET", "/readyz")[0] == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """One request on a connection of its own: status, headers (names in lower case), body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
        finally:
            connection.close()

    def write(
        self, path: str, body: bytes, headers: dict[str, str] | None = None, key: str | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """A POST of JSON with a key (the admin key unless given)."""
        bearer = {"Authorization": f"Bearer {self.admin_key if key is None else key}"}
        return self.request("POST", path, body, {"Content-Type": "application/json", **bearer, **(headers or {})})

    def json(self, path: str, headers: dict[str, str] | None = None) -> Any:
        """The JSON answer of a GET that succeeds."""
        status, _, body = self.request("GET", path, headers={"Accept": "application/json", **(headers or {})})
        assert status == http.HTTPStatus.OK, body
        return json.loads(body)
