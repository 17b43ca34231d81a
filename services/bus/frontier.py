"""Up to which time everything recorded has been stored: read from Kafka, so that no process has to tell another.

A record is recorded when the broker appends it. Ingest commits, with each offset, the time of the last record that it
has stored. A partition without anything behind the committed offset is settled up to now; any other up to the time of
its last stored record, because the log is in the order of its times. The whole topic is settled up to the least of
these.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event, Lock, Thread

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from services.bus.connection import Broker
from services.bus.offsets import GROUP, Standing, standings
from services.bus.topics import CAPTURES
from services.domain.times import EPOCH, datetime_of

MILLISECOND = timedelta(milliseconds=1)


def settled_of(standing: Standing, now: datetime) -> datetime:
    """Up to which time a partition is settled.

    Args:
        standing: of the partition.
        now: a time before its end was read, by the brokers' clocks.
    """
    if not standing.behind:
        return now
    if standing.done.stored_us is None:
        return EPOCH
    return datetime_of(standing.done.stored_us) - MILLISECOND  # others of the same millisecond may follow


class Frontier:
    """Asks Kafka now and then, in a thread of its own; `known_until` never goes back."""

    def __init__(self, broker: Broker, clock: Callable[[], datetime], skew: timedelta, every: float = 0.1) -> None:
        """Asks nothing before `start`.

        Args:
            broker: where Kafka is.
            clock: now, aware.
            skew: by how much the brokers' clocks may be behind this one.
            every: seconds between questions.
        """
        self._broker = broker
        self._clock = clock
        self._skew = skew
        self._every = every
        self._lock = Lock()
        self._known = datetime(1970, 1, 1, tzinfo=UTC)
        self._stop = Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begins to ask."""
        self._thread = Thread(target=self._run, name="frontier", daemon=True)
        self._thread.start()

    def known_until(self) -> datetime:
        """The latest time of which it is settled what was recorded by then. May be called from any thread."""
        with self._lock:
            return self._known

    def close(self) -> None:
        """Stops asking."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(5)

    def _run(self) -> None:
        admin: KafkaAdminClient | None = None
        consumer: KafkaConsumer | None = None
        while not self._stop.is_set():
            try:
                admin = admin or KafkaAdminClient(**self._broker.client(client_id="tianzhuo-frontier"))
                consumer = consumer or KafkaConsumer(**self._broker.client(client_id="tianzhuo-frontier"))
                found = self.ask(admin, consumer)
                with self._lock:
                    self._known = max(self._known, found)
            except (KafkaError, OSError):
                for client in (admin, consumer):
                    if client is not None:
                        client.close()
                admin = consumer = None
                self._stop.wait(1.0)
            self._stop.wait(self._every)

    def ask(self, admin: KafkaAdminClient, consumer: KafkaConsumer) -> datetime:
        """One question. Raises KafkaError."""
        places = [TopicPartition(CAPTURES, number) for number in sorted(consumer.partitions_for_topic(CAPTURES) or ())]
        if not places:
            return EPOCH
        now = self._clock() - self._skew
        found = standings(admin, consumer, GROUP, places)
        return min(settled_of(one, now) for one in found.values())
