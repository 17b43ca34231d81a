"""Capture through Kafka: the same port as the store's writer, so the way in is the same; what stands behind differs.

One insert of a group of captures becomes one Kafka transaction (acks=all, idempotent): all their records are there for
ingest, or none of them is.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from threading import Lock, Thread
from typing import Any

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from kafka import KafkaAdminClient
from kafka.admin import TransactionState
from kafka.errors import KafkaError as AdminError

from services.bus.connection import LARGEST_RECORD, Broker, failed
from services.bus.topics import CAPTURES
from services.domain.chain.relations import Group, Role, thing_key
from services.domain.record_head import CaptureHead, Head, write_head
from services.domain.times import microseconds_of
from services.ports import Capture, CaptureTooLarge
from services.ports.spans import here, span

TRANSACTION_MS = 10_000
"""How long a dead producer's open transaction holds up readers, at most about twice as long."""
WAIT_SECONDS = 10.0
"""How long a capture waits for Kafka before its sender is told to come again."""

SETTLE_MS = 2_000
"""How long the marks of a commit may take; a broker takes longer to start."""

Piece = tuple[bytes, bytes, list[tuple[str, bytes]]]
"""Key, value and headers of a record."""


@dataclass(frozen=True, slots=True)
class Records:
    """The records of one capture.

    Attributes:
        pieces: its events in order, then its own record.
        events: how many events.
        size: bytes in all, about.
    """

    pieces: list[Piece]
    events: int
    size: int


def key_of(found: Sequence[Group]) -> bytes:
    """The key of a record: of an event that names these things, so that a thing's events meet in one partition.

    That is possible for some: an event that names a container lies under the container, whose own movements do too;
    every other one under the first thing that it names. Nothing depends on it: the order of arrival never matters.
    """
    things = [group.things[0] for group in found if group.things]
    parents = [group.things[0] for group in found if group.role in {Role.PARENT, Role.UNPACKED_ALL}]
    return thing_key((parents or things or [""])[0]).encode()


