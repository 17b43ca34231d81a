"""Builds the HTTP application; nothing is built at import."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig

from services.api import discovery, docs, epcis, health, keys, links, refusals, scans, units
from services.api.headless import Headless
from services.api.logged import Logged
from services.api.measured import Measured
from services.api.openapi import DescribedApi
from services.api.requests import BodyLimits
from services.ports import EventReader
from services.usecases.capture import CaptureService
from services.usecases.committer import Committer
from services.usecases.jobs import Jobs
from services.usecases.keys import KeyService
from services.usecases.lookup import Lookup


class Closing(Protocol):
    """Something that has to be ended."""

    def close(self) -> None:
        """Ends."""


class Background(Closing, Protocol):
    """Something that works beside the requests."""

    def start(self) -> None:
        """Begins."""


class Store(Protocol):
    """What the health pages need of the store."""

    def ping(self) -> None:
        """Raises StoreUnavailable when the store does not answer."""


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases that the endpoints call.

    Attributes:
        capture, keys, lookup: the use cases.
        committer: started and closed with the application.
        jobs: what became of captures.
        reader: for the bytes of a capture.
        store: for readiness.
        beside: what starts and ends with the application.
        writer: ends with it; None when the store itself is written.
    """

    capture: CaptureService[Any]
    keys: KeyService
    lookup: Lookup
    committer: Committer[Any]
    jobs: Jobs
    reader: EventReader
    store: Store
    beside: Sequence[Background] = ()
    writer: Closing | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may bring.

    Attributes:
        events: events in one capture.
        body: bytes and time of a body.
    """

    events: int
    body: BodyLimits


SILENT: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""FastAPI would tell whomever variables of OpenTelemetry name, with paths, queries and the texts of errors."""


def create_app(services: Services, limits: Limits) -> FastAPI:
    """The application. Its state holds `services` and `limits`."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        services.committer.start()
        for one in services.beside:
            one.start()
        yield
        await services.committer.close()
        for one in services.beside:
            one.close()
        if services.writer is not None:
            await asyncio.to_thread(services.writer.close)

    app = DescribedApi(
        title="tianzhuo 田桌",
        summary="From field to table: EPCIS 2.0 capture and look-up",
        version="1",
        lifespan=lifespan,
        docs_url=None,  # its viewer would come from another host; see `docs`
        redoc_url=None,
        telemetry=SILENT,
    )
    app.state.services = services
    app.state.limits = limits
    refusals.install(app)
    app.add_middleware(Headless)
    app.add_middleware(Measured)  # around the one before
    app.add_middleware(Logged)  # around both
    for module in (epcis, discovery, scans, units, keys, health, docs, links):
        app.include_router(module.router)
    return app
