"""Produces events to `captures.v1` directly, as a partner with Kafka would: one event in a record."""

from kafka import KafkaProducer

from services.bus.capture_writer import key_of
from services.bus.connection import LARGEST_RECORD, Broker, bus_errors
from services.bus.topics import CAPTURES
from services.domain.chain.relations import groups
from services.domain.epcis.context import Context
from services.domain.epcis.documents import read_document
from services.domain.record_head import Head, write_head
from services.ports import BusUnavailable

FLUSH_SECONDS = 60


class Emitter:
    """A producer with acks=all and idempotence. Not thread-safe."""

    def __init__(self, broker: Broker, party: str) -> None:
        """Connects.

        Args:
            broker: where Kafka is.
            party: who the events are from.

        Raises:
            BusUnavailable: it cannot be reached.
        """
        self._party = party
        self._errors: list[BaseException] = []
        with bus_errors():
            self._producer = KafkaProducer(
                **broker.client(
                    client_id="tianzhuo-emitter",
                    acks="all",
                    enable_idempotence=True,
                    compression_type="lz4",
                    linger_ms=20,
                    batch_size=262_144,
                    max_request_size=LARGEST_RECORD + 1024,
                )
            )

    def send(self, document: bytes) -> int:
        """Sends the events of an EPCISDocument; they are in Kafka after `close`. Returns how many.

        Raises:
            InvalidDocument: it is none.
            BusUnavailable: Kafka did not take it, or not something that was sent before.
        """
        found = read_document(document)
        context = Context.of(found.context)
        headers = write_head(Head(party=self._party, context=found.context_raw))
        with bus_errors():
            for event in found.events:
                key = key_of(groups(event.obj, context, b""))
                self._producer.send(CAPTURES, event.raw, key, headers).add_errback(self._errors.append)
        self._check()
        return len(found.events)

    def _check(self) -> None:
        if self._errors:
            raise BusUnavailable(f"Kafka did not take {len(self._errors)} records: {self._errors[0]}")

    def close(self) -> None:
        """Waits until Kafka has everything. Raises BusUnavailable."""
        with bus_errors():
            self._producer.flush(FLUSH_SECONDS)
            self._producer.close(FLUSH_SECONDS)
        self._check()
