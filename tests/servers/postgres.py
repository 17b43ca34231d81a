"""A real PostgreSQL server from Debian's package: the peer of the benchmarks."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from tests.servers.availability import ServerUnavailable
from tests.servers.debian import install
from tests.servers.process import ServerFailed, ServerProcess, free_port, runs


def ensure_postgres() -> Path:
    """Return the folder of PostgreSQL's programs (`initdb`, `postgres`), installing the package when missing.

    Raises:
        ServerUnavailable: it is neither here nor installable.
    """
    folder = _programs()
    if folder is None:
        install("postgresql")
        folder = _programs()
    if folder is None:
        message = "PostgreSQL's package is installed, but /usr/lib/postgresql/*/bin holds no postgres"
        raise ServerUnavailable(message)
    return folder


def _programs() -> Path | None:
    found = shutil.which("postgres")
    if found:
        return Path(found).resolve().parent
    versions = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    newest = max(versions, key=lambda path: int(path.parts[-3]), default=None)
    return newest.parent if newest else None


class PostgresServer(ServerProcess):
    """A PostgreSQL server with superuser `postgres`, no password, database `postgres`, durable as shipped.

    Started by root it runs as the system's user `postgres`, who then owns its folder; PostgreSQL refuses root.

    Attributes:
        port: its loopback port; the same over restarts.
        settings: more `name = value` settings of postgresql.conf.
    """

    stop_signal = signal.SIGINT  # "fast": ends sessions, writes a checkpoint

    def __init__(self, path: Path, settings: dict[str, str] | None = None) -> None:
        super().__init__(path)
        self.settings = settings or {}
        self.port = free_port()

    @property
    def dsn(self) -> str:
        """The connection string for libpq clients."""
        return f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres"

    @property
    def _data(self) -> Path:
        return self.path / "data"

    def kill(self) -> None:
        """End the server and its workers at once; a worker that outlives it would block the next start."""
        workers: list[str] = []
        with contextlib.suppress(ServerFailed, OSError):
            workers = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        super().kill()
        for worker in workers:
            with contextlib.suppress(OSError):
                os.kill(int(worker), signal.SIGKILL)
        deadline = time.monotonic() + 10
        while any(runs(int(worker)) for worker in workers) and time.monotonic() < deadline:
            time.sleep(0.01)

    def _command(self) -> list[str]:
        programs = ensure_postgres()
        as_user = self._drop_root()
        if not (self._data / "PG_VERSION").exists():
            arguments = ["-D", str(self._data), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
            subprocess.run([*as_user, str(programs / "initdb"), *arguments], check=True, capture_output=True, cwd="/")
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            **self.settings,
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [*as_user, str(programs / "postgres"), "-D", str(self._data), *options]

    def _drop_root(self) -> list[str]:
        if os.geteuid() != 0:
            return []
        setpriv = shutil.which("setpriv")
        try:
            user = pwd.getpwnam("postgres")
        except KeyError:
            user = None
        if setpriv is None or user is None:
            message = "PostgreSQL refuses to run as root, and there is no user `postgres` or no setpriv to change to it"
            raise ServerUnavailable(message)
        self._data.mkdir(exist_ok=True)
        os.chown(self._data, user.pw_uid, user.pw_gid)
        # pytest and tempfile close their folders to others; passing through needs no reading.
        for folder in (self.path, *self.path.parents):
            if folder.stat().st_uid == os.geteuid() and not folder.stat().st_mode & 0o001:
                folder.chmod(folder.stat().st_mode | 0o011)
        # Changing the user forgets the death signal, so it is set again.
        return [setpriv, "--reuid", "postgres", "--regid", "postgres", "--init-groups", "--pdeathsig", "KILL"]

    def _answers(self) -> bool:
        # It opens its port before it takes queries, so look for the line that it writes when it does.
        pidfile = self._data / "postmaster.pid"
        try:
            lines = pidfile.read_text().split("\n")
            ready = lines[0] == str(self.pid) and lines[7].strip() == "ready"
            with socket.create_connection(("127.0.0.1", self.port), 5):
                return ready
        except (OSError, IndexError):
            return False
