"""The processes of a deploy file on this machine: commands and variables as written, but local addresses and paths."""

import base64
import http.client
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from deploy.make_secrets import make
from tests.architecture.tree import ROOT
from tests.deploy.files import Process, compose
from tests.servers.clickhouse import ClickHouseServer
from tests.servers.kafka import KafkaServer
from tests.servers.process import ServerProcess, free_port

_OF_THE_IMAGE = {"CLUSTER_ID", "KAFKA_HEAP_OPTS"}
_OF_THIS_MACHINE = {
    "advertised.listeners",
    "controller.listener.names",
    "controller.quorum.voters",
    "inter.broker.listener.name",
    "listener.security.protocol.map",
    "listeners",
    "log.dirs",
}


def broker(path: Path) -> KafkaServer:
    """A broker with the properties of the compose file; its image makes them of `KAFKA_…` variables."""
    variables = compose()["services"]["kafka"]["environment"]
    named = {
        name.removeprefix("KAFKA_").lower().replace("_", "."): value
        for name, value in variables.items()
        if name not in _OF_THE_IMAGE
    }
    return KafkaServer(path, {name: value for name, value in named.items() if name not in _OF_THIS_MACHINE})


def store(path: Path, password: str) -> ClickHouseServer:
    """A server with the configuration of the compose file, and its user."""
    path.mkdir(parents=True, exist_ok=True)
    anyone = "<networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>"
    users = path / "users.xml"
    users.write_text(
        "<clickhouse><profiles><default/></profiles><quotas><default/></quotas><users>"
        # The test asks with it whether the server runs.
        f"<default><password></password>{anyone}</default>"
        f"<tianzhuo><password>{password}</password>{anyone}</tianzhuo></users></clickhouse>"
    )
    found = re.search(r"<clickhouse>(.*)</clickhouse>", (ROOT / "deploy/clickhouse/config.xml").read_text(), re.DOTALL)
    assert found
    configuration = found[1].replace("/var/lib/clickhouse/", f"{path}/lib/")
    return ClickHouseServer(path, f"{configuration}<users_config>{users}</users_config>")


class Place:
    """Where the processes of one topology run: a broker, a server, secrets, and a folder that they start in.

    Attributes:
        secrets: the folder of the secrets.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.secrets = path / "secrets"
        make(self.secrets)
        self.kafka = broker(path / "kafka")
        self.clickhouse = store(path / "clickhouse", self.secret("store_password"))

    def secret(self, name: str) -> str:
        """What stands in a secret's file."""
        return (self.secrets / name).read_text().strip()

    def local(self, process: Process, ports: dict[str, int]) -> list[str]:
        """The command line of a process: nothing of this machine's environment, and its own with local addresses."""
        addresses = {
            r"\bkafka:\d+": self.kafka.address,
            r"@clickhouse:\d+": f"@127.0.0.1:{self.clickhouse.http_port}",
            r"^/run/secrets/(tianzhuo/)?": f"{self.secrets}/",
        }
        environment = {**process.environment, **{name: str(port) for name, port in ports.items()}}
        for pattern, real in addresses.items():
            environment = {name: re.sub(pattern, real, value) for name, value in environment.items()}
        # As the image's: Faust makes folders there, and nobody a file.
        work = self.path / "work"
        work.mkdir(exist_ok=True)
        command = [str(Path(sys.executable).with_name("tianzhuo")), *process.arguments]
        return ["/usr/bin/env", f"--chdir={work}", "-i", *(f"{k}={v}" for k, v in environment.items()), *command]

    def once(self, process: Process) -> subprocess.CompletedProcess[str]:
        """Runs a process that ends by itself."""
        command = self.local(process, {})
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)

    def ask(self, query: str) -> str:
        """What ClickHouse answers its user of the compose file."""
        token = base64.b64encode(f"tianzhuo:{self.secret('store_password')}".encode()).decode()
        connection = http.client.HTTPConnection("127.0.0.1", self.clickhouse.http_port, timeout=60)
        try:
            connection.request("POST", "/", query.encode(), {"Authorization": f"Basic {token}"})
            response = connection.getresponse()
            text = response.read().decode()
            assert response.status == http.HTTPStatus.OK, text
            return text
        finally:
            connection.close()

    @property
    def written(self) -> list[Path]:
        """The files that processes have left in their folder."""
        return [path for path in (self.path / "work").rglob("*") if path.is_file()]


class Deployed(ServerProcess):
    """A process that listens on one port.

    Attributes:
        port: loopback port.
    """

    def __init__(self, place: Place, name: str, process: Process, variable: str, probe: list[str] | str) -> None:
        """Starts nothing yet.

        Args:
            place: where.
            name: of its folder.
            process: what the deploy file says.
            variable: the setting of its port.
            probe: how its deploy file asks whether it is well: a health check's command, or a path.
        """
        super().__init__(place.path / name)
        self.port = free_port()
        self._written = process.setting(variable)
        self._line = place.local(process, {variable: self.port})
        self._probe = probe

    def _command(self) -> list[str]:
        return self._line

    def _answers(self) -> bool:
        if isinstance(self._probe, str):
            return self.get(self._probe)[0] == http.HTTPStatus.OK
        kind, program, *arguments = self._probe
        assert (kind, program) == ("CMD", "python")
        words = [word.replace(f":{self._written}/", f":{self.port}/") for word in arguments]
        assert words != arguments
        return subprocess.run([sys.executable, *words], capture_output=True, check=False).returncode == 0

    @property
    def url(self) -> str:
        """Its address, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str) -> tuple[int, str]:
        """One of its pages: status (0 when it does not answer) and text."""
        return self._request("GET", path, None, {"Accept": "application/json"})

    def post(self, path: str, body: bytes, key: str) -> tuple[int, str]:
        """JSON with a key."""
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        return self._request("POST", path, body, headers)

    def json(self, path: str) -> Any:
        """The answer of a GET that succeeds."""
        status, text = self.get(path)
        assert status == http.HTTPStatus.OK, text
        return json.loads(text)

    def metric(self, name: str) -> float:
        """The sum of a series over its labels."""
        status, text = self.get("/metrics")
        assert status == http.HTTPStatus.OK
        return sum(float(value) for value in re.findall(rf"^{name}(?:{{.*}})? (\S+)$", text, re.MULTILINE))

    def _request(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.read().decode()
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            connection.close()
