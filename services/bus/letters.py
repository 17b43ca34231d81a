"""Replays dead letters: their bytes, as they were or mended, go back to the topic they came from."""

from collections.abc import Sequence
from contextlib import closing

from kafka import KafkaProducer

from services.bus.connection import LARGEST_RECORD, Broker, bus_errors
from services.ports import Letter

SEND_SECONDS = 30


def replay(broker: Broker, letters: Sequence[tuple[Letter, bytes | None]]) -> list[str]:
    """Produces each letter to its topic, with `replay-of`; returns the origins of the new records, in order.

    Replaying twice is harmless: the same event is one event.

    Args:
        broker: where Kafka is.
        letters: dead letters with their bytes, and what to send instead of these (None: the same bytes).

    Raises:
        BusUnavailable: those before are sent.
    """
    options = {"acks": "all", "enable_idempotence": True, "max_request_size": LARGEST_RECORD + 1024}
    found = []
    with bus_errors(), closing(KafkaProducer(**broker.client(client_id="tianzhuo-replay", **options))) as producer:
        for letter, mended in letters:
            record = letter.record
            # A mended letter that is refused again is mended anew: it names the first one.
            first = letter.replay_of or record.origin
            headers = [(name, value) for name, value in record.headers if name != "replay-of"]
            headers.append(("replay-of", first.encode()))
            value = record.value if mended is None else mended
            sent = producer.send(record.topic, value, record.key or first.encode(), headers)
            place = sent.get(timeout=SEND_SECONDS)
            found.append(f"{place.topic}:{place.partition}:{place.offset}")
    return found
