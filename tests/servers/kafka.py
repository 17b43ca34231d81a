"""A real Apache Kafka: one KRaft node that is broker and controller, with transactions and consumer groups."""

import base64
import secrets
import socket
import subprocess
from pathlib import Path

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from tests.servers.java import ensure_java
from tests.servers.kafka_library import ensure_kafka
from tests.servers.process import ServerFailed, ServerProcess, free_port

_NODE = 1
_MEBIBYTE = 1 << 20

QUICK_START = ("-XX:TieredStopAtLevel=1",)
"""Java options for a broker that lives for a few tests: compiling less, it starts with half the work."""

_LOGGING = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d %p %c{1}: %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
"""

_SETTINGS = {
    # One node holds the only copy of everything.
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # Few clients: less to create, to recover and to keep in memory.
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.num.partitions": "4",
    "log.cleaner.dedupe.buffer.size": str(16 * _MEBIBYTE),
    # After a kill the new broker waits until the controller has given up the old one.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    # A test does not wait for members that will not come, nor for long for those that died.
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": "1000",
    # A topic is made by whoever is responsible for it; a wrong name is an error.
    "auto.create.topics.enable": "false",
    "message.max.bytes": str(64 * _MEBIBYTE),
    "replica.fetch.max.bytes": str(64 * _MEBIBYTE),
}


class KafkaServer(ServerProcess):
    """A Kafka broker without encryption or passwords.

    Attributes:
        config: properties on top of, or instead of, those of this module; may be set until `start`.
        heap: the largest size of Java's heap, as `-Xmx` takes it.
        scram: users of SASL, as Kafka's format tool takes them; for the first start.
        java_options: further options of Java; a benchmark gives none, to have the broker as it is run.
        port: loopback port for clients; the same over restarts.
        controller_port: loopback port that the node uses for itself; the same over restarts.
    """

    def __init__(
        self,
        path: Path,
        config: dict[str, str] | None = None,
        heap: str = "512m",
        java_options: tuple[str, ...] = QUICK_START,
    ) -> None:
        super().__init__(path)
        self.config = config or {}
        self.heap = heap
        self.java_options = java_options
        self.scram: list[str] = []
        self.port = free_port()
        self.controller_port = free_port()

    @property
    def address(self) -> str:
        """Host and port, as clients take them for `bootstrap_servers`."""
        return f"127.0.0.1:{self.port}"

    @property
    def cluster_id(self) -> str:
        """The id that the first start gave the cluster; empty before."""
        try:
            lines = (self._data / "meta.properties").read_text().splitlines()
        except FileNotFoundError:
            return ""
        return next((line.removeprefix("cluster.id=") for line in lines if line.startswith("cluster.id=")), "")

    @property
    def _data(self) -> Path:
        return self.path / "data"

    def _command(self) -> list[str]:
        java, jars = ensure_java(), ensure_kafka()
        logging, properties = self.path / "log4j2.properties", self.path / "server.properties"
        logging.write_text(_LOGGING)
        properties.write_text("".join(f"{name}={value}\n" for name, value in self._properties().items()))
        options = [f"-Xmx{self.heap}", f"-Dlog4j2.configurationFile={logging}", *self.java_options]
        command = [str(java), *options, "-cp", f"{jars}/*"]
        if not self.cluster_id:
            self._format([*command, "kafka.tools.StorageTool"], properties)
        return [*command, "kafka.Kafka", str(properties)]

    def _properties(self) -> dict[str, str]:
        controller = f"127.0.0.1:{self.controller_port}"
        return {
            "process.roles": "broker,controller",
            "node.id": str(_NODE),
            "controller.quorum.voters": f"{_NODE}@{controller}",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "CLIENTS",
            "listeners": f"CLIENTS://{self.address},CONTROLLER://{controller}",
            "listener.security.protocol.map": "CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": str(self._data),
            **_SETTINGS,
            **self.config,
        }

    def _format(self, tool: list[str], properties: Path) -> None:
        cluster = base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")
        arguments = ["format", f"--cluster-id={cluster}", "--config", str(properties), "--ignore-formatted"]
        arguments += [part for user in self.scram for part in ("--add-scram", user)]
        done = subprocess.run([*tool, *arguments], capture_output=True, text=True, check=False)
        if done.returncode:
            message = f"Kafka could not format {self._data}: {(done.stdout + done.stderr).strip()[-500:]}"
            raise ServerFailed(message)

    def _answers(self) -> bool:
        try:
            # The client keeps a thread when it finds nobody, so it comes only when somebody listens.
            socket.create_connection(("127.0.0.1", self.port), 5).close()
            with KafkaAdminClient(bootstrap_servers=self.address, bootstrap_timeout_ms=5_000) as admin:
                cluster = admin.describe_cluster()
        except (OSError, KafkaError):
            return False
        # Its own cluster in the answer: another server may have taken the port. Fenced: not yet open for clients.
        brokers = [broker["broker_id"] for broker in cluster["brokers"] if not broker.get("is_fenced")]
        return bool(cluster["cluster_id"] == self.cluster_id and brokers == [_NODE])
