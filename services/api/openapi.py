"""What /openapi.json says beyond what the endpoints' signatures tell: bodies, headers, answers, problems, keys."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from services.api.problems import MEDIA_TYPE
from services.api.shapes import SCHEMAS

Json = dict[str, Any]
Answers = dict[int | str, Json]

BEARER: Json = {"security": [{"Bearer": []}]}
"""For an endpoint that wants a key."""

_PROBLEMS = {
    400: "The request cannot be read, or what it brings is not valid; `errors` names each place.",
    401: "There is no valid API key.",
    403: "The API key does not permit this.",
    404: "There is no such thing.",
    406: "The answer cannot be had in the wanted media type, version or form.",
    408: "The body did not come in time.",
    409: "Another event is stored under this event id.",
    410: "A part of the document came earlier by another capture; its bytes are no longer kept here.",
    413: "The body has too many bytes, too many events, or says too much of too many things.",
    415: "The body is not JSON, or it is compressed.",
    503: "The store cannot be reached; nothing was acknowledged. Send the same request again.",
    507: "The store is full; nothing was acknowledged.",
}
_READ = (400, 406, 503)
_WRITE = (400, 401, 408, 413, 415, 503, 507)

_DESCRIPTION = """
Emitters capture EPCIS 2.0 events or simple scans; everybody looks things up. Writing needs an API key: press
*Authorize* and paste it. Errors are problems (RFC 9457).
"""


class DescribedApi(FastAPI):
    """An application whose description names its problems, its bodies and its keys."""

    def openapi(self) -> Json:
        """The OpenAPI document, made once."""
        if not self.openapi_schema:
            made = get_openapi(
                title=self.title,
                version=self.version,
                summary=self.summary,
                description=_DESCRIPTION,
                routes=self.routes,
            )
            for operations in made["paths"].values():
                for operation in operations.values():
                    operation["responses"].pop("422", None)  # a parameter that cannot be read is 400 here
            bearer = {"type": "http", "scheme": "bearer", "description": "An API key: `tz_…_…`"}
            made["components"] = {"schemas": SCHEMAS, "securitySchemes": {"Bearer": bearer}}
            self.openapi_schema = made
        return self.openapi_schema


def _schema(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def problems(*statuses: int) -> Answers:
    """Answers that are problems."""
    content = {MEDIA_TYPE: {"schema": _schema("Problem")}}
    return {status: {"description": _PROBLEMS[status], "content": content} for status in sorted(set(statuses))}


def reads(*more: int) -> Answers:
    """The problems of an endpoint that reads, and these more."""
    return problems(*_READ, *more)


def writes(*more: int) -> Answers:
    """The problems of an endpoint that takes a body, and these more."""
    return problems(*_WRITE, *more)


def gives(status: int, words: str, shape: str = "", *, many: bool = False, headers: Json | None = None) -> Answers:
    """The answer when all is well.

    Args:
        status: its status.
        words: its description.
        shape: name of the schema of its JSON, "" when it has no body.
        many: it is a list of them.
        headers: name and description of each header.
    """
    answer: Json = {"description": words}
    if shape:
        schema = {"type": "array", "items": _schema(shape)} if many else _schema(shape)
        answer["content"] = {"application/json": {"schema": schema}}
    if headers:
        strings = {name: {"description": text, "schema": {"type": "string"}} for name, text in headers.items()}
        answer["headers"] = strings
    return {status: answer}


def takes(words: str, shape: str, examples: dict[str, Json | list[Json]], *more: str) -> Json:
    """A body, for `openapi_extra`.

    Args:
        words: its description.
        shape: name of its schema.
        examples: example by its name.
        more: media types beside application/json.
    """
    shown = {name: {"summary": name, "value": value} for name, value in examples.items()}
    media = {"schema": _schema(shape), "examples": shown}
    return {
        "requestBody": {
            "description": words,
            "required": True,
            "content": dict.fromkeys(("application/json", *more), media),
        }
    }


def asks(
    where: str, name: str, words: str, *, example: str = "", values: tuple[str, ...] = (), needed: bool = False
) -> Json:
    """A parameter that an endpoint reads by itself.

    Args:
        where: query or header.
        name: its name.
        words: its description.
        example: a value.
        values: all that it may be; any text when empty.
        needed: whether it must be there.
    """
    schema: Json = {"type": "string", "enum": list(values)} if values else {"type": "string"}
    found = {"name": name, "in": where, "description": words, "required": needed, "schema": schema}
    return found | ({"example": example} if example else {})


AS_OF = asks("query", "as_of", "RFC 3339: the answer as it was known then", example="2026-11-24T08:00:00Z")
IDENTIFIER = "An EPC URN, a GS1 Digital Link, an element string like `(01)…(21)…`, an SSCC, or another absolute URI"
ID = asks("query", "id", IDENTIFIER, example="(00)395210000000000019", needed=True)

_VERSION = "the body is written in; 2.0"
BROUGHT = [
    asks("header", "GS1-EPCIS-Version", f"The version of EPCIS that {_VERSION}", example="2.0.0"),
    asks("header", "GS1-CBV-Version", f"The version of CBV that {_VERSION}", example="2.0.0"),
]
WANTED = [
    asks(
        "header",
        f"GS1-{standard}-{end}",
        f"The {words} version of {standard} that the answer may have",
        example="2.0.0",
    )
    for standard in ("EPCIS", "CBV")
    for end, words in (("Min", "lowest"), ("Max", "highest"))
] + [
    asks(
        "header",
        "GS1-EPC-Format",
        "How identifiers are wanted; they come back as they came in, so the Always_… are 406",
        values=("No_Preference", "Never_Translates", "Always_GS1_Digital_Link", "Always_EPC_URN"),
    )
]
