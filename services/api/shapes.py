"""JSON Schemas of bodies and answers, and examples, for /openapi.json. Later versions may add members."""

from typing import Any

from services.domain.epcis.vocabulary import EPCIS_CONTEXT

Json = dict[str, Any]

_TEXT = {"type": "string"}
_FLAG = {"type": "boolean"}
_TIME = {"type": "string", "format": "date-time", "description": "UTC"}
_TEXTS = {"type": "array", "items": _TEXT}


def _or_null(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(members: Json, *optional: str, words: str = "") -> Json:
    required = [name for name in members if name not in optional]
    return {"type": "object", "description": words, "required": required, "properties": members}


def _many(name: str) -> Json:
    return {"type": "array", "items": _ref(name)}


_VIOLATION = {"pointer": _TEXT, "value": _TEXT, "expected": _TEXT}
_PROBLEM = {"type": _TEXT, "title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT}
_KEY = {
    **dict.fromkeys(("id", "party", "label"), _TEXT),
    "admin": _FLAG,
    "created": _TIME,
    "revoked": _or_null(_TIME),
}
_DEED = {
    "event": _TEXT,
    "event_time": _TIME,
    "type": _TEXT,
    "action": _or_null(_TEXT),
    "named_as": {"enum": ["epc", "quantity", "child", "parent", "input", "output"]},
    **{name: _or_null(_TEXT) for name in ("container", "biz_step", "disposition", "read_point", "biz_location")},
}
_STAY = {"container": _TEXT, "from": _TIME, "to": _or_null(_TIME), "event": _TEXT}
_UNIT = {
    "unit": _TEXT,
    "kind": {"enum": ["instance", "lot", "class", "location", "party", "other"]},
    "as_of": _TIME,
    "commissioned": _or_null(_ref("Deed")),
    "ended": _or_null(_TIME),
    "container": _or_null(_TEXT),
    "containers": _many("Stay"),
    "events": _many("Deed"),
    "flags": {"type": "array", "items": _object({"flag": _TEXT, "events": _TEXTS})},
    "void": _TEXTS,
}
_JOB = {
    "captureID": _TEXT,
    "createdAt": _TIME,
    "finishedAt": _TIME,
    "running": _FLAG,
    "success": _FLAG,
    "captureErrorBehaviour": {"enum": ["rollback", "proceed"]},
    "errors": {"type": "array", "items": {"allOf": [_ref("Problem"), _ref("Violation")]}},
}
_DOCUMENT = {
    "@context": {"description": "the context of EPCIS 2.0, and namespaces of one's own"},
    "type": {"enum": ["EPCISDocument", "EPCISQueryDocument"]},
    "schemaVersion": _TEXT,
    "creationDate": _TEXT,
    "epcisBody": {"type": "object", "description": "`eventList`, or `queryResults` of an EPCISQueryDocument"},
}
_EVENT = {"type": _TEXT, "eventTime": _TEXT, "eventTimeZoneOffset": _TEXT}

SCHEMAS: Json = {
    "Problem": _object({**_PROBLEM, "errors": _many("Violation")}, "errors", words="RFC 9457"),
    "Violation": _object(_VIOLATION, words="What is wrong where: an RFC 6901 pointer or a parameter's name"),
    "Document": _object(_DOCUMENT, "schemaVersion", "creationDate", words="An EPCIS 2.0 document"),
    "Event": _object(_EVENT, words="One EPCIS 2.0 event"),
    "CaptureJob": _object(_JOB),
    "Resources": _object({"@context": {}, "type": {"const": "Collection"}, "member": _TEXTS}),
    "Scan": _object({"step": _TEXT, "when": _TEXT, "where": _TEXT}, words="See docs/scans.md for all fields"),
    "Scans": {"anyOf": [_ref("Scan"), _many("Scan")]},
    "ScansTaken": _object({"capture": _TEXT, "events": _TEXTS}),
    "Unit": _object(_UNIT, words="What is known of a thing: docs/chain.md"),
    "Deed": _object(_DEED, words="An event, and how it names the thing"),
    "Stay": _object(_STAY, words="The thing in a container; `to` is null while it lasts"),
    "NewKey": _object({"party": _TEXT, "label": _TEXT, "admin": _FLAG}, "label", "admin"),
    "Key": _object(_KEY),
    "IssuedKey": _object({**_KEY, "key": _TEXT}, words="The only answer that shows the key"),
    "Health": _object({"status": {"const": "ok"}}),
}

SCANS: dict[str, Json | list[Json]] = {
    "one scan": {
        "step": "harvested",
        "when": "2026-07-14T06:40:00+08:00",
        "where": "9521000000018",
        "what": "(01)09521000000117",
        "lot": "PLUM-0714",
        "quantity": 960,
        "unit": "斤",
    },
    "two scans": [
        {"step": step, "when": f"2026-07-14T{hour}:00:00+08:00", "where": "9521000000018", "what": "395210000000001016"}
        for step, hour in (("stored", "09"), ("shipped", "10"))
    ],
}
_SHIPPED: Json = {
    "type": "ObjectEvent",
    "action": "OBSERVE",
    "bizStep": "shipping",
    "eventTime": "2026-07-14T10:00:00+08:00",
    "eventTimeZoneOffset": "+08:00",
    "epcList": ["https://id.gs1.org/00/395210000000001016"],
    "readPoint": {"id": "https://id.gs1.org/414/9521000000018"},
}
EVENTS: dict[str, Json | list[Json]] = {"a shipment": {"@context": EPCIS_CONTEXT, **_SHIPPED}}
DOCUMENTS: dict[str, Json | list[Json]] = {
    "one event": {
        "@context": EPCIS_CONTEXT,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-07-14T10:00:01+08:00",
        "epcisBody": {"eventList": [_SHIPPED]},
    }
}
NEW_KEYS: dict[str, Json | list[Json]] = {
    "a base": {"party": "https://id.gs1.org/417/9521000000018", "label": "handhelds of base 1"}
}
