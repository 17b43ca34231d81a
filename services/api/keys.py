"""API keys, for whoever holds an admin key."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from services.api.epcis import json_response
from services.api.openapi import BEARER, gives, problems, takes, writes
from services.api.parameters import ONLY_DECLARED
from services.api.requests import read_body, require_admin
from services.api.shapes import NEW_KEYS
from services.domain.epcis.json_text import check_bytes, decode_unique
from services.domain.epcis.structure import ABSENT, MOST_VIOLATIONS, short_json, step
from services.domain.errors import InvalidDocument, Violation
from services.domain.times import microseconds_of, rfc3339
from services.ports import ApiKey
from services.usecases.keys import KeyService

router = APIRouter(prefix="/v1/keys", tags=["API keys"], dependencies=[ONLY_DECLARED])

Admin = Annotated[ApiKey, Depends(require_admin)]
KeyId = Annotated[str, Path(description="The part of the key between its two `_`")]
LONGEST = 200
"""Characters of a party or label."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """What a new key is for.

    Attributes:
        party: canonical id (PGLN) or name of the party that will write with it.
        label: a note for people.
        admin: whether it may manage keys.
    """

    party: str
    label: str = ""
    admin: bool = False


def _is_text(value: object, least: int) -> bool:
    return isinstance(value, str) and least <= len(value) <= LONGEST and value.isprintable()


MEMBERS: dict[str, tuple[str, Callable[[object], bool]]] = {
    "party": (f"a text of 1 to {LONGEST} printable characters", lambda value: _is_text(value, 1)),
    "label": (f"a text of at most {LONGEST} printable characters", lambda value: _is_text(value, 0)),
    "admin": ("true or false", lambda value: isinstance(value, bool)),
}


def read_new_key(body: bytes) -> NewKey:
    """What a request for a key asks for.

    Raises:
        InvalidDocument: it is no JSON object with party and, if wanted, label and admin.
    """
    check_bytes(body)
    value = decode_unique(body)
    if not isinstance(value, dict):
        raise InvalidDocument([Violation("", short_json(value), f"an object with {', '.join(MEMBERS)}")])
    found = [
        Violation(step("", name), short_json(value[name]), f"one of {', '.join(MEMBERS)}, no other member")
        for name in sorted(value.keys() - MEMBERS.keys())[:MOST_VIOLATIONS]
    ]
    if "party" not in value:
        found.append(Violation("/party", ABSENT, MEMBERS["party"][0]))
    for name, (words, holds) in MEMBERS.items():
        if name in value and not holds(value[name]):
            found.append(Violation(step("", name), short_json(value[name]), words))
    if found:
        raise InvalidDocument(found)
    return NewKey(**value)


def _view(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.key_id,
        "party": key.party,
        "label": key.label,
        "admin": key.admin,
        "created": rfc3339(microseconds_of(key.created_at)),
        "revoked": None if key.revoked_at is None else rfc3339(microseconds_of(key.revoked_at)),
    }


@router.post(
    "",
    status_code=201,
    responses=writes(403) | gives(201, "The new key; no later answer shows it.", "IssuedKey"),
    openapi_extra=BEARER | takes("Whose key it is.", "NewKey", NEW_KEYS, "application/ld+json"),
)
async def issue(request: Request) -> Response:
    """Makes a key: `{"party": …, "label": …, "admin": false}`. The answer is the only one that shows it."""
    await run_in_threadpool(require_admin, request)
    body = await read_body(request, request.app.state.limits.body)
    wanted = read_new_key(body)
    keys: KeyService = request.app.state.services.keys
    issued = await run_in_threadpool(keys.issue, wanted.party, wanted.label, admin=wanted.admin)
    return json_response({**_view(issued.key), "key": issued.token}, 201)


@router.get("", responses=problems(401, 403, 503) | gives(200, "All keys.", "Key", many=True), openapi_extra=BEARER)
def listing(request: Request, _: Admin) -> Response:
    """All keys, oldest first, without their secrets."""
    return json_response([_view(key) for key in request.app.state.services.keys.list()])


@router.delete(
    "/{key_id}",
    responses=problems(401, 403, 404, 503, 507) | gives(200, "The revoked key.", "Key"),
    openapi_extra=BEARER,
)
def revoke(request: Request, key_id: KeyId, _: Admin) -> Response:
    """Revokes a key. Other processes on the same store believe it for some seconds more."""
    return json_response(_view(request.app.state.services.keys.revoke(key_id)))
