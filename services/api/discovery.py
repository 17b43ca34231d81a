"""Discovery of the EPCIS 2.0 interface: its resources by GET /epcis, its versions and limits by OPTIONS."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.api.epcis import BEHAVIOUR, CaptureId, EventId, json_response
from services.api.openapi import WANTED, gives, problems
from services.api.parameters import ONLY_DECLARED
from services.api.requests import accepts_json
from services.api.versions import DISCOVERY, check_wanted
from services.domain.epcis.vocabulary import EPCIS_CONTEXT

router = APIRouter(prefix="/epcis", tags=["EPCIS 2.0"])

RESOURCES = ("capture", "events")
"""The top-level resources that are served."""


def _discovery(allow: str, limits: dict[str, str] | None = None) -> Response:
    return Response(status_code=204, headers={**DISCOVERY, "Allow": allow, **(limits or {})})


@router.get("/", include_in_schema=False)
@router.get(
    "",
    dependencies=[ONLY_DECLARED],
    responses=problems(400, 406) | gives(200, "Their names.", "Resources"),
    openapi_extra={"parameters": WANTED},
)
def resources(request: Request) -> Response:
    """The top-level resources that are served here, as an EPCIS Collection."""
    accepts_json(request)
    check_wanted(request)
    return json_response({"@context": EPCIS_CONTEXT, "type": "Collection", "member": RESOURCES})


@router.options("/", status_code=204, include_in_schema=False)
@router.options("", status_code=204)
def root_options() -> Response:
    """The versions spoken here, in headers."""
    return _discovery("OPTIONS, GET")


@router.options("/capture", status_code=204)
def capture_options(request: Request) -> Response:
    """The limits and versions of the capture interface, in headers."""
    limits = request.app.state.limits
    headers = {
        "GS1-EPCIS-Capture-Limit": str(limits.events),
        "GS1-EPCIS-Capture-File-Size-Limit": str(limits.body.bytes),
        BEHAVIOUR: "all",
    }
    return _discovery("OPTIONS, GET, POST", headers)


@router.options("/capture/{capture_id}", status_code=204)
def capture_job_options(capture_id: CaptureId) -> Response:
    """The versions spoken here, in headers."""
    del capture_id
    return _discovery("OPTIONS, GET")


@router.options("/capture/{capture_id}/document", status_code=204)
def capture_document_options(capture_id: CaptureId) -> Response:
    """The versions spoken here, in headers."""
    del capture_id
    return _discovery("OPTIONS, GET")


@router.options("/events", status_code=204)
def events_options(request: Request) -> Response:
    """The size limit and versions of the events resource, in headers."""
    return _discovery("OPTIONS, POST", {"GS1-EPCIS-Capture-File-Size-Limit": str(request.app.state.limits.body.bytes)})


@router.options("/events/{event_id:path}", status_code=204)
def event_options(event_id: EventId) -> Response:
    """The versions spoken here, in headers."""
    del event_id
    return _discovery("OPTIONS, GET")
