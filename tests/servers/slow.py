"""A proxy in front of a server that makes it slow: each answer comes late, and what is sent trickles."""

import socket
import time
from threading import Thread
from typing import Self

_CHUNK = 64 * 1024


class SlowProxy:
    """Passes TCP on to a server on loopback, while it is entered.

    Attributes:
        port: where it listens.
        delay: seconds by which each answer is late; may be set at any time.
        rate: bytes a second that each connection may send, 0: any.
    """

    def __init__(self, port: int) -> None:
        """Listens.

        Args:
            port: of the server.
        """
        self._server_port = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.delay = 0.0
        self.rate = 0

    @property
    def url(self) -> str:
        """Its address as that of an HTTP server."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
                server = socket.create_connection(("127.0.0.1", self._server_port))
            except OSError:
                return
            Thread(target=self._pass, args=(client, server), kwargs={"answers": False}, daemon=True).start()
            Thread(target=self._pass, args=(server, client), kwargs={"answers": True}, daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, *, answers: bool) -> None:
        """Passes on what comes until one of both ends."""
        last = 0.0
        try:
            while part := source.recv(_CHUNK):
                if answers:
                    if time.monotonic() - last > self.delay / 2:  # the first part of an answer, not a later one
                        time.sleep(self.delay)
                    last = time.monotonic()
                elif self.rate:
                    time.sleep(len(part) / self.rate)
                target.sendall(part)
        except OSError:
            pass
        finally:
            for one in (source, target):
                one.close()
