"""The worker's own small HTTP server: /livez, /readyz and /metrics, in a thread, for probes and Prometheus."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from services.metrics import REGISTRY
from streams.status import Status


def start_health(host: str, port: int, status: Status) -> ThreadingHTTPServer:
    """Starts it; `server_address` tells the port, `shutdown` ends it.

    Raises:
        OSError: the port is taken.
    """

    class Handler(BaseHTTPRequestHandler):
        """Answers three paths."""

        timeout = 10

        def do_GET(self) -> None:
            """Answers."""
            if self.path == "/metrics":
                self._answer(HTTPStatus.OK, generate_latest(REGISTRY), CONTENT_TYPE_LATEST)
            elif self.path == "/livez":
                age = round(status.commit_age, 3)
                said = {"status": "ok" if status.alive else "stuck", "last_commit_seconds": age}
                self._json(HTTPStatus.OK if status.alive else HTTPStatus.SERVICE_UNAVAILABLE, said)
            elif self.path == "/readyz":
                why = status.not_ready
                self._json(HTTPStatus.SERVICE_UNAVAILABLE if why else HTTPStatus.OK, {"status": why or "ok"})
            else:
                self._json(HTTPStatus.NOT_FOUND, {"status": "there are /livez, /readyz and /metrics"})

        def _json(self, code: HTTPStatus, value: Mapping[str, object]) -> None:
            self._answer(code, json.dumps(value).encode(), "application/json")

        def _answer(self, code: HTTPStatus, body: bytes, kind: str) -> None:
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing: probes come every second."""

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server
