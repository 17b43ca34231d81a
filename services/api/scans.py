"""Simple scans, for emitters who have never heard of EPCIS."""

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from services.api.epcis import json_response
from services.api.openapi import BEARER, gives, takes, writes
from services.api.parameters import ONLY_DECLARED
from services.api.requests import read_body, require_key
from services.api.shapes import SCANS
from services.logs import note
from services.metrics import METRICS

router = APIRouter(prefix="/v1", tags=["Simple scans"], dependencies=[ONLY_DECLARED])


@router.post(
    "/scans",
    status_code=201,
    responses=writes() | gives(201, "The scans are on disk.", "ScansTaken", headers={"Location": "the capture job"}),
    openapi_extra=BEARER | takes("One scan, or a list of them: all or nothing.", "Scans", SCANS, "application/ld+json"),
)
async def post_scans(request: Request) -> Response:
    """Takes one scan, or a list of scans (all or nothing); answers when they are on disk.

    The answer names the capture and the event id of each scan, in order. See docs/scans.md for the fields.
    """
    key = await run_in_threadpool(require_key, request)
    body = await read_body(request, request.app.state.limits.body)
    captured = await request.app.state.services.capture.scans(body, key.party)
    METRICS.captured.inc(len(captured.event_ids))
    note(capture_id=captured.capture_id, events=len(captured.event_ids))
    answer = {"capture": str(captured.capture_id), "events": captured.event_ids}
    return json_response(answer, 201, {"Location": f"/epcis/capture/{captured.capture_id}"})
