"""API keys, for whoever holds an admin key."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from services.api.epcis import json_response
from services.api.requests import read_body, require_admin
from services.domain.errors import InvalidDocument, Violation
from services.domain.times import microseconds_of, rfc3339
from services.ports import ApiKey
from services.usecases.keys import KeyService

router = APIRouter(prefix="/v1/keys", tags=["API keys"])

Admin = Annotated[ApiKey, Depends(require_admin)]


class NewKey(msgspec.Struct, forbid_unknown_fields=True):
    """What a new key is for.

    Attributes:
        party: canonical id (PGLN) or name of the party that will write with it.
        label: a note for people.
        admin: whether it may manage keys.
    """

    party: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    label: Annotated[str, msgspec.Meta(max_length=200)] = ""
    admin: bool = False


def _view(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.key_id,
        "party": key.party,
        "label": key.label,
        "admin": key.admin,
        "created": rfc3339(microseconds_of(key.created_at)),
        "revoked": None if key.revoked_at is None else rfc3339(microseconds_of(key.revoked_at)),
    }


@router.post("", status_code=201)
async def issue(request: Request) -> Response:
    """Makes a key: `{"party": …, "label": …, "admin": false}`. The answer is the only one that shows it."""
    await run_in_threadpool(require_admin, request)
    body = await read_body(request, request.app.state.limits.body)
    try:
        wanted = msgspec.json.decode(body, type=NewKey)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        text = body[:200].decode("utf-8", "replace")
        raise InvalidDocument([Violation("", text, f"an object with party, label, admin ({error})")]) from error
    keys: KeyService = request.app.state.services.keys
    issued = await run_in_threadpool(keys.issue, wanted.party, wanted.label, admin=wanted.admin)
    return json_response({**_view(issued.key), "key": issued.token}, 201)


@router.get("")
def listing(request: Request, _: Admin) -> Response:
    """All keys, oldest first, without their secrets."""
    return json_response([_view(key) for key in request.app.state.services.keys.list()])


@router.delete("/{key_id}")
def revoke(request: Request, key_id: str, _: Admin) -> Response:
    """Revokes a key. Other processes on the same store believe it for some seconds more."""
    return json_response(_view(request.app.state.services.keys.revoke(key_id)))
