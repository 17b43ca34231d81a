"""Two ClickHouse servers that are the shards of one cluster, a process each."""

from pathlib import Path
from typing import Self

from services.store.topology import Topology
from tests.servers.clickhouse import ClickHouseServer

NAME = "pair"


class ClickHouseShards:
    """A cluster of two shards without replicas.

    Attributes:
        nodes: the servers; each knows both.
    """

    def __init__(self, path: Path) -> None:
        self.nodes = [ClickHouseServer(path / f"shard-{number}") for number in (1, 2)]
        for node in self.nodes:
            node.config = remote_servers([other.tcp_port for other in self.nodes])

    @property
    def url(self) -> str:
        """Where clients go; any of the servers would do."""
        return self.nodes[0].url

    @property
    def topology(self) -> Topology:
        """What a client has to know of it."""
        return Topology(NAME, 1, tuple(node.url for node in self.nodes))

    @property
    def environment(self) -> dict[str, str]:
        """The same as variables."""
        addresses = ",".join(self.topology.nodes)
        return {"TIANZHUO_STORE": self.url, "TIANZHUO_CLUSTER": NAME, "TIANZHUO_STORE_NODES": addresses}

    def start(self) -> None:
        """Starts both, see `ServerProcess.start`."""
        for node in self.nodes:
            node.start()

    def stop(self) -> None:
        """Stops both."""
        for node in self.nodes:
            node.stop()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def remote_servers(tcp_ports: list[int]) -> str:
    """The servers' configuration: a shard on each of these loopback ports."""
    shards = "".join(
        "<shard><internal_replication>true</internal_replication>"
        f"<replica><host>127.0.0.1</host><port>{port}</port></replica></shard>"
        for port in tcp_ports
    )
    return f"<remote_servers><{NAME}>{shards}</{NAME}></remote_servers>"
