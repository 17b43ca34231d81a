"""uvicorn's HTTP/1.1, and what it leaves open: a head (request line and header fields) comes in time and has an end.

A connection that says nothing, or half a head, would otherwise be kept for as long as its client likes; a thousand of
them leave no file descriptor for anybody else. Bodies are bounded where they are read, see `requests.read_body`; what
may stand around their chunks (extensions, fields behind the last one) is bounded here, like a head.
"""

from asyncio import BaseTransport, TimerHandle, Transport
from http import HTTPStatus
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from services.api.problems import Problem

HEAD_BYTES = 64 * 1024


class BoundedHttp(HttpToolsProtocol):
    """One connection.

    Attributes:
        head_seconds: how long a head may take, and a connection may say nothing at first; of the class.
    """

    head_seconds = 15.0
    _deadline: TimerHandle | None = None
    _in_body = False
    _deaf = False
    _since = 0
    """Bytes since a head or a body began or ended, or some bytes of a body came."""

    def connection_made(self, transport: BaseTransport) -> None:
        """A client connected."""
        super().connection_made(cast("Transport", transport))
        self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some bytes came."""
        if self._deaf:
            return
        self._since += len(data)
        super().data_received(data)
        if self._since > HEAD_BYTES:
            words = f"a request's head has at most {HEAD_BYTES} bytes"
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, words)
        if self.cycle is None or self.cycle.response_complete:
            self._arm()  # uvicorn's own timer ended with the first byte, which may be the last one too

    def on_message_begin(self) -> None:
        """A head begins."""
        self._since = 0
        self._arm()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """A head has ended."""
        self._in_body, self._since = True, 0
        self._disarm()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Some bytes of a body came."""
        self._since = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """A request is whole."""
        self._in_body, self._since = False, 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answers what is no HTTP."""
        if self.cycle is not None and not self.cycle.response_complete and not self._in_body:
            # What follows a whole request is its client's fault, the request is not: its answer is the last one.
            self.cycle.keep_alive = False
            self._deaf = True
            return
        self._refuse(HTTPStatus.BAD_REQUEST, msg)

    def _arm(self) -> None:
        if self._deadline is None and not self.transport.is_closing():
            self._deadline = self.loop.call_later(self.head_seconds, self._late)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _late(self) -> None:
        self._deadline = None
        if self.cycle is not None and not self.cycle.response_complete:
            self._arm()  # half a head behind a request that is still being answered
            return
        self._refuse(HTTPStatus.REQUEST_TIMEOUT, f"no whole request within {self.head_seconds:g} s")

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        """Ends the connection; with a problem unless another answer is on its way."""
        if self.transport.is_closing():
            return
        if self._may_answer():
            answer = Problem(status, "ImplementationException", status.phrase, detail).document()
            answer.headers["Connection"] = "close"
            fields = b"".join(name + b": " + value + b"\r\n" for name, value in answer.raw_headers)
            self.transport.write(f"HTTP/1.1 {status} {status.phrase}\r\n".encode() + fields + b"\r\n" + answer.body)
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True  # nothing is written behind this answer
            self.cycle.message_event.set()
        self.transport.close()

    def _may_answer(self) -> bool:
        """Whether the next answer on this connection is that to the bytes that came last."""
        return self.cycle is None or (
            not self.cycle.response_started and not self.pipeline if self._in_body else self.cycle.response_complete
        )
