"""How a store lies over servers: what a cluster is, and what its clients have to ask for."""

from collections.abc import Mapping
from dataclasses import dataclass

SHARD_SUFFIX = "_shard"


@dataclass(frozen=True, slots=True)
class Topology:
    """A cluster of ClickHouse servers. A single server or the embedded store has none.

    Attributes:
        cluster: its name in the servers' remote_servers.
        replicas: copies of each shard.
        nodes: http(s) address of every server, for migrations; may be empty otherwise.
    """

    cluster: str
    replicas: int = 1
    nodes: tuple[str, ...] = ()

    @property
    def settings(self) -> Mapping[str, int | str]:
        """Settings of every statement over the cluster."""
        found: dict[str, int | str] = {
            # An insert is acknowledged when every shard has its rows, on disk as the shard's tables say.
            "distributed_foreground_insert": 1,
            # A shard that is away is an error, never a smaller answer.
            "skip_unavailable_shards": 0,
            # IN (SELECT ...) is worked out over all shards, then sent to each.
            "distributed_product_mode": "global",
        }
        if self.replicas > 1:
            found |= {
                # Whichever replica is asked has every acknowledged row.
                "insert_quorum": self.replicas,
                # What was not acknowledged may be on one replica only: all ask the same one while it is there.
                "load_balancing": "in_order",
                "prefer_localhost_replica": 0,
            }
        return found


def shard_database(database: str) -> str:
    """The database of a server's own part; the other has the tables over all of them."""
    return database + SHARD_SUFFIX


def literal(text: str) -> str:
    """The text as an SQL string."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
