"""The store as one object: opened once, handed to the use cases."""

from services.store.block_writer import BlockWriter
from services.store.cluster import migrate_cluster, require_current_cluster
from services.store.connection import Connections
from services.store.keys import Keys
from services.store.letters import Letters
from services.store.migrations import migrate, require_current
from services.store.reader import Reader
from services.store.room import RESERVE_BYTES
from services.store.topology import Topology
from services.store.writer import Writer


class ClickHouseStore:
    """Writer, reader and keys on one set of connections.

    Attributes:
        writer, blocks, reader, keys, letters: see `services.ports` (EventWriter, BlockWriter, EventReader, KeyStore,
            LetterBook).
    """

    def __init__(
        self,
        dsn: str,
        database: str = "tianzhuo",
        connections: int = 8,
        reserve: int = RESERVE_BYTES,
        topology: Topology | None = None,
    ) -> None:
        """Opens the store; the schema is not looked at.

        Args:
            dsn: `chdb:///absolute/dir` or `http(s)://[user[:password]@]host[:port]`.
            database: created when it does not exist.
            connections: statements that may run at once.
            reserve: bytes that stay free on the disk of an embedded store.
            topology: the cluster to which the server belongs, if any.

        Raises:
            StoreLocked: another process has the directory open.
            StoreFull: there is no room for a new embedded store.
            StoreUnavailable: the server cannot be reached.
            SchemaMismatch: the address leads to several servers, and one lacks the database.
        """
        self._connections = Connections(dsn, database, connections, reserve, topology)
        self.writer = Writer(self._connections)
        self.blocks = BlockWriter(self._connections)
        self.reader = Reader(self._connections)
        self.keys = Keys(self._connections)
        self.letters = Letters(self._connections)

    def migrate(self) -> list[str]:
        """Applies missing migrations, on every server of a cluster; returns their names. Raises SchemaMismatch."""
        topology = self._connections.topology
        if topology is not None:
            return migrate_cluster(self._connections.database, topology)
        return migrate(self._connections)

    def require_current(self) -> None:
        """Raises SchemaMismatch when the schema is not exactly this version's."""
        topology = self._connections.topology
        if topology is not None:
            require_current_cluster(self._connections, topology)
        else:
            require_current(self._connections)

    def ping(self) -> None:
        """Raises StoreUnavailable when the store does not answer, or a shard of it."""
        with self._connections.client() as client:
            client.command("SELECT count() FROM boot")

    def close(self) -> None:
        """Waits for running statements and closes."""
        self._connections.close()
