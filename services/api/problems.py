"""Errors as RFC 9457 problems: one table from domain errors to status and type (types of EPCIS 2.0 §12)."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.routing import Match

from services.domain.errors import InvalidDocument, InvalidIdentifier, TianzhuoError, TooManyEvents, Violation
from services.ports import BusUnavailable, CaptureTooLarge, StoreFull, StoreUnavailable
from services.usecases.capture import EventIdTaken
from services.usecases.keys import NoSuchKey, NotAuthenticated, NotPermitted
from services.usecases.lookup import UnknownCapture, UnknownEvent, UnknownThing

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5


class BodyTooLarge(TianzhuoError):
    """A request's body is larger than the service takes."""


class BodyTooSlow(TianzhuoError):
    """A request's body did not come in time, or its sender went away."""


class UnsupportedMedia(TianzhuoError):
    """A request's Content-Type is not one that the endpoint reads."""


class NotAcceptable(TianzhuoError):
    """A request's Accept allows nothing that the endpoint can answer."""


class InvalidParameter(TianzhuoError):
    """A query parameter or header has a value that it cannot have."""

    def __init__(self, name: str, value: str, expected: str) -> None:
        super().__init__(f"{name}: expected {expected}, got {value!r}")
        self.violation = Violation(name, value[:200], expected)


class GoneInPart(TianzhuoError):
    """A capture's document can no longer be put together byte for byte."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How a sort of error is answered: status, `type` and `title` of the problem."""

    status: HTTPStatus
    type: str
    title: str


TABLE: dict[type[Exception], Kind] = {
    InvalidDocument: Kind(HTTPStatus.BAD_REQUEST, "ValidationException", "The document is not valid"),
    InvalidIdentifier: Kind(HTTPStatus.BAD_REQUEST, "QueryParameterException", "The identifier cannot be read"),
    InvalidParameter: Kind(HTTPStatus.BAD_REQUEST, "QueryParameterException", "A parameter cannot be read"),
    NotAuthenticated: Kind(HTTPStatus.UNAUTHORIZED, "SecurityException", "A valid API key is needed"),
    NotPermitted: Kind(HTTPStatus.FORBIDDEN, "SecurityException", "The API key does not permit this"),
    UnknownThing: Kind(HTTPStatus.NOT_FOUND, "NoSuchResourceException", "Nothing is known of this"),
    UnknownEvent: Kind(HTTPStatus.NOT_FOUND, "NoSuchResourceException", "There is no such event"),
    UnknownCapture: Kind(HTTPStatus.NOT_FOUND, "NoSuchResourceException", "There is no such capture job"),
    NoSuchKey: Kind(HTTPStatus.NOT_FOUND, "NoSuchResourceException", "There is no such API key"),
    NotAcceptable: Kind(HTTPStatus.NOT_ACCEPTABLE, "NotAcceptableException", "No acceptable media type"),
    BodyTooSlow: Kind(HTTPStatus.REQUEST_TIMEOUT, "ValidationException", "The body did not come in time"),
    EventIdTaken: Kind(HTTPStatus.CONFLICT, "ResourceAlreadyExistsException", "The event id is taken"),
    GoneInPart: Kind(HTTPStatus.GONE, "NoSuchResourceException", "The document is no longer whole"),
    TooManyEvents: Kind(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "CaptureLimitExceededException", "Too many events"),
    CaptureTooLarge: Kind(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "CaptureLimitExceededException", "Too much is said of too many things"
    ),
    BodyTooLarge: Kind(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "CaptureLimitExceededException", "Too many bytes"),
    UnsupportedMedia: Kind(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaTypeException", "Wrong media type"),
    StoreFull: Kind(HTTPStatus.INSUFFICIENT_STORAGE, "ImplementationException", "The store is full"),
    BusUnavailable: Kind(HTTPStatus.SERVICE_UNAVAILABLE, "ImplementationException", "Kafka cannot be reached"),
    StoreUnavailable: Kind(HTTPStatus.SERVICE_UNAVAILABLE, "ImplementationException", "The store cannot be reached"),
}


def problem(status: int, kind: str, title: str, detail: str, violations: list[Violation] | None = None) -> Response:
    """A problem response (RFC 9457).

    Args:
        status: HTTP status.
        kind: the exception's name in EPCIS 2.0, without its scheme.
        title: in words, the same for every error of the kind.
        detail: in words, what went wrong this time.
        violations: what is wrong where, as extension member `errors`.
    """
    body: dict[str, Any] = {"type": f"epcisException:{kind}", "title": title, "status": status, "detail": detail}
    if violations:
        body["errors"] = violations
    headers = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.INSUFFICIENT_STORAGE}:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    if status == HTTPStatus.REQUEST_TIMEOUT:
        headers["Connection"] = "close"
    return Response(msgspec.json.encode(body), status, headers, MEDIA_TYPE)


def of_error(error: TianzhuoError) -> Response:
    """The problem of a domain error."""
    kind = next((TABLE[cls] for cls in type(error).__mro__ if cls in TABLE), None)
    if kind is None:
        return problem(500, "ImplementationException", "The service failed", type(error).__name__)
    violations = error.violations if isinstance(error, InvalidDocument) else None
    if isinstance(error, InvalidParameter):
        violations = [error.violation]
    if isinstance(error, InvalidIdentifier):
        violations = [Violation("id", error.text[:200], error.expected)]
    detail = str(error) if not isinstance(error, InvalidDocument) else f"{len(error.violations)} error(s): {error}"
    return problem(kind.status, kind.type, kind.title, detail[:2000], violations)


def _allowed(app: FastAPI, request: Request) -> list[str]:
    """The methods of all routes of a request's path; the router itself names those of one route."""
    methods = ("OPTIONS", "HEAD", "GET", "POST", "PUT", "PATCH", "DELETE")
    asked = [(method, {**request.scope, "method": method}) for method in methods]
    return [method for method, scope in asked if any(route.matches(scope)[0] is Match.FULL for route in app.routes)]


def install(app: FastAPI) -> None:
    """Makes every error of the app a problem."""

    @app.exception_handler(TianzhuoError)
    async def _domain(_: Request, error: TianzhuoError) -> Response:
        return of_error(error)

    @app.exception_handler(RequestValidationError)
    async def _parameters(_: Request, error: RequestValidationError) -> Response:
        found = [
            Violation("/".join(map(str, e["loc"])), str(e.get("input"))[:200], str(e["msg"])) for e in error.errors()
        ]
        return problem(400, "QueryParameterException", "A parameter cannot be read", str(found[0]), found)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        status = HTTPStatus(error.status_code)
        kind = {404: "NoSuchResourceException", 405: "ImplementationException"}.get(status, "ImplementationException")
        answer = problem(status, kind, status.phrase, str(error.detail))
        answer.headers.update(error.headers or {})
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            answer.headers["Allow"] = ", ".join(_allowed(app, request))
        return answer

    @app.exception_handler(Exception)
    async def _unforeseen(request: Request, error: Exception) -> Response:
        answer = problem(500, "ImplementationException", "The service failed", type(error).__name__)
        answer.headers["X-Request-Id"] = request.state.request_id  # this answer goes past `logged`
        return answer
