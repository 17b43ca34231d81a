"""Builds the HTTP application; nothing is built at import."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from fastapi import FastAPI

from services.api import discovery, docs, epcis, health, keys, links, problems, scans, units
from services.api.openapi import DescribedApi
from services.api.requests import BodyLimits
from services.ports import EventReader
from services.usecases.capture import CaptureService
from services.usecases.committer import Committer
from services.usecases.keys import KeyService
from services.usecases.lookup import Lookup


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
        reader: for the plain reads of capture jobs.
        store: for readiness.
    """

    capture: CaptureService[Any]
    keys: KeyService
    lookup: Lookup
    committer: Committer[Any]
    reader: EventReader
    store: Store


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may bring.

    Attributes:
        events: events in one capture.
        body: bytes and time of a body.
    """

    events: int
    body: BodyLimits


def create_app(services: Services, limits: Limits) -> FastAPI:
    """The application. Its state holds `services` and `limits`."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        services.committer.start()
        yield
        await services.committer.close()

    app = DescribedApi(
        title="tianzhuo 田桌",
        summary="From field to table: EPCIS 2.0 capture and look-up",
        version="1",
        lifespan=lifespan,
        docs_url=None,  # its viewer would come from another host; see `docs`
        redoc_url=None,
    )
    app.state.services = services
    app.state.limits = limits
    problems.install(app)
    for module in (epcis, discovery, scans, units, keys, health, docs, links):
        app.include_router(module.router)
    return app
