"""Makes every error of the application an answer: a problem for programs, the same words as a page for people."""

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import Match

from services.api.accept import wants_page
from services.api.pages import render
from services.api.problems import MethodNotTaken, NoSuchPath, Problem, problem_of
from services.domain.errors import TianzhuoError, Violation
from services.ports import BusFailed, StoreFailed

METHODS = ("OPTIONS", "HEAD", "GET", "POST", "PUT", "PATCH", "DELETE")
FOR_PROGRAMS = ("/epcis", "/v1/")
"""Routes whose answers are no pages, whoever asks."""
SHOWN_PATH = 200
"""Characters of a path that an answer repeats."""

log = logging.getLogger("tianzhuo.http")


def refusal(request: Request, found: Problem) -> Response:
    """The answer: a page when the caller would rather have one and the route gives pages, or there is none."""
    route = getattr(request.scope.get("route"), "path", "")
    if route.startswith(FOR_PROGRAMS) or not wants_page(request):
        answer = found.document()
    else:
        answer = HTMLResponse(render("refusal.html", problem=found), found.status, found.headers)
    answer.headers["Vary"] = "Accept"
    return answer


def _allowed(app: FastAPI, request: Request) -> list[str]:
    """The methods of all routes of a request's path; the router itself names those of one route."""
    asked = [(method, {**request.scope, "method": method}) for method in METHODS if method != "HEAD"]
    found = [method for method, scope in asked if any(route.matches(scope)[0] is Match.FULL for route in app.routes)]
    return [method for method in METHODS if method in found or (method == "HEAD" and "GET" in found)]


def install(app: FastAPI) -> None:
    """Makes every error of the app an answer."""

    @app.exception_handler(TianzhuoError)
    async def _domain(request: Request, error: TianzhuoError) -> Response:
        if isinstance(error, StoreFailed | BusFailed):
            log.warning("%s", error.reason)
        return refusal(request, problem_of(error))

    @app.exception_handler(RequestValidationError)
    async def _parameters(request: Request, error: RequestValidationError) -> Response:
        found = [
            Violation("/".join(map(str, e["loc"])), str(e.get("input"))[:200], str(e["msg"])) for e in error.errors()
        ]
        return refusal(
            request, Problem(400, "QueryParameterException", "A parameter cannot be read", str(found[0]), found)
        )

    @app.exception_handler(HTTPException)
    async def _http(request: Request, _: HTTPException) -> Response:
        shown = f"{request.method} {request.url.path[:SHOWN_PATH]}"
        allowed = ", ".join(_allowed(app, request))
        if not allowed:
            return refusal(request, problem_of(NoSuchPath(f"{shown}: there is no such path; see /docs")))
        answer = refusal(request, problem_of(MethodNotTaken(f"{shown}: this path takes {allowed}")))
        answer.headers["Allow"] = allowed
        return answer

    @app.exception_handler(Exception)
    async def _unforeseen(request: Request, error: Exception) -> Response:
        found = Problem(500, "ImplementationException", "The service failed", type(error).__name__)
        answer = refusal(request, found)
        answer.headers["X-Request-Id"] = request.state.request_id  # this answer goes past `logged`
        return answer
