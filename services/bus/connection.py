"""How Kafka is reached: addresses and security from the settings, errors as the ports' errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kafka.errors import KafkaError

from services.ports import BusFailed

LARGEST_RECORD = 40 * 1024 * 1024
"""Bytes of one record, as `captures.v1` declares them."""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where Kafka is.

    Attributes:
        servers: `host:port`, comma-separated.
        options: further options of kafka-python (`security_protocol`, `sasl_…`, `ssl_…`).
    """

    servers: str
    options: tuple[tuple[str, Any], ...] = ()

    def client(self, **own: Any) -> dict[str, Any]:
        """Arguments of a kafka-python client."""
        return {"bootstrap_servers": self.servers.split(","), **dict(self.options), **own}


@contextmanager
def bus_errors() -> Iterator[None]:
    """Turns the client's errors into the ports' errors."""
    try:
        yield
    except (KafkaError, OSError) as error:
        raise failed(error) from error


def failed(error: BaseException) -> BusFailed:
    """The port's error for one of the client."""
    reason = f"Kafka does not take or give: {type(error).__name__}"
    return BusFailed(f"Kafka does not take or give: {error}"[:300] if str(error) else reason, reason)
