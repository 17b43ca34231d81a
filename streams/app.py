"""The Faust app that hosts the stream processors. Nothing is built at import.

Ingest is a batch service with a consumer of its own, not an agent: agents acknowledge what they have taken, stored or
not. The app gives it a place to live: start, stop, signals, and the agents of the low-rate streams beside it.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import faust
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from services.bus.connection import LARGEST_RECORD, Broker
from services.bus.offsets import GROUP
from services.bus.progress import Progress
from services.bus.topics import CAPTURES
from services.settings import IngestSettings
from services.store.clickhouse import ClickHouseStore
from services.usecases.ingest import Receiver
from streams.letters import LetterProducer
from streams.parts import WorkerLimits, WorkerParts
from streams.status import Status
from streams.storm import StormGuard, StormLimits
from streams.worker import Worker

log = logging.getLogger("tianzhuo.ingest")


class Ingest(faust.Service):
    """The batch service: runs one worker, and ends the process when it fails."""

    def __init__(self, build: Callable[[], Worker], on_end: Callable[[BaseException | None], None]) -> None:
        """Builds it.

        Args:
            build: makes the worker, on the running event loop.
            on_end: hears how the worker ended: None when it was told to.
        """
        super().__init__()
        self._build = build
        self._on_end = on_end
        self._worker: Worker | None = None
        self._task: asyncio.Task[None] | None = None

    async def on_start(self) -> None:
        """Begins to work."""
        self._worker = self._build()
        self._task = asyncio.create_task(self._worker.run())
        self._task.add_done_callback(self._ended)

    async def on_stop(self) -> None:
        """Stores and commits what was fetched."""
        if self._worker is not None and self._task is not None:
            self._worker.stop()
            await asyncio.wait([self._task])

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._on_end(None if task.cancelled() else _first(task.exception()))


def _first(error: BaseException | None) -> BaseException | None:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _credentials(options: dict[str, Any]) -> faust.SSLCredentials | faust.SASLCredentials | None:
    """Faust's own form of the broker's options."""
    context = options.get("ssl_context")
    if "sasl_mechanism" in options:
        return faust.SASLCredentials(
            mechanism=options["sasl_mechanism"],
            username=options["sasl_plain_username"],
            password=options["sasl_plain_password"],
            ssl_context=context,
        )
    return faust.SSLCredentials(context=context) if context is not None else None


def build(
    store: ClickHouseStore,
    broker: Broker,
    settings: IngestSettings,
    status: Status,
    on_end: Callable[[BaseException | None], None],
    step: Callable[[str], None] = lambda _: None,
) -> faust.App:
    """The app with its services; `step` as in `streams.worker.Worker`."""
    app = faust.App(
        "tianzhuo",
        broker=[f"kafka://{one}" for one in broker.servers.split(",")],
        broker_credentials=_credentials(dict(broker.options)),
        store="memory://",
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=False,
        stream_wait_empty=False,
        autodiscover=False,
    )
    # Without agents there is nothing to consume for Faust itself; its services start all the same.
    app.producer_only = True

    def worker() -> Worker:
        common: dict[str, Any] = {"bootstrap_servers": broker.servers, **dict(broker.options)}
        session = int(settings.ingest_session_seconds * 1000)
        consumer = AIOKafkaConsumer(
            group_id=GROUP,
            client_id="tianzhuo-ingest",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            group_instance_id=settings.ingest_instance or None,
            session_timeout_ms=session,
            heartbeat_interval_ms=session // 5,
            max_poll_interval_ms=300_000,
            rebalance_timeout_ms=60_000,
            max_partition_fetch_bytes=4 * 1024 * 1024,
            fetch_max_wait_ms=100,
            **common,
        )
        producer = AIOKafkaProducer(
            client_id="tianzhuo-letters",
            acks="all",
            enable_idempotence=True,
            max_request_size=LARGEST_RECORD + 8 * 1024 * 1024,
            compression_type="lz4",
            **common,
        )
        limits = WorkerLimits(
            CAPTURES,
            settings.ingest_grid,
            settings.ingest_block_bytes,
            settings.ingest_buffer_bytes,
            settings.ingest_linger,
        )
        parts = WorkerParts(
            consumer,
            Receiver(store.blocks, settings.ingest_events),
            store.blocks,
            store.letters,
            Progress(broker),
            LetterProducer(producer),
            StormGuard(StormLimits(settings.storm_run, settings.storm_share, settings.storm_window)),
            status,
        )
        return Worker(parts, limits, step)

    app.service(Ingest(worker, on_end))  # type: ignore[arg-type]  # it takes instances too
    return app
