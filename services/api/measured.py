"""Measures every HTTP request: its time by method, route and status. Paths and ids never become labels."""

import time
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.metrics import METRICS

METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
NO_ROUTE = "none"
"""The route of a request that no endpoint answers."""


def method_of(scope: Scope) -> str:
    """The method of a request; `other` when its client has invented it."""
    return scope["method"] if scope["method"] in METHODS else "other"


def route_of(scope: Scope) -> str:
    """The route that has answered a request, with the names of its parameters instead of their values."""
    return getattr(scope.get("route"), "path", NO_ROUTE)


class Measured:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on and measures it until its answer has ended."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        began = time.perf_counter()
        try:
            await self._app(scope, receive, note)
        except Exception:
            status = HTTPStatus.INTERNAL_SERVER_ERROR  # the answer is made outside, see `refusals`
            raise
        finally:
            labels = (method_of(scope), route_of(scope), str(int(status)))
            METRICS.http.labels(*labels).observe(time.perf_counter() - began)
