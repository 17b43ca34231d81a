"""The CBV 2.0 event hash: the same event gives the same hash, however it is written (CBV 2.0 §8.9).

It is a name for an event, not a proof of what it says: different events may have one hash (see `content`).

The pre-hash string is built straight from the JSON object along one template; only extensions are walked generically.
Members stand in the canonical property order, what the order does not name (transactions, sources, destinations, ILMD,
extensions) follows sorted. eventID, recordTime, errorDeclaration and rdfs:comment are not part of what happened.
"""

from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from typing import Any

import msgspec

from services.domain.epcis.context import Context
from services.domain.epcis.events import EVENT_TYPES
from services.domain.epcis.prehash_values import (
    ALERT_TERMS,
    BIZ_STEP_TERMS,
    BIZ_TRANSACTION_TERMS,
    COMPONENT_TERMS,
    DISPOSITION_TERMS,
    MEASUREMENT_TERMS,
    SOURCE_DEST_TERMS,
    Terms,
    id_value,
    scalar_value,
    term_value,
    time_text,
)
from services.domain.identifiers import gs1_canonical

Json = Mapping[str, Any]
Writer = Callable[[Any, Context], str]

_COMMENT = "{http://www.w3.org/2000/01/rdf-schema#}comment"
_IGNORED = frozenset({"type", "eventID", "recordTime", "errorDeclaration", "@context"})


def prehash(event: Json, context: Context) -> str:
    """The pre-hash string of an event: what the hash is computed over, good for seeing why two hashes differ.

    Args:
        event: the decoded JSON object of a valid event.
        context: its JSON-LD context, the event's own merged into the document's; names the fields to ignore.
    """
    rest: list[str] = []
    if event["type"] not in EVENT_TYPES:
        event, others = standard_part(event)
        rest = [text for name, value in others.items() for text in _extension(name, value, context)]
    parts = ["eventType=", id_value(event["type"])]
    for name, write in _TEMPLATE:
        value = event.get(name)
        if value is not None:
            parts.append(write(value, context))
    for name, value in event.items():
        if name not in _IN_TEMPLATE:
            rest += _member(name, value, context)
        elif (misplaced := _MISPLACED.get(name)) is not None:
            rest += misplaced(name, value, context)
    rest.sort()
    return "".join(parts + rest)


def event_hash(event: Json, context: Context) -> str:
    """The event hash as URI: `ni:///sha-256;…?ver=CBV2.0`. Arguments as for `prehash`."""
    digest = sha256(prehash(event, context).encode("utf-8", "surrogatepass"))
    return f"ni:///sha-256;{digest.hexdigest()}?ver=CBV2.0"


def standard_part(event: Json) -> tuple[Json, Json]:
    """An event of a type of one's own: the members as the standard knows them, and the others.

    The schema leaves such an event free to use a standard name for something else; that is an extension then.
    """
    fitting: dict[str, Any] = {}
    others: dict[str, Any] = {}
    for name, value in event.items():
        try:
            if name in _SHAPES:
                msgspec.convert(value, _SHAPES[name])
            fitting[name] = value
        except msgspec.ValidationError:
            others[name] = value
    return fitting, others


def _member(name: str, value: Any, context: Context) -> list[str]:
    """What a member gives that is not in the template."""
    if name in _IGNORED:
        return []
    if (write := _UNORDERED.get(name)) is not None:
        return [write(value, context)]
    qualified = context.qualified(name)
    return [] if qualified in context.ignored else _extension(qualified, value, context)


# --- single members -------------------------------------------------------------------------------------------------


def _time(name: str) -> Writer:
    stem = name + "="
    return lambda value, _: stem + time_text(value)


def _scalar(name: str) -> Writer:
    def write(value: Any, _: Context) -> str:
        text = scalar_value(value)
        return f"{name}={text}" if text else ""

    return write


def _id(name: str) -> Writer:
    stem = name + "="
    return lambda value, _: stem + id_value(value)


def _term(name: str, terms: Terms) -> Writer:
    stem = name + "="
    return lambda value, _: stem + term_value(value, terms)


