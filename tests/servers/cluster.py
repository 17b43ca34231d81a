"""The processes of a cluster: a Kafka broker, a ClickHouse server, the API in front and ingest workers behind."""

import http.client
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from services.bus.connection import Broker
from services.bus.offsets import GROUP
from services.bus.progress import Progress
from services.bus.topics import Topics, declared
from services.ports import BusUnavailable
from services.store.clickhouse import ClickHouseStore
from services.store.topology import Topology
from tests.servers.process import ServerProcess, free_port
from tests.servers.tianzhuo import TianzhuoServer


class IngestWorker(ServerProcess):
    """A running `tianzhuo ingest`.

    Attributes:
        health_port: loopback port of its health pages; the same over restarts.
        environment: variables on top of this process's; may be set until `start`.
        command: what to run instead of the product's command, for workers that end themselves at a step.
    """

    def __init__(self, path: Path, kafka: str, store: str, environment: dict[str, str] | None = None) -> None:
        super().__init__(path)
        self.health_port = free_port()
        self.environment = {"TIANZHUO_KAFKA": kafka, "TIANZHUO_STORE": store, **(environment or {})}
        self.command = [str(Path(sys.executable).with_name("tianzhuo")), "ingest"]

    def _command(self) -> list[str]:
        variables = [f"{name}={value}" for name, value in self.environment.items()]
        return ["/usr/bin/env", *variables, *self.command, "--health-port", str(self.health_port)]

    def _answers(self) -> bool:
        return self.get("/readyz")[0] == http.HTTPStatus.OK

    def get(self, path: str) -> tuple[int, str]:
        """One of its health pages: status (0 when it does not answer) and text."""
        connection = http.client.HTTPConnection("127.0.0.1", self.health_port, timeout=10)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            connection.close()


class Cluster:
    """One database and fresh topics on a broker and a server that run already.

    Attributes:
        path: folder for the processes of this cluster.
        kafka: address of the broker.
        store: address of the ClickHouse server.
        database: the database of this cluster.
        topology: the shards behind the address, if any.
    """

    def __init__(
        self, path: Path, kafka: str, store: str, database: str, partitions: int = 4, topology: Topology | None = None
    ) -> None:
        self.path = path
        self.kafka = kafka
        self.store = store
        self.database = database
        self.partitions = partitions
        self.topology = topology
        self._workers = 0

    def open(self) -> ClickHouseStore:
        """Its store, for the test's own questions."""
        return ClickHouseStore(self.store, self.database, connections=2, topology=self.topology)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that every process of it needs."""
        found = {"TIANZHUO_DATABASE": self.database, "TIANZHUO_KAFKA": self.kafka, "TIANZHUO_STORE": self.store}
        return {**found, "TIANZHUO_CLUSTER": self.topology.cluster} if self.topology else found

    def fresh_topics(self) -> None:
        """Makes the declared topics anew, empty, and forgets what the group has committed."""
        names = {topic.name for topic in declared()}
        with closing(KafkaAdminClient(bootstrap_servers=self.kafka)) as admin:
            there = names & set(admin.list_topics())
            if there:
                admin.delete_topics(sorted(there))
            until(lambda: not names & set(admin.list_topics()), "the topics are deleted")
            if any(group["group_id"] == GROUP for group in admin.list_groups()):
                until(lambda: self._forgotten(admin), "the group is deleted")
        Topics(Broker(self.kafka)).create(1, self.partitions)

    def _forgotten(self, admin: KafkaAdminClient) -> bool:
        with suppress(KafkaError):
            admin.delete_groups([GROUP])
        return all(group["group_id"] != GROUP for group in admin.list_groups())

    def api(self, environment: dict[str, str] | None = None) -> TianzhuoServer:
        """The service in front, not started."""
        return TianzhuoServer(self.path / "api", {**self.environment, **(environment or {})}, self.store)

    def worker(self, environment: dict[str, str] | None = None) -> IngestWorker:
        """One more ingest worker, not started; it keeps its place in the group over restarts."""
        self._workers += 1
        name = f"worker-{self._workers}"
        own = {"TIANZHUO_INGEST_INSTANCE": name, "TIANZHUO_INGEST_SESSION_SECONDS": "6"}
        return IngestWorker(
            self.path / name, self.kafka, self.store, {**self.environment, **own, **(environment or {})}
        )

    def behind(self) -> int:
        """How many records ingest has not stored yet; a broker that has just come back may need a while to say it."""
        deadline = time.monotonic() + 20
        while True:
            try:
                return sum(one.behind for one in Progress(Broker(self.kafka)).lag())
            except BusUnavailable:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def wait_stored(self, seconds: float = 120.0) -> None:
        """Waits until everything in Kafka is stored."""
        until(lambda: self.behind() == 0, "everything is stored", seconds)


def until(condition: Callable[[], object], what: str, seconds: float = 60.0) -> None:
    """Waits until a condition holds. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:g} s: {what}")
        time.sleep(0.1)