class CaptureWriter:
    """Implements `services.ports.EventWriter` for Kafka.

    `commit` gives no record time: the broker does, when it appends. The producer lives on an event loop of its own,
    because aiokafka needs a third of the processor time of a client without one.
    """

    def __init__(self, broker: Broker, step: Callable[[str], None] = lambda _: None) -> None:
        """Connects at the first commit.

        Args:
            broker: where Kafka is.
            step: hears the name of each step that is done; for fault tests, which end the process there.
        """
        self._step = step
        self._broker = broker
        self._producer: AIOKafkaProducer | None = None
        self._name = ""  # of its transactions
        self._admin: KafkaAdminClient | None = None
        self._endings: set[asyncio.Task[None]] = set()
        self._lock = Lock()
        self._loop = asyncio.new_event_loop()
        Thread(target=self._loop.run_forever, name="capture-producer", daemon=True).start()

    def prepare(self, capture: Capture) -> Records:
        """See `services.ports.EventWriter.prepare`."""
        ignored = msgspec.json.encode(sorted(capture.ignored)) if capture.ignored else b""
        pieces: list[Piece] = []
        trace = here()
        for event in capture.events:
            head = Head(capture.capture_id, event.position, capture.party, event.context_raw, ignored, trace=trace)
            pieces.append((key_of(event.groups), event.raw, write_head(head)))
        times = [event.event_time_us for event in capture.events]
        said = CaptureHead(
            microseconds_of(capture.created_at),
            capture.kind,
            capture.error_behaviour,
            capture.errors,
            len(capture.events),
            min(times, default=0),
            max(times, default=0),
        )
        head = Head(capture.capture_id, party=capture.party, capture=said, trace=trace)
        pieces.append((str(capture.capture_id).encode(), capture.frame, write_head(head)))
        sizes = [len(key) + len(value) + sum(len(one) for _, one in headers) for key, value, headers in pieces]
        if max(sizes) > LARGEST_RECORD - 1024:
            raise CaptureTooLarge(
                f"an event or the frame has {max(sizes)} bytes, a record takes {LARGEST_RECORD - 1024}"
            )
        return Records(pieces, len(capture.events), sum(sizes))

    def commit(self, prepared: Sequence[Records], record_time: datetime) -> None:
        """See `services.ports.EventWriter.commit`; stored means that Kafka has it.

        Raises:
            BusFailed: Kafka has none of it, or did not say that it has; what is sent again is the same event.
        """
        del record_time  # the broker's, when it appends
        pieces = [piece for one in prepared for piece in one.pieces]
        with self._lock:
            try:
                with span("kafka transaction", kind="producer", records=len(pieces)):
                    self._on_loop(self._in_time(pieces))
            except (KafkaError, AdminError, OSError, TimeoutError) as error:
                self._on_loop(self._give_up())
                raise failed(error) from error

    def _on_loop(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _in_time(self, pieces: list[Piece]) -> None:
        """The transaction. It is not waited for longer: without a broker it would not even end when it is cancelled."""
        task = asyncio.create_task(self._transaction(pieces))
        done, _ = await asyncio.wait({task}, timeout=WAIT_SECONDS)
        if not done:
            task.cancel()
            raise TimeoutError(f"no answer within {WAIT_SECONDS:g} s")
        await task

    async def _transaction(self, pieces: list[Piece]) -> None:
        producer, admin = await self._connected()
        await producer.begin_transaction()
        sent = [await producer.send(CAPTURES, value, key=key, headers=headers) for key, value, headers in pieces]
        await asyncio.gather(*sent)
        self._step("sent")
        deadline = time.monotonic() + SETTLE_MS / 1000
        await producer.commit_transaction()
        await asyncio.to_thread(self._settle, admin, self._name, deadline)
        self._step("committed")

    def _settle(self, admin: KafkaAdminClient, name: str, deadline: float) -> None:
        """Waits until the mark of the commit stands in every partition, a few milliseconds.

        The broker says that it has committed before that. Killed in between, with no other broker to go on, it may
        take partitions that have no leader yet for deleted ones when it is back, and never mark them: readers would
        not get what was acknowledged. A broker takes longer than until `deadline` to come back, so what is said before
        is no word of one that has.
        """
        while True:
            state = admin.describe_transactions([name])[name].state
            if time.monotonic() > deadline:
                raise TimeoutError(f"the transaction was not marked within {SETTLE_MS} ms")
            if state is TransactionState.COMPLETE_COMMIT:
                return
            time.sleep(0.001)

    async def _connected(self) -> tuple[AIOKafkaProducer, KafkaAdminClient]:
        if self._producer is not None and self._admin is not None:
            return self._producer, self._admin
        self._name = f"tianzhuo-capture-{secrets.token_hex(8)}"
        producer = AIOKafkaProducer(
            bootstrap_servers=self._broker.servers,
            **dict(self._broker.options),
            client_id="tianzhuo-capture",
            # New for each connection: an old one's transaction ends by its time-out and fences nobody.
            transactional_id=self._name,
            transaction_timeout_ms=TRANSACTION_MS,
            acks="all",
            enable_idempotence=True,
            compression_type="lz4",
            max_batch_size=262_144,
            max_request_size=LARGEST_RECORD + 1024,
            request_timeout_ms=int(WAIT_SECONDS * 500),
            retry_backoff_ms=10,
        )
        self._producer = producer  # so that it is ended when it cannot start
        await producer.start()
        options = self._broker.client(client_id="tianzhuo-settled", request_timeout_ms=SETTLE_MS)
        self._admin = await asyncio.to_thread(lambda: KafkaAdminClient(**options))
        return producer, self._admin

    async def _give_up(self) -> None:
        """Drops the producer: what its transaction has sent is aborted by its time-out, or when the broker is back."""
        producer, self._producer = self._producer, None
        admin, self._admin = self._admin, None
        if producer is not None:
            ending = asyncio.create_task(_end(producer, admin))
            self._endings.add(ending)
            ending.add_done_callback(self._endings.discard)

    async def _all_ended(self) -> None:
        await self._give_up()
        if self._endings:
            await asyncio.wait(self._endings, timeout=WAIT_SECONDS / 2)

    def close(self) -> None:
        """Ends the connection."""
        with self._lock:
            self._on_loop(self._all_ended())
            self._loop.call_soon_threadsafe(self._loop.stop)


async def _end(producer: AIOKafkaProducer, admin: KafkaAdminClient | None) -> None:
    with suppress(KafkaError, OSError):
        await producer.stop()
    if admin is not None:
        with suppress(AdminError, OSError):
            await asyncio.to_thread(admin.close)
