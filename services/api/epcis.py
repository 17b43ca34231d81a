"""The GS1 EPCIS 2.0 REST interface, its capture side: /epcis/capture, /epcis/events."""

import base64
import binascii
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from services.api.documents import query_document
from services.api.openapi import AS_OF, BEARER, BROUGHT, WANTED, asks, gives, problems, reads, takes, writes
from services.api.parameters import ONLY_DECLARED, check
from services.api.problems import GoneInPart, InvalidParameter
from services.api.requests import STORED_YEARS, accepts_json, as_of, read_body, require_key
from services.api.shapes import DOCUMENTS, EVENTS
from services.api.versions import VERSIONS, check_brought, check_wanted
from services.domain.epcis.documents import assemble
from services.domain.times import datetime_of, microseconds_of, rfc3339
from services.logs import note
from services.metrics import METRICS
from services.ports import ApiKey, StoreUnavailable
from services.usecases.capture import ErrorBehaviour
from services.usecases.capture_ids import begun_at
from services.usecases.jobs import Job, Jobs
from services.usecases.lookup import Lookup, UnknownCapture, UnknownEvent

router = APIRouter(prefix="/epcis", tags=["EPCIS 2.0"])

BEHAVIOUR = "GS1-Capture-Error-Behaviour"

Key = Annotated[ApiKey, Depends(require_key)]
CaptureId = Annotated[str, Path(description="From `Location` of the capture's answer")]
EventId = Annotated[str, Path(description="The event's id, a URI, percent-encoded")]

_ON_ERROR = asks("header", BEHAVIOUR, "What to do with the valid events beside others", values=("rollback", "proceed"))
_PAGED = {"Link": 'the next page, `rel="next"`; without it the page is the last one'}