def _ids(name: str, stem: str) -> Writer:
    """A list of identifiers: the name once, then every one after `stem`, sorted."""

    def write(value: Any, _: Context) -> str:
        if not value:
            return ""
        texts = [gs1_canonical(one) or id_value(one) for one in value]
        texts.sort()
        return name + stem + stem.join(texts)

    return write


def _listed(name: str, element: str, write_element: Callable[[Json, Context], str]) -> Writer:
    """A list of objects: the name once, then every non-empty object after the element's name, sorted."""

    def write(value: Any, context: Context) -> str:
        found = sorted(filter(None, (write_element(one, context) for one in value)))
        return name + element + element.join(found) if found else ""

    return write


def _members(item: Json, order: tuple[tuple[str, Writer], ...], context: Context) -> str:
    """The members of an object in order, then its extensions, sorted."""
    parts: list[str] = []
    taken = 0
    for name, write in order:
        value = item.get(name)
        if value is not None:
            taken += 1
            parts.append(write(value, context))
    if taken < len(item):
        parts += sorted(_extensions({name: value for name, value in item.items() if ":" in name}, context))
    return "".join(parts)


def _object(name: str, *order: tuple[str, Writer]) -> Writer:
    def write(value: Any, context: Context) -> str:
        text = _members(value, order, context)
        return name + text if text else ""

    return write


def _certificates(value: Any, _: Context) -> str:
    texts = sorted(id_value(one) for one in ([value] if isinstance(value, str) else value))
    return "".join(f"certificationInfo={text}" for text in texts)


def _persistent(value: Json, _: Context) -> str:
    parts: list[str] = []
    for name in ("set", "unset"):
        terms = value.get(name) or ()
        parts += sorted(f"{name}={term_value(one, DISPOSITION_TERMS)}" for one in terms)
    return "persistentDisposition" + "".join(parts) if parts else ""


def _typed(terms: Terms, name: str) -> Callable[[Json, Context], str]:
    """A transaction, source or destination: its type, then itself."""

    def write(item: Json, _: Context) -> str:
        kind = item.get("type")
        text = f"{name}={id_value(item[name])}"
        return text if kind is None else f"type={term_value(kind, terms)}{text}"

    return write


# --- extensions -----------------------------------------------------------------------------------------------------


def _extension(name: str, value: Any, context: Context) -> list[str]:
    """What one member gives: an entry for every element of a list, none for null or for an rdfs:comment."""
    if value is None or name == _COMMENT:
        return []
    if isinstance(value, list):
        return [text for one in value for text in _element(name, one, context)]
    if isinstance(value, Mapping):
        return [name + "".join(sorted(_extensions(value, context)))]
    text = scalar_value(value)
    return [f"{name}={text}" if text else name]


def _element(name: str, value: Any, context: Context) -> list[str]:
    """An element of a list stands like a member of that name; a list in a list as a nameless list below it."""
    if isinstance(value, list):
        return [name + "".join(sorted(text for one in value for text in _element("", one, context)))]
    return _extension(name, value, context)


def _extensions(members: Json, context: Context) -> Iterable[str]:
    for name, value in members.items():
        yield from _extension(context.qualified(name), value, context)


def _ilmd(value: Json, context: Context) -> str:
    return "ilmd" + "".join(sorted(_extensions(value, context)))


# Members that are neither in the template nor named like extensions (a bizRules in a report, say): the vectors have
# them after the template, under the names of what they stand in.


def _misplaced_in_sensors(name: str, elements: Any, context: Context) -> list[str]:
    found: list[str] = []
    for element in elements:
        below = _misplaced_in("sensorMetadata", element.get("sensorMetadata") or {}, _IN_METADATA, context)
        for report in element["sensorReport"]:
            below += _misplaced_in("sensorReport", report, _IN_REPORT, context)
        if below:
            found.append("sensorElement" + "".join(sorted(below)))
    return [name + "".join(sorted(found))] if found else []


def _misplaced_in_place(name: str, place: Json, context: Context) -> list[str]:
    return _misplaced_in(name, place, _IN_PLACE, context) if len(place) > 1 else []


def _misplaced_in(name: str, item: Json, known: frozenset[str], context: Context) -> list[str]:
    unknown = {member: value for member, value in item.items() if member not in known and ":" not in member}
    text = "".join(sorted(_extensions(unknown, context))) if unknown else ""
    return [name + text] if text else []


