"""A real ClickHouse server: HTTP and native interface, MergeTree on disk, `remote_servers` when configured."""

import http.client
import sys
from pathlib import Path

from tests.servers import clickhouse_main
from tests.servers.clickhouse_library import ensure_library
from tests.servers.process import ServerProcess, free_port

_SERVE = (
    "SYSTEM START LISTEN HTTP; SYSTEM START LISTEN TCP; "
    # Keeps the process busy for ten years, a row every three seconds.
    "SELECT sleepEachRow(3) FROM numbers(100000000) FORMAT Null "
    "SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0"
)


class ClickHouseServer(ServerProcess):
    """A ClickHouse server with user `default` and no password; no Replicated tables, no users (see DESIGN, servers).

    Attributes:
        config: XML to put inside `<clickhouse>`, e.g. `<remote_servers>`; may be set until `start`.
        http_port: loopback port of the HTTP interface; the same over restarts.
        tcp_port: loopback port of the native interface; the same over restarts.
    """

    def __init__(self, path: Path, config: str = "") -> None:
        super().__init__(path)
        self.config = config
        self.http_port = free_port()
        self.tcp_port = free_port()

    @property
    def url(self) -> str:
        """The HTTP interface's address, without a slash at its end."""
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def _data(self) -> Path:
        return self.path / "data"

    def _command(self) -> list[str]:
        library = ensure_library()
        self._data.mkdir(exist_ok=True)
        arguments = [f"--path={self._data}", f"--query={_SERVE}"]
        if self.config:
            file = self.path / "config.xml"
            file.write_text(f"<clickhouse>{self.config}</clickhouse>")
            arguments.append(f"--config-file={file}")
        ports = [f"--http_port={self.http_port}", f"--tcp_port={self.tcp_port}", "--listen_host=127.0.0.1"]
        return [sys.executable, clickhouse_main.__file__, str(library), *arguments, "--", *ports]

    def _answers(self) -> bool:
        # Its own folder in the answer: another server may have taken the port.
        query = "SELECT path FROM system.disks WHERE name = 'default'"
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=5)
        try:
            connection.request("POST", "/", query.encode())
            return Path(connection.getresponse().read().decode().strip()) == self._data
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