def json_response(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer with the headers that every EPCIS answer carries."""
    return Response(msgspec.json.encode(value), status, {**VERSIONS, **(headers or {})}, "application/json")


def event_path(event_id: str) -> str:
    """The path of an event; its id is any URI, so every sign of it is percent-encoded."""
    return f"/epcis/events/{quote(event_id, safe='')}"


def _behaviour(request: Request) -> ErrorBehaviour:
    text = request.headers.get(BEHAVIOUR, ErrorBehaviour.ROLLBACK).strip().lower()
    try:
        return ErrorBehaviour(text)
    except ValueError as error:
        raise InvalidParameter(BEHAVIOUR, text, "rollback or proceed") from error


@router.post(
    "/capture",
    dependencies=[ONLY_DECLARED],
    status_code=202,
    response_class=Response,
    responses=writes(406) | gives(202, "The events are on disk.", headers={"Location": "the capture job"}),
    openapi_extra=BEARER
    | takes("An EPCISDocument or EPCISQueryDocument.", "Document", DOCUMENTS, "application/ld+json")
    | {"parameters": [_ON_ERROR, *BROUGHT]},
)
async def capture(request: Request) -> Response:
    """Captures an EPCISDocument or EPCISQueryDocument.

    The answer comes when its events are on disk. `GS1-Capture-Error-Behaviour: rollback` (the default) refuses the
    whole document when one event is not valid (400, with every place); `proceed` stores the valid ones and lists the
    others in the capture job.
    """
    key = await run_in_threadpool(require_key, request)
    check_brought(request)
    behaviour = _behaviour(request)
    body = await read_body(request, request.app.state.limits.body)
    captured = await request.app.state.services.capture.document(body, key.party, behaviour)
    METRICS.captured.inc(len(captured.event_ids))
    note(capture_id=captured.capture_id, events=len(captured.event_ids))
    return Response(status_code=202, headers={**VERSIONS, "Location": f"/epcis/capture/{captured.capture_id}"})


@router.get(
    "/capture",
    dependencies=[ONLY_DECLARED],
    responses=reads(401) | gives(200, "The jobs of one page.", "CaptureJob", many=True, headers=_PAGED),
    openapi_extra=BEARER | {"parameters": WANTED},
)
def capture_jobs(
    request: Request,
    _: Key,
    per_page: Annotated[int, Query(alias="perPage", ge=1, le=1000, description="Jobs of one page")] = 30,
    token: Annotated[str | None, Query(alias="nextPageToken", description="From `Link` of the page before")] = None,
) -> Response:
    """The capture jobs of all emitters, newest first, paged by `Link; rel="next"`."""
    accepts_json(request)
    check_wanted(request)
    found = request.app.state.services.jobs.jobs(_position(token) if token else None, per_page + 1)
    headers = {}
    if len(found) > per_page:
        found = found[:per_page]
        following = f"/epcis/capture?perPage={per_page}&nextPageToken={_token(found[-1])}"
        headers["Link"] = f'<{following}>; rel="next"'
        headers["GS1-Next-Page-Token-Expires"] = "9999-12-31T23:59:59Z"
    return json_response([_job(job) for job in found], headers=headers)


def _token(job: Job) -> str:
    text = f"{microseconds_of(job.created_at)}:{job.capture_id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _position(token: str) -> tuple[datetime, UUID]:
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
        at, _, capture_id = text.partition(":")
        before = datetime_of(int(at)), UUID(capture_id)
    except (binascii.Error, ValueError, OverflowError) as error:
        raise InvalidParameter("nextPageToken", token, "a token from a Link header") from error
    if before[0].year not in STORED_YEARS:
        raise InvalidParameter("nextPageToken", token, "a token from a Link header")
    return before


def _milliseconds(at: datetime) -> str:
    """A time of UTC with three digits behind the second, always: as text they sort as they follow each other."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _job(job: Job) -> dict[str, object]:
    """CaptureJob (EPCIS 2.0 §12.6.1)."""
    record = job.record
    # A running job may be known by its id alone: its time is shown as finely as the id has it, then and later.
    created = begun_at(job.capture_id) or job.created_at
    found: dict[str, object] = {"captureID": str(job.capture_id), "createdAt": _milliseconds(created)}
    if record is not None and not job.running:
        found["finishedAt"] = rfc3339(microseconds_of(record.finished_at))
    found |= {"running": job.running, "success": job.success}
    if record is not None:
        found["captureErrorBehaviour"] = record.error_behaviour
    errors = msgspec.json.decode(record.errors) if record is not None else []
    for one in job.letters:
        errors += msgspec.to_builtins(one.letter.violations)
    found["errors"] = [_job_error(error) for error in errors]
    return found


def _job_error(error: dict[str, str]) -> dict[str, object]:
    return {
        "type": "epcisException:ValidationException",
        "title": "An event is not valid",
        "status": 400,
        "detail": f"{error['pointer']}: expected {error['expected']}, got {error['value']}",
        **error,
    }


def _asked_job(request: Request, capture_id: str) -> Job:
    try:
        number = UUID(capture_id)
    except ValueError as error:
        raise UnknownCapture(capture_id) from error
    jobs: Jobs = request.app.state.services.jobs
    return jobs.job(number)


@router.get(
    "/capture/{capture_id}",
    dependencies=[ONLY_DECLARED],
    responses=reads(401, 404) | gives(200, "The job.", "CaptureJob"),
    openapi_extra=BEARER | {"parameters": WANTED},
)
def capture_job(request: Request, capture_id: CaptureId, _: Key) -> Response:
    """One capture job."""
    accepts_json(request)
    check_wanted(request)
    return json_response(_job(_asked_job(request, capture_id)))


@router.get(
    "/capture/{capture_id}/document",
    dependencies=[ONLY_DECLARED],
    responses=problems(401, 404, 406, 410, 503) | {200: {"description": "The body as it came."}},
    openapi_extra=BEARER,
)
def capture_document(request: Request, capture_id: CaptureId, _: Key) -> Response:
    """The body of a capture, byte for byte as it came.

    410 when one of its events came by another capture too: of several deliveries the bytes of one are kept. 503 while
    the job runs.
    """
    accepts_json(request)
    job = _asked_job(request, capture_id)
    record = job.record
    if record is None or job.running:
        raise StoreUnavailable("the capture job still runs: its events are on their way to the store")
    body = record.frame
    if record.kind != "scans":
        raw = request.app.state.services.reader.events_of_capture(record)
        if len(raw) != record.events:
            missing = record.events - len(raw)
            raise GoneInPart(f"{missing} of its events came by other captures too; the bytes of one delivery are kept")
        body = assemble(record.frame, raw)
    return Response(body, media_type="application/json")


@router.post(
    "/events",
    dependencies=[ONLY_DECLARED],
    status_code=201,
    responses=writes(406, 409) | gives(201, "The event is on disk.", "Event", headers={"Location": "the event"}),
    openapi_extra=BEARER
    | takes("One event with its own @context.", "Event", EVENTS, "application/ld+json")
    | {"parameters": BROUGHT},
)
async def post_event(request: Request) -> Response:
    """Captures one bare event; answers with it when it is on disk.

    409 when another event is stored under its event id; sending the same event again is no error.
    """
    key = await run_in_threadpool(require_key, request)
    check_brought(request)
    accepts_json(request)
    body = await read_body(request, request.app.state.limits.body)
    event, obj = await request.app.state.services.capture.event(body, key.party)
    METRICS.captured.inc()
    return json_response(obj, 201, {"Location": event_path(event.event_id)})


@router.get(
    "/events/{event_id:path}",
    responses=reads(404) | gives(200, "The event and its error declarations.", "Document"),
    openapi_extra={"parameters": [AS_OF, *WANTED]},
)
def get_event(request: Request, event_id: EventId) -> Response:
    """An event and its error declarations, as EPCISQueryDocument; each as it came, with eventID and recordTime.

    `recordTime` is when it was recorded here; the one that it came with stands in the capture's document.
    """
    accepts_json(request)
    check_wanted(request)
    at, lookup = as_of(request), request.app.state.services.lookup
    plain, others = _written(request, event_id)
    try:
        found = lookup.events(others or plain, at)
    except UnknownEvent:
        if not others or not _is_known(lookup, plain):
            raise
        check(request, ("as_of",))  # the query is no part of its id
        found = lookup.events(plain, at)
    return Response(query_document(found, datetime.now(UTC)), headers=VERSIONS, media_type="application/json")


def _is_known(lookup: Lookup, event_ids: list[str]) -> bool:
    with suppress(UnknownEvent):
        return bool(lookup.events(event_ids))
    return False


def _written(request: Request, event_id: str) -> tuple[list[str], list[str]]:
    """What the id in the path may be: decoded as it should be, else as somebody may have pasted it undecoded.

    Then its question mark began a query string, and its percent signs were its own.

    Returns:
        the id without the query, and with it (empty when there is none), each in these ways.
    """
    parameters = request.scope["query_string"].decode("ascii", "replace").split("&")
    query = "&".join(one for one in parameters if not one.startswith("as_of="))
    plain = request.scope["raw_path"].decode("ascii", "replace").partition("/epcis/events/")[2]
    ways = list(dict.fromkeys((event_id, plain)))
    return ways, [f"{one}?{query}" for one in ways if query]
