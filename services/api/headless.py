"""HEAD (RFC 9110 §9.3.2): the answer to the GET of the same path, without its body."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Headless:
    """ASGI middleware. It stands inside of those that tell and count requests: these are to see a HEAD."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on; a HEAD as a GET whose body nobody is sent."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            await send(message if message["type"] != "http.response.body" else {**message, "body": b""})

        asked = {**scope, "method": "GET"}
        try:
            await self._app(asked, receive, without_body)
        finally:
            if "route" in asked:
                scope["route"] = asked["route"]  # those outside tell the request by it
