"""GS1 Digital Link: /01/…, /00/…, /414/… give a plain page or JSON, by Accept."""

from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.api.epcis import json_response
from services.api.pages import render
from services.api.problems import of_error
from services.api.requests import as_of, prefers_html
from services.api.units import unit_json
from services.domain.errors import InvalidIdentifier
from services.domain.identifiers import CANONICAL, parse_identifier
from services.usecases.lookup import UnknownThing

router = APIRouter(tags=["Digital Link"])

PRIMARY_KEYS = ("00", "01", "253", "255", "401", "402", "414", "417", "8003", "8004", "8006", "8010", "8017", "8018")


def page_path(identifier: str) -> str:
    """The path at which this service shows a thing: its Digital Link path, or a search for ids that are not GS1's."""
    if identifier.startswith(CANONICAL):
        return "/" + identifier.removeprefix(CANONICAL)
    return "/search?id=" + quote(identifier, safe="")


@router.get("/search", response_class=Response)
def search(request: Request) -> Response:
    """Leads from any form of an identifier to its page."""
    text = request.query_params.get("id", "").strip()
    try:
        identifier = parse_identifier(text)
    except InvalidIdentifier as error:
        return HTMLResponse(render("invalid.html", identifier=error.text, expected=error.expected), 400)
    if identifier.startswith(CANONICAL):
        return RedirectResponse(page_path(identifier), 303)
    return _answer(request, identifier)


def digital_link(request: Request, rest: str) -> Response:
    """The thing that a GS1 Digital Link names: a page for people, JSON for programs."""
    del rest  # the path as it came still has its percent-encoding, which the identifier needs
    path = request.scope["raw_path"].decode("ascii", "replace").lstrip("/")
    return _answer(request, CANONICAL + path)


def _answer(request: Request, identifier: str) -> Response:
    answer = _page(request, identifier) if prefers_html(request) else _json(request, identifier)
    answer.headers["Vary"] = "Accept"  # refusals too: a cache in between must not give a person's page to a program
    return answer


def _page(request: Request, identifier: str) -> Response:
    try:
        unit = unit_json(request.app.state.services.lookup.unit(identifier, as_of(request)))
    except UnknownThing as error:
        return HTMLResponse(render("unknown.html", identifier=error.canonical_id), 404)
    except InvalidIdentifier as error:
        return HTMLResponse(render("invalid.html", identifier=error.text, expected=error.expected), 400)
    return HTMLResponse(render("unit.html", unit=unit, link=page_path))


def _json(request: Request, identifier: str) -> Response:
    try:
        return json_response(unit_json(request.app.state.services.lookup.unit(identifier, as_of(request))))
    except (UnknownThing, InvalidIdentifier) as error:
        return of_error(error)


for _key in PRIMARY_KEYS:
    router.add_api_route(
        f"/{_key}/{{rest:path}}", digital_link, methods=["GET"], name=f"digital_link_{_key}", response_class=Response
    )
