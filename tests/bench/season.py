"""The events that are measured with: a simulated season, every event handed out once, in documents of any size."""

from collections.abc import Iterable, Iterator
from itertools import islice
from uuid import uuid4

import msgspec

from services.usecases.simulation import documents

ENDLESS = 1_000_000_000


class _Body(msgspec.Struct):
    event_list: list[msgspec.Raw] = msgspec.field(name="eventList")


class _Document(msgspec.Struct):
    context: msgspec.Raw = msgspec.field(name="@context")
    body: _Body = msgspec.field(name="epcisBody")


_decode = msgspec.json.Decoder(_Document).decode


class Season:
    """An endless stream of events as JSON bytes; two takes never give the same delivery.

    Redelivered events (the simulator's troubles) are in it, as in life: about one in a hundred.
    """

    def __init__(self, seed: int) -> None:
        self._context = b""
        self._events = self._stream(seed)

    def _stream(self, seed: int) -> Iterator[bytes]:
        for text in documents(seed, ENDLESS):
            document = _decode(text)
            self._context = bytes(document.context)
            yield from map(bytes, document.body.event_list)

    def events(self, count: int) -> list[bytes]:
        """The next events, without @context."""
        return list(islice(self._events, count))

    def document(self, events: Iterable[bytes]) -> bytes:
        """An EPCISDocument of these events."""
        return b"".join(
            (
                b'{"@context":',
                self._context,
                b',"id":"urn:uuid:',
                str(uuid4()).encode(),
                b'","type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2026-06-08T19:59:52.366+08:00",',
                b'"epcisBody":{"eventList":[',
                b",".join(events),
                b"]}}",
            )
        )

    def bare(self, event: bytes) -> bytes:
        """One event that brings its own @context, for POST /epcis/events."""
        return b'{"@context":' + self._context + b"," + event[1:]
