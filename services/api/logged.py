"""A line in the log and a span for every request, and an id that tells its lines from others'.

Neither says the path, the query, the body or the key.
"""

import logging
import re
import time
from http import HTTPStatus
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api.measured import method_of, route_of
from services.logs import carrying
from services.ports.spans import span, tell

HEADER = "X-Request-Id"
PROBES = frozenset({"/livez", "/readyz", "/metrics"})
"""Asked every few seconds: their lines are for DEBUG."""
_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")

_TOLD = {"method": "http.request.method", "route": "http.route", "status": "http.response.status_code"}

log = logging.getLogger("tianzhuo.http")


class Logged:
    """ASGI middleware: takes the id of a request from its head, or makes one, and gives it back with the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on and logs it when its answer has ended."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        brought = Headers(scope=scope).get(HEADER, "")
        request_id = brought if _SANE.fullmatch(brought) else uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        began = time.perf_counter()
        incoming = () if scope["path"] in PROBES else (Headers(scope=scope).get("traceparent", ""),)
        with carrying(request_id=request_id), span("request", incoming, "server"):
            try:
                await self._app(scope, receive, note)
            except Exception:
                status = HTTPStatus.INTERNAL_SERVER_ERROR  # the answer is made outside, see `refusals`
                log.exception("unforeseen")  # here, where the line has the request's id
                raise
            finally:
                route = route_of(scope)
                said: dict[str, str | int] = {"method": method_of(scope), "route": route, "status": int(status)}
                tell(f"{method_of(scope)} {route}", **{_TOLD[name]: value for name, value in said.items()})
                spent = round((time.perf_counter() - began) * 1000, 3)
                level = logging.DEBUG if route in PROBES else logging.INFO
                log.log(level, "request", extra={**said, "milliseconds": spent})
