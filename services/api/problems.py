"""Errors as RFC 9457 problems: one table from domain errors to status and type (types of EPCIS 2.0 §12)."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi.responses import Response

from services.domain.errors import InvalidDocument, InvalidIdentifier, TianzhuoError, TooManyEvents, Violation
from services.ports import BusFailed, BusUnavailable, CaptureTooLarge, StoreFailed, StoreFull, StoreUnavailable
from services.usecases.capture import EventIdTaken
from services.usecases.keys import NoSuchKey, NotAuthenticated, NotPermitted
from services.usecases.lookup import UnknownCapture, UnknownEvent, UnknownThing

MEDIA_TYPE = "application/problem+json"
TOLD: dict[type[Exception], str] = {StoreFailed: "the store does not answer", BusFailed: "Kafka does not answer"}
"""What callers hear of failures whose own words are for whoever runs the service."""
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


class NoSuchPath(TianzhuoError):
    """No endpoint has this path."""


class MethodNotTaken(TianzhuoError):
    """The path is one, but not for this method; `Allow` names those that it takes."""


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
    NoSuchPath: Kind(HTTPStatus.NOT_FOUND, "NoSuchResourceException", "There is no such path"),
    MethodNotTaken: Kind(
        HTTPStatus.METHOD_NOT_ALLOWED, "ImplementationException", "The path does not take this method"
    ),
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


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem (RFC 9457), before it is a document or a page.

    Attributes:
        status: HTTP status.
        kind: the exception's name in EPCIS 2.0, without its scheme.
        title: in words, the same for every error of the kind.
        detail: in words, what went wrong this time.
        violations: what is wrong where, as extension member `errors`.
    """

    status: int
    kind: str
    title: str
    detail: str
    violations: list[Violation] | None = None

    @property
    def headers(self) -> dict[str, str]:
        """What its answer says beside it."""
        headers = {}
        if self.status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = "Bearer"
        if self.status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.INSUFFICIENT_STORAGE}:
            headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        if self.status == HTTPStatus.REQUEST_TIMEOUT:
            headers["Connection"] = "close"
        return headers

    def document(self) -> Response:
        """The answer for a program."""
        body: dict[str, Any] = {
            "type": f"epcisException:{self.kind}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.violations:
            body["errors"] = self.violations
        return Response(msgspec.json.encode(body), self.status, self.headers, MEDIA_TYPE)


def problem_of(error: TianzhuoError) -> Problem:
    """The problem of a domain error."""
    kind = next((TABLE[cls] for cls in type(error).__mro__ if cls in TABLE), None)
    if kind is None:
        return Problem(500, "ImplementationException", "The service failed", type(error).__name__)
    violations = error.violations if isinstance(error, InvalidDocument) else None
    if isinstance(error, InvalidParameter):
        violations = [error.violation]
    if isinstance(error, InvalidIdentifier):
        violations = [Violation("id", error.text[:200], error.expected)]
    detail = TOLD.get(type(error)) or str(error)
    if isinstance(error, InvalidDocument):
        detail = f"{len(error.violations)} error(s): {error}"
    return Problem(kind.status, kind.type, kind.title, detail[:2000], violations)
