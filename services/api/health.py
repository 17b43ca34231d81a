"""Liveness, readiness, and the way in for a person."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from services.api.openapi import gives, problems
from services.api.pages import render
from services.metrics import REGISTRY

router = APIRouter(tags=["Health"])


@router.get("/livez", responses=gives(200, "The process answers.", "Health"))
async def livez() -> JSONResponse:
    """The process answers."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz", responses=problems(503) | gives(200, "The store answers too.", "Health"))
def readyz(request: Request) -> Response:
    """The store answers too; 503 otherwise."""
    request.app.state.services.store.ping()
    return JSONResponse({"status": "ok"})


@router.get("/metrics", response_class=PlainTextResponse, responses={200: {"description": "For Prometheus."}})
def metrics() -> Response:
    """What this process has done, for Prometheus; docs/operations.md says what each metric is."""
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


@router.get("/", include_in_schema=False)
def index() -> HTMLResponse:
    """A page with a field to look a code up."""
    return HTMLResponse(render("index.html"))