# --- the template ---------------------------------------------------------------------------------------------------

_QUANTITY = (("epcClass", _id("epcClass")), ("quantity", _scalar("quantity")), ("uom", _scalar("uom")))
_METADATA = (
    *((name, _time(name)) for name in ("time", "startTime", "endTime")),
    *((name, _id(name)) for name in ("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules")),
)
_REPORT = (
    ("type", _term("type", MEASUREMENT_TERMS)),
    ("exception", _term("exception", ALERT_TERMS)),
    *((name, _id(name)) for name in ("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod")),
    ("time", _time("time")),
    *((name, _id(name)) for name in ("microorganism", "chemicalSubstance")),
    ("value", _scalar("value")),
    ("component", _term("component", COMPONENT_TERMS)),
    *((name, _scalar(name)) for name in ("stringValue", "booleanValue", "hexBinaryValue")),
    ("uriValue", _id("uriValue")),
    *((name, _scalar(name)) for name in ("minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue", "uom")),
    ("coordinateReferenceSystem", _id("coordinateReferenceSystem")),
)
_IN_METADATA = frozenset(name for name, _ in _METADATA)
_IN_REPORT = frozenset(name for name, _ in _REPORT)
_IN_PLACE = frozenset({"id"})


def _quantity(item: Json, context: Context) -> str:
    return _members(item, _QUANTITY, context)


def _report(item: Json, context: Context) -> str:
    return _members(item, _REPORT, context)


_SENSOR_ELEMENT = (
    ("sensorMetadata", _object("sensorMetadata", *_METADATA)),
    ("sensorReport", _listed("", "sensorReport", _report)),
)


def _sensor_element(item: Json, context: Context) -> str:
    return _members(item, _SENSOR_ELEMENT, context)


_TEMPLATE: tuple[tuple[str, Writer], ...] = (
    ("eventTime", _time("eventTime")),
    ("eventTimeZoneOffset", lambda value, _: "eventTimeZoneOffset=" + value),
    ("certificationInfo", _certificates),
    ("epcList", _ids("epcList", "epc=")),
    ("parentID", _id("parentID")),
    ("inputEPCList", _ids("inputEPCList", "epc=")),
    ("childEPCs", _ids("childEPCs", "epc=")),
    *(
        (name, _listed(name, "quantityElement", _quantity))
        for name in ("quantityList", "childQuantityList", "inputQuantityList")
    ),
    ("outputEPCList", _ids("outputEPCList", "epc=")),
    ("outputQuantityList", _listed("outputQuantityList", "quantityElement", _quantity)),
    ("action", lambda value, _: "action=" + value),
    ("transformationID", _id("transformationID")),
    ("bizStep", _term("bizStep", BIZ_STEP_TERMS)),
    ("disposition", _term("disposition", DISPOSITION_TERMS)),
    ("persistentDisposition", _persistent),
    ("readPoint", _object("readPoint", ("id", _id("id")))),
    ("bizLocation", _object("bizLocation", ("id", _id("id")))),
    ("sensorElementList", _listed("sensorElementList", "sensorElement", _sensor_element)),
)
_IN_TEMPLATE = frozenset(name for name, _ in _TEMPLATE)
_UNORDERED: dict[str, Writer] = {
    "bizTransactionList": _listed("bizTransactionList", "", _typed(BIZ_TRANSACTION_TERMS, "bizTransaction")),
    "sourceList": _listed("sourceList", "", _typed(SOURCE_DEST_TERMS, "source")),
    "destinationList": _listed("destinationList", "", _typed(SOURCE_DEST_TERMS, "destination")),
    "ilmd": _ilmd,
}
_MISPLACED: dict[str, Callable[[str, Any, Context], list[str]]] = {
    "sensorElementList": _misplaced_in_sensors,
    "readPoint": _misplaced_in_place,
    "bizLocation": _misplaced_in_place,
}
# What the standard's members look like in the standard's event types.
_SHAPES: dict[str, Any] = {
    field.encode_name: field.type
    for kind in EVENT_TYPES.values()
    for field in msgspec.structs.fields(kind)
    if field.encode_name in _IN_TEMPLATE or field.encode_name in _UNORDERED
}
