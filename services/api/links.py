"""GS1 Digital Link: /01/…, /00/…, /414/… give a plain page or JSON, by Accept."""

from functools import partial
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.api.epcis import event_path, json_response
from services.api.openapi import AS_OF, ID, gives, reads
from services.api.pages import render
from services.api.parameters import check_once
from services.api.problems import problem_of
from services.api.requests import as_of, prefers_html
from services.api.units import unit_json
from services.domain.errors import InvalidIdentifier
from services.domain.identifiers import CANONICAL, gs1_canonical, parse_identifier
from services.domain.times import microseconds_of, rfc3339
from services.usecases.lookup import UnitAnswer, UnknownThing

router = APIRouter(tags=["Digital Link"])

Rest = Annotated[str, Path(description="The key's value, then qualifiers: `09521000000117/21/A1` behind `/01/`")]

PRIMARY_KEYS = ("00", "01", "253", "255", "401", "402", "414", "417", "8003", "8004", "8006", "8010", "8017", "8018")
TAKES = {"00": "an SSCC of 18 digits", "01": "a GTIN of 8, 12, 13 or 14 digits", "414": "a GLN of 13 digits"}
"""What stands behind a key; of the others GS1's General Specifications tell it."""
EXAMPLE = "/01/09521000000117/21/A1"

_PAGE = {"text/html": {"schema": {"type": "string"}}}
_ANSWERS = reads(404) | gives(200, "What is known of the thing.", "Unit")
for _status in (200, 400, 404):  # a person gets pages
    _ANSWERS[_status]["content"] = _ANSWERS[_status]["content"] | _PAGE


def page_path(identifier: str, as_of: str | None = None) -> str:
    """The path at which this service shows a thing: its Digital Link path, or a search for ids that are not GS1's.

    Args:
        identifier: the thing. Only a GS1 id becomes a path: any other URI, `https://id.gs1.org//host/` too, might
            lead elsewhere.
        as_of: show it as known then; a time as it was asked for.
    """
    if gs1_canonical(identifier) == identifier:
        path, joint = "/" + identifier.removeprefix(CANONICAL), "?"
    else:
        path, joint = "/search?id=" + quote(identifier, safe=""), "&"
    return path if as_of is None else f"{path}{joint}as_of={quote(as_of, safe='')}"


@router.get(
    "/search",
    response_class=Response,
    responses=_ANSWERS | {303: {"description": "The thing is at its Digital Link path."}},
    openapi_extra={"parameters": [ID, AS_OF]},
)
def search(request: Request) -> Response:
    """Leads from any form of an identifier to its page."""
    as_of(request)  # what cannot be read is told here, not where the redirection leads
    check_once(request, ("id",))
    text = request.query_params.get("id", "").strip()
    try:
        identifier = parse_identifier(text)
    except InvalidIdentifier:
        return _answer(request, text)
    path = page_path(identifier, request.query_params.get("as_of"))
    return _answer(request, identifier) if path.startswith("/search") else RedirectResponse(path, 303)


def digital_link(request: Request, rest: Rest) -> Response:
    """The thing that a GS1 Digital Link names: a page for people, JSON for programs."""
    del rest  # the path as it came still has its percent-encoding, which the identifier needs
    path = request.scope["raw_path"].decode("ascii", "replace").lstrip("/")
    return _answer(request, CANONICAL + path)


def _answer(request: Request, identifier: str) -> Response:
    answer = _page(request, identifier) if prefers_html(request) else _json(request, identifier)
    answer.headers["Vary"] = "Accept"  # refusals too: a cache in between must not give a person's page to a program
    return answer


def _unit(request: Request, identifier: str) -> UnitAnswer:
    """What is known of a thing.

    Raises:
        UnknownThing, StoreUnavailable
        InvalidIdentifier: no event names it, and its path is none that GS1 allows.
    """
    try:
        found: UnitAnswer = request.app.state.services.lookup.unit(identifier, as_of(request))
    except UnknownThing as error:
        key, _, rest = error.canonical_id.removeprefix(CANONICAL).partition("/")
        if key in PRIMARY_KEYS and gs1_canonical(error.canonical_id) is None:
            value = TAKES.get(key, f"a value of GS1's application identifier {key}")
            raise InvalidIdentifier(
                rest, f"{value} behind /{key}/, then only its qualifiers, as in {EXAMPLE}"
            ) from error
        raise
    return found


def _page(request: Request, identifier: str) -> Response:
    try:
        unit = unit_json(_unit(request, identifier))
    except UnknownThing as error:
        at = rfc3339(microseconds_of(error.as_of)) if error.as_of else ""
        return HTMLResponse(
            render("unknown.html", identifier=error.canonical_id, as_of=at, is_class=error.is_class), 404
        )
    except InvalidIdentifier as error:
        return HTMLResponse(render("invalid.html", identifier=error.text, expected=error.expected), 400)
    link = partial(page_path, as_of=request.query_params.get("as_of"))
    return HTMLResponse(render("unit.html", unit=unit, link=link, event_path=event_path))


def _json(request: Request, identifier: str) -> Response:
    try:
        return json_response(unit_json(_unit(request, identifier)))
    except (UnknownThing, InvalidIdentifier) as error:
        return problem_of(error).document()


for _key in PRIMARY_KEYS:
    router.add_api_route(
        f"/{_key}/{{rest:path}}",
        digital_link,
        methods=["GET"],
        name=f"digital_link_{_key}",
        response_class=Response,
        responses=_ANSWERS,
        openapi_extra={"parameters": [AS_OF]},
    )
