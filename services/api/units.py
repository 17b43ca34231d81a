"""GET /v1/units: the summary of one thing."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.api.epcis import json_response
from services.api.openapi import AS_OF, ID, gives, reads
from services.api.parameters import ONLY_DECLARED
from services.api.problems import InvalidParameter
from services.api.requests import accepts_json, as_of
from services.domain.chain.containment import Stay
from services.domain.chain.relations import Role, thing_id
from services.domain.chain.units import Deed
from services.domain.times import microseconds_of, rfc3339
from services.usecases.lookup import UnitAnswer

router = APIRouter(prefix="/v1", tags=["Look-up"], dependencies=[ONLY_DECLARED])

NAMED_AS = {
    Role.EPC: "epc",
    Role.QUANTITY: "quantity",
    Role.CHILD: "child",
    Role.CHILD_QUANTITY: "child",
    Role.PARENT: "parent",
    Role.UNPACKED_ALL: "parent",
    Role.INPUT: "input",
    Role.INPUT_QUANTITY: "input",
    Role.OUTPUT: "output",
    Role.OUTPUT_QUANTITY: "output",
}


def unit_json(answer: UnitAnswer) -> dict[str, Any]:
    """The summary as the API gives it: times in UTC with `Z`, ids canonical, arrays in order."""
    unit = answer.unit
    current = [stay for stay in unit.stays if stay.to_us is None]
    return {
        "unit": answer.canonical_id,
        "kind": answer.kind.value,
        "as_of": rfc3339(microseconds_of(answer.as_of)),
        "commissioned": _deed(unit.commissioning) if unit.commissioning else None,
        "ended": rfc3339(unit.end_of_life_us) if unit.end_of_life_us is not None else None,
        "container": thing_id(current[-1].container) if current else None,
        "containers": [_stay(stay) for stay in unit.stays],
        "events": [_deed(deed) for deed in unit.deeds],
        "flags": [{"flag": flag.name, "events": list(flag.events)} for flag in unit.flags],
        "void": unit.void,
    }


def _stay(stay: Stay) -> dict[str, Any]:
    return {
        "container": thing_id(stay.container),
        "from": rfc3339(stay.from_us),
        "to": rfc3339(stay.to_us) if stay.to_us is not None else None,
        "event": stay.opened_by,
    }


def _deed(deed: Deed) -> dict[str, Any]:
    entry = deed.entry
    in_container = entry.role in {Role.CHILD, Role.CHILD_QUANTITY}
    return {
        "event": deed.event_id,
        "event_time": rfc3339(deed.event_time_us),
        "type": entry.event_type,
        "action": entry.action or None,
        "named_as": NAMED_AS[entry.role],
        "container": thing_id(deed.other) if in_container and deed.other else None,
        "biz_step": entry.biz_step or None,
        "disposition": entry.disposition or None,
        "read_point": entry.read_point or None,
        "biz_location": entry.biz_location or None,
    }


@router.get(
    "/units",
    responses=reads(404) | gives(200, "What is known of the thing.", "Unit"),
    openapi_extra={"parameters": [ID, AS_OF]},
)
def unit(request: Request) -> Response:
    """The direct events of a thing in order, its commissioning, and the containers it was in.

    `id`: an EPC URN, a GS1 Digital Link, an element string like `(01)…(21)…`, or another URI.
    `as_of`: an RFC 3339 time; the answer as known then.
    """
    accepts_json(request)
    identifier = request.query_params.get("id")
    if not identifier:
        raise InvalidParameter("id", identifier or "", "an EPC URN, a Digital Link or an element string")
    return json_response(unit_json(request.app.state.services.lookup.unit(identifier, as_of(request))))
