"""A collector of traces: takes OTLP over HTTP and keeps what came."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, NamedTuple, Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Received(NamedTuple):
    """A span as it came: ids in hexadecimal, `links` as (trace, span)."""

    service: str
    name: str
    trace: str
    span: str
    parent: str
    links: list[tuple[str, str]]
    said: dict[str, str]
    failed: bool


class Collector:
    """Runs within the test, on a free port, while it is entered.

    Attributes:
        endpoint: its address, as TIANZHUO_OTLP_ENDPOINT takes it.
        bodies: what was sent, as it came.
    """

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self._lock = Lock()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with collector._lock:
                    collector.bodies.append(body)
                self.send_response(200 if self.path == "/v1/traces" else 404)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def spans(self, trace: str | None = None) -> list[Received]:
        """What came, of one trace if it is named."""
        found = []
        with self._lock:
            requests = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        for resource in (one for request in requests for one in request.resource_spans):
            names = {item.key: item.value.string_value for item in resource.resource.attributes}
            for span in (one for scope in resource.scope_spans for one in scope.spans):
                links = [(link.trace_id.hex(), link.span_id.hex()) for link in span.links]
                said = {item.key: str(item.value).strip() for item in span.attributes}
                ids = (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex())
                failed = span.status.code == span.status.STATUS_CODE_ERROR
                found.append(Received(names["service.name"], span.name, *ids, links, said, failed))
        return [one for one in found if trace in {None, one.trace}]
