"""What an event says, as bytes that are the same exactly when it says the same.

The string under the event hash (CBV 2.0 §8.9) is no such thing: it trims texts, takes "12" for 12, leaves a lot out
that stands beside a serial, and has nothing between its parts. Here texts stay as they are, and objects and lists keep
their bounds. The same are: members and items of lists in another order, an EPC URN and the Digital Link of its id, the
forms of a CBV term, equal instants, equal numbers, prefixed and full names of extensions. What neither form of an
identifier says about identity (a lot beside a serial, the query of a link) is told apart all the same.

Not part of it, as for the event hash: eventID, recordTime, errorDeclaration and rdfs:comment.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from services.domain.epcis.context import STANDARD_PREFIXES, Context
from services.domain.epcis.event_hash import Json, standard_part
from services.domain.epcis.events import EVENT_TYPES
from services.domain.epcis.prehash_values import (
    ALERT_TERMS,
    BIZ_STEP_TERMS,
    BIZ_TRANSACTION_TERMS,
    CBV,
    COMPONENT_TERMS,
    DISPOSITION_TERMS,
    MEASUREMENT_TERMS,
    SOURCE_DEST_TERMS,
    Terms,
)
from services.domain.identifiers import beside, canonical
from services.domain.times import microseconds

Exact = Callable[[Any, Context], Any]
"""From a value to one that is equal for the same and different for another; null and what is empty say nothing."""

AS_IT_IS, TOLD = True, False
"""In the place of a function: the value counts as it is; or it does not count, for it is told elsewhere."""
_COMMENT = "http://www.w3.org/2000/01/rdf-schema#comment"
_NOTHING = (list, dict, type(None))
_encode = msgspec.json.Encoder(order="deterministic").encode
_CBV_URN = re.compile(r"urn:epcglobal:cbv:(bizstep|disp|btt|sdt|er):").match
_CBV_STEMS = {"bizstep": "BizStep-", "disp": "Disp-", "btt": "BTT-", "sdt": "SDT-", "er": "ER-"}
_CURIES = ("gs1:", "cbv:", "epcis:")
# The shortest time with a fraction of a microsecond has 28 characters: 2026-10-03T06:15:00.0000001Z
_WHOLE_TIME = 27


def what_it_says(event: Json, context: Context) -> bytes:
    """The bytes, without what the index tells beside them of an event of the standard's types.

    That is its instant, its type, action, step and disposition, and the canonical ids of its places, of its parent and
    of the things in its lists of EPCs.

    Args:
        event: the decoded JSON object of a valid event.
        context: its JSON-LD context; fields that it ignores count.
    """
    others: Json = {}
    table = _EVENT
    if event["type"] not in EVENT_TYPES:
        event, others = standard_part(event)
        table = _OWN_EVENT
    found = _members(event, table, context)
    if others:
        found[""] = _object(others, context)
    return _encode(found)


def _members(item: Json, known: Mapping[str, Exact | bool], context: Context) -> dict[str, Any]:
    """Known members by their name, what they say; then all others as extensions."""
    found: dict[str, Any] = {}
    rest: dict[str, Any] = {}
    for name, value in item.items():
        exact = known.get(name)
        if exact is None:
            rest[name] = value
        elif exact is AS_IT_IS:
            found[name] = value
        elif exact is not TOLD:
            said = exact(value, context)  # type: ignore[operator] # neither of the two truth values
            if said or not isinstance(said, _NOTHING):
                found[name] = said
    if rest:
        found.update(_object(rest, context))
    return found


# --- values ---------------------------------------------------------------------------------------------------------


def _value(value: Any, context: Context) -> Any:
    """Any JSON value, typed; a list is a bag."""
    if isinstance(value, str | bool):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, Mapping):
        return _object(value, context)
    if isinstance(value, list):
        return _bag(_value(one, context) for one in value)
    return value


def _object(item: Json, context: Context) -> dict[str, Any]:
    """An object of extensions. Names with a prefix are URIs, and begin with a colon here; others with a point."""
    found: dict[str, Any] = {}
    twice: dict[str, list[Any]] = {}
    for name, value in item.items():
        if value is None:
            continue
        if ":" in name:
            uri = context.expand(name)
            if uri == _COMMENT:
                continue
            key = ":" + uri
        else:
            key = "." + name
        said = _value(value, context)
        if key in found:  # one name, written with two prefixes
            twice.setdefault(key, [found[key]]).append(said)
        else:
            found[key] = said
    for key, values in twice.items():
        found[key] = {"": _bag(values)}
    return found


def _bag(values: Iterable[Any]) -> list[Any]:
    """A list in whose order nothing lies."""
    found = list(values)
    if len(found) <= 1:
        return found
    return [msgspec.Raw(one) for one in sorted(map(_encode, found))]


def _time(text: str, _: Context) -> Any:
    try:
        at = microseconds(text)
    except ValueError:
        return text
    finer = _finer(text)
    return [at, finer] if finer else [at]


def _finer(text: str) -> str:
    """The digits of a time after the sixth of its second, which an instant does not have."""
    if len(text) <= _WHOLE_TIME:
        return ""
    rest = text.partition(".")[2][6:]
    return rest[: len(rest) - len(rest.lstrip("0123456789"))].rstrip("0")


def _uri(text: str, _: Context) -> Any:
    return _id(text)


def _id(text: str) -> Any:
    found = canonical(text)
    if found == text:
        return _long_form(text)
    more = beside(text)
    return [found, more] if more else found


def _long_form(text: str) -> str:
    """A CBV URN, or a CURIE of GS1's own prefixes, as the URI that means the same."""
    if (urn := _CBV_URN(text)) is not None:
        return CBV + _CBV_STEMS[urn[1]] + text[urn.end() :]
    if text.startswith(_CURIES):
        prefix, _, local = text.partition(":")
        if not local.startswith("//"):
            return STANDARD_PREFIXES[prefix] + local
    return text


