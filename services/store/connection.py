"""Connections to ClickHouse: embedded (`chdb:///dir`) or a server (`http://user:password@host:port`)."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import copy_context
from pathlib import Path
from queue import Empty, LifoQueue
from urllib.parse import unquote, urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from services.ports import SchemaMismatch, StoreLocked
from services.store.failures import place, translated
from services.store.room import RESERVE_BYTES, Room
from services.store.staging import Staging
from services.store.topology import Topology

NO_DATABASE = "UNKNOWN_DATABASE"


@contextmanager
def store_errors(where: str) -> Iterator[None]:
    """Turns the driver's errors into the ports' errors; `where` is the store's `place`."""
    try:
        yield
    except (ClickHouseError, OSError) as error:
        raise translated(error, where) from error


class Connections:
    """A pool of clickhouse-connect clients for one database, and threads for statements that go side by side.

    A client of the embedded backend runs one statement at a time; several clients run in parallel. One more than those
    is only for writes: however many read, what is captured gets on.
    """

    def __init__(
        self, dsn: str, database: str, size: int, reserve: int = RESERVE_BYTES, topology: Topology | None = None
    ) -> None:
        """Opens `size` clients.

        Args:
            dsn: `chdb:///absolute/dir`, or `http(s)://[user[:password]@]host[:port]`.
            database: created when it does not exist.
            size: how many statements may run at once.
            reserve: bytes that stay free on the disk of an embedded store.
            topology: the cluster to which the server belongs, if any.

        Raises:
            StoreLocked: another process has the directory open.
            StoreFull: there is no room for a new embedded store.
            StoreUnavailable: the server cannot be reached.
            SchemaMismatch: the address leads to several servers, and one lacks the database.
        """
        self.dsn = dsn
        self.database = database
        self.topology = topology
        self.embedded = dsn.startswith("chdb:")
        self._place = place(dsn)
        self._open = _opener(dsn, topology)
        first = self._connect("default")
        folder = Path(urlsplit(dsn).path)
        self._room = Room(folder, reserve) if self.embedded else None
        with store_errors(self._place):
            self._staging = Staging(folder) if self.embedded else None
            if not int(str(first.command(f"EXISTS DATABASE `{database}`"))):
                if self._room is not None:
                    self._room.require()
                first.command(f"CREATE DATABASE IF NOT EXISTS `{database}`")
        first.close()
        self._clients: LifoQueue[Client] = LifoQueue()
        for _ in range(size):
            self._clients.put(self._connect(database))
        self._reserved: LifoQueue[Client] = LifoQueue()
        self._reserved.put(self._connect(database))
        self._size = size
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="store")
        if self._room is not None:
            self._watching = self._connect(database)
            self._room.watch(self._tell)

    def _tell(self, statement: str) -> None:
        """Gives the store a statement that may as well come to nothing."""
        with suppress(ClickHouseError):
            self._watching.command(statement)

    def _connect(self, database: str) -> Client:
        try:
            return self._open(database)
        except (ClickHouseError, OSError) as error:
            if self.embedded and "Error initializing EmbeddedServer" in str(error):
                raise StoreLocked(
                    f"the data directory {urlsplit(self.dsn).path} cannot be opened: another process has it open"
                    " (only one may), or it was written by a newer version"
                ) from error
            if NO_DATABASE in str(error):
                raise SchemaMismatch(f"the server has no database {database}: run `tianzhuo migrate` first") from error
            raise translated(error, self._place) from error

    @contextmanager
    def client(self) -> Iterator[Client]:
        """Lends a client to the calling thread; waits when all are lent."""
        client = self._clients.get()
        with self._lent(client, self._clients):
            yield client

    @contextmanager
    def _lent(self, client: Client, home: LifoQueue[Client]) -> Iterator[None]:
        """While a statement runs; then the client is put back."""
        try:
            with store_errors(self._place):
                yield
        finally:
            home.put(client)

    @contextmanager
    def _writer(self) -> Iterator[Client]:
        """The same; when all are lent, the one that is kept for writes."""
        home = self._clients
        try:
            client = home.get_nowait()
        except Empty:
            home = self._reserved
            client = home.get()
        with self._lent(client, home):
            yield client

    @contextmanager
    def writing(self, size: int = 0) -> Iterator[Client]:
        """The same for a statement that writes `size` bytes. Raises StoreFull when room is or becomes short."""
        with self._writer() as client:
            if self._room is not None:
                self._room.require(size)
            yield client
            if self._room is not None:
                self._room.confirm()

    def side_by_side(self, calls: list[Callable[[], None]]) -> None:
        """Runs the calls in parallel and waits for all of them; the first error is raised after that."""
        # A context for each: what one of them writes to the log or the trace belongs to the caller's work.
        futures = [self._threads.submit(copy_context().run, call) for call in calls]
        errors = [error for future in futures if (error := future.exception()) is not None]
        if errors:
            raise errors[0]

    def close(self) -> None:
        """Waits for what is running and closes every client."""
        self._threads.shutdown()
        if self._room is not None:
            self._room.close()
            self._watching.close()
        for _ in range(self._size):
            self._clients.get().close()
        self._reserved.get().close()
        if self._staging is not None:
            self._staging.close()


def _opener(dsn: str, topology: Topology | None) -> Callable[[str], Client]:
    parts = urlsplit(dsn)
    if parts.scheme == "chdb":
        path = Path(parts.path)
        path.mkdir(parents=True, exist_ok=True)
        return lambda database: clickhouse_connect.get_client(dsn=f"chdb://{path}", database=database, tz_mode="aware")
    if parts.scheme in {"http", "https"} and parts.hostname:
        return lambda database: clickhouse_connect.get_client(
            host=parts.hostname,
            port=parts.port or (8443 if parts.scheme == "https" else 8123),
            username=unquote(parts.username or "default"),
            password=unquote(parts.password or ""),
            secure=parts.scheme == "https",
            database=database,
            autogenerate_session_id=False,
            tz_mode="aware",
            settings={"wait_end_of_query": 1, **(topology.settings if topology else {})},
        )
    raise ValueError(f"store address {dsn!r}: expected chdb:///directory or http(s)://host:port")
