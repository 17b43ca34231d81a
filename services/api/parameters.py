"""The names in a query: whoever misspells one must not be given the answer to another question."""

from collections import Counter
from collections.abc import Collection
from difflib import get_close_matches
from typing import Any

from fastapi import Depends, Request

from services.api.problems import InvalidParameter

AS_OF = "as_of"


def check(request: Request, known: Collection[str]) -> None:
    """Raises InvalidParameter when the query has a parameter that is not known, or one twice."""
    check_once(request, known)
    for name, value in request.query_params.multi_items():
        if name not in known:
            takes = f"this takes {', '.join(known)}" if known else "this takes none"
            close = get_close_matches(name[:40].lower().replace("-", "_"), known, 1)
            meant = f"; did you mean {close[0]}?" if close else ""
            raise InvalidParameter(name[:200], value, f"no parameter of this name: {takes}{meant}")


def check_once(request: Request, names: Collection[str]) -> None:
    """Raises InvalidParameter when the query has one of these parameters twice."""
    counted = Counter(name for name, _ in request.query_params.multi_items())
    for name in names:
        if counted[name] > 1:
            values = request.query_params.getlist(name)
            raise InvalidParameter(name, ", ".join(values)[:200], "it once")


def check_as_of(request: Request) -> None:
    """The same where others' parameters may stand: `as_of` twice, or a name that can only be meant for it."""
    check_once(request, (AS_OF,))
    for name, value in request.query_params.multi_items():
        if name != AS_OF and name.lower().replace("-", "").replace("_", "") == "asof":
            raise InvalidParameter(name, value, "no parameter of this name; did you mean as_of?")


def _of_route(route: Any) -> list[str]:
    declared = (route.openapi_extra or {}).get("parameters", ())
    names = [one["name"] for one in declared if one["in"] == "query"]
    return [*names, *(field.alias for field in route.dependant.query_params)]


async def _only_declared(request: Request) -> None:
    check(request, _of_route(request.scope["route"]))


ONLY_DECLARED = Depends(_only_declared)
"""For a route or router: no query parameter but those that its description names, each once."""