def _term(terms: Terms) -> Exact:
    def exact(text: str, _: Context) -> Any:
        found = terms.get(text)
        return _id(text) if found is None else found

    return exact


def _listed(exact: Exact) -> Exact:
    return lambda value, context: _bag(exact(one, context) for one in value) if value else None


def _part(known: Mapping[str, Exact | bool]) -> Exact:
    return lambda value, context: _members(value, known, context)


def _more(text: str, _: Context) -> Any:
    """What an id says beside naming a thing that the index tells of."""
    return None if text.startswith("urn:") else beside(text)


def _place(value: Json, context: Context) -> Any:
    if len(value) == 1:
        return _more(value["id"], context)
    return _members(value, _PLACE, context)


def _things(value: Any, _: Context) -> Any:
    """What the ids of a list say beside naming things, each with the thing."""
    found = [_id(text) for text in value if not text.startswith("urn:") and beside(text)]
    return _bag(found) if found else None


def _certificates(value: Any, _: Context) -> Any:
    return _bag(_id(one) for one in ([value] if isinstance(value, str) else value))


# --- the members of the standard ------------------------------------------------------------------------------------

_QUANTITY: dict[str, Exact | bool] = {"epcClass": _uri, "quantity": _value, "uom": AS_IT_IS}
_PLACE: dict[str, Exact | bool] = {"id": _more}
_DISPOSITIONS: dict[str, Exact | bool] = {
    "set": _listed(_term(DISPOSITION_TERMS)),
    "unset": _listed(_term(DISPOSITION_TERMS)),
}
_METADATA: dict[str, Exact | bool] = {
    **dict.fromkeys(("time", "startTime", "endTime"), _time),
    **dict.fromkeys(("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules"), _uri),
}
_REPORT: dict[str, Exact | bool] = {
    "type": _term(MEASUREMENT_TERMS),
    "exception": _term(ALERT_TERMS),
    "component": _term(COMPONENT_TERMS),
    "time": _time,
    **dict.fromkeys(
        (
            *("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod"),
            *("microorganism", "chemicalSubstance", "uriValue", "coordinateReferenceSystem"),
        ),
        _uri,
    ),
    **dict.fromkeys(("value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"), _value),
    **dict.fromkeys(("stringValue", "booleanValue", "hexBinaryValue", "uom"), AS_IT_IS),
}
_SENSOR: dict[str, Exact | bool] = {"sensorMetadata": _part(_METADATA), "sensorReport": _listed(_part(_REPORT))}


def _typed(terms: Terms, name: str) -> Exact:
    return _listed(_part({"type": _term(terms), name: _uri}))


_THINGS = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
_LEFT_OUT = ("eventID", "recordTime", "errorDeclaration", "@context")
_EVENT: dict[str, Exact | bool] = {
    **dict.fromkeys(_LEFT_OUT, TOLD),
    **dict.fromkeys(("type", "action", "bizStep", "disposition"), TOLD),
    "eventTime": lambda text, _: _finer(text) or None,
    "eventTimeZoneOffset": AS_IT_IS,
    "parentID": _more,
    "readPoint": _place,
    "bizLocation": _place,
    "transformationID": _uri,
    "bizTransactionList": _typed(BIZ_TRANSACTION_TERMS, "bizTransaction"),
    "sourceList": _typed(SOURCE_DEST_TERMS, "source"),
    "destinationList": _typed(SOURCE_DEST_TERMS, "destination"),
    "persistentDisposition": _part(_DISPOSITIONS),
    "certificationInfo": _certificates,
    "sensorElementList": _listed(_part(_SENSOR)),
    "ilmd": _object,
    **dict.fromkeys(_THINGS, _things),
    **dict.fromkeys(
        ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"), _listed(_part(_QUANTITY))
    ),
}
# An event of a type of one's own may hold anything under a name: only what is as in the standard's types is read so.
_OWN_PLACE = _part({"id": _uri})
_OWN_EVENT: dict[str, Exact | bool] = {
    **_EVENT,
    **dict.fromkeys(("type", "action"), AS_IT_IS),
    "bizStep": _term(BIZ_STEP_TERMS),
    "disposition": _term(DISPOSITION_TERMS),
    "parentID": _uri,
    "readPoint": _OWN_PLACE,
    "bizLocation": _OWN_PLACE,
    **dict.fromkeys(_THINGS, _listed(_uri)),
}
