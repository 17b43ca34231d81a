"""What every endpoint needs from a request: its body within limits, its key, its preferred answer."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request
from starlette.requests import ClientDisconnect

from services.api.accept import JSON_ANSWERS, quality
from services.api.parameters import check_as_of
from services.api.problems import BodyTooLarge, BodyTooSlow, InvalidParameter, NotAcceptable, UnsupportedMedia
from services.domain.times import parse_time
from services.logs import note
from services.ports import ApiKey
from services.usecases.keys import KeyService, NotAuthenticated, NotPermitted

JSON_TYPES = frozenset({"application/json", "application/ld+json"})
STORED_YEARS = range(1901, 2299)
"""Years of the instants that the store can hold."""


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """How large and how slow a body may be.

    Attributes:
        bytes: of a whole body.
        idle_seconds: between two parts of it.
        total_seconds: for all of it.
    """

    bytes: int
    idle_seconds: float = 15.0
    total_seconds: float = 120.0


async def read_body(request: Request, limits: BodyLimits) -> bytes:
    """The whole body.

    Raises:
        UnsupportedMedia: its Content-Type is not JSON, or it is compressed.
        BodyTooLarge, BodyTooSlow: see `limits`; also when the sender goes away in the middle.
    """
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in JSON_TYPES:
        raise UnsupportedMedia(f"Content-Type: expected {' or '.join(sorted(JSON_TYPES))}, got {media or 'none'!r}")
    encoding = request.headers.get("content-encoding", "identity")
    if encoding != "identity":
        raise UnsupportedMedia(f"Content-Encoding: expected none, got {encoding!r}")
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limits.bytes:
        raise BodyTooLarge(f"the body has {declared} bytes, {limits.bytes} are taken")
    parts: list[bytes] = []
    size = 0
    stream = aiter(request.stream())
    try:
        async with asyncio.timeout(limits.total_seconds):
            while True:
                async with asyncio.timeout(limits.idle_seconds):
                    part = await anext(stream, None)
                if part is None:
                    return b"".join(parts)
                size += len(part)
                if size > limits.bytes:
                    raise BodyTooLarge(f"the body has more than the {limits.bytes} bytes that are taken")
                parts.append(part)
    except TimeoutError as error:
        raise BodyTooSlow(f"the body stopped after {size} bytes, or took over {limits.total_seconds:g} s") from error
    except ClientDisconnect as error:
        raise BodyTooSlow(f"the sender went away after {size} bytes") from error


def require_key(request: Request) -> ApiKey:
    """The valid key of `Authorization: Bearer …`. Blocks while the store is asked.

    Raises:
        NotAuthenticated: no key, or not a valid one.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotAuthenticated("this needs an API key: Authorization: Bearer <key>")
    keys: KeyService = request.app.state.services.keys
    key = keys.authenticate(token.strip())
    note(key_id=key.key_id)
    return key


def require_admin(request: Request) -> ApiKey:
    """The same, for a key that may manage keys.

    Raises:
        NotAuthenticated, NotPermitted
    """
    key = require_key(request)
    if not key.admin:
        raise NotPermitted("this needs an admin key")
    return key


def accepts_json(request: Request) -> None:
    """Raises NotAcceptable when the Accept header allows no JSON."""
    if quality(request, JSON_ANSWERS) == 0:
        raise NotAcceptable(f"Accept: expected application/json, got {request.headers.get('accept')!r}")


def prefers_html(request: Request) -> bool:
    """Whether the caller would rather have a page than JSON.

    Raises:
        NotAcceptable: it wants neither.
    """
    html = quality(request, ("text/html",))
    json = quality(request, JSON_ANSWERS)
    if html == json == 0:
        raise NotAcceptable(f"Accept: expected text/html or application/json, got {request.headers.get('accept')!r}")
    return html > json


def as_of(request: Request) -> datetime | None:
    """The `as_of` parameter, None when absent.

    Raises:
        InvalidParameter: it is there twice or misspelt, no RFC 3339 time with an offset, or outside the store's years.
    """
    check_as_of(request)
    text = request.query_params.get("as_of")
    if text is None:
        return None
    try:
        at = parse_time(text.replace(" ", "+"))  # a + that was not percent-encoded came as a space
    except ValueError as error:
        raise InvalidParameter("as_of", text, "an RFC 3339 time with an offset, e.g. 2026-11-24T08:00:00Z") from error
    if at.year not in STORED_YEARS:
        raise InvalidParameter("as_of", text, "a year from 1901 to 2298")
    return at
