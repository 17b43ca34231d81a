"""The event hash of GS1's Core Business Vocabulary (CBV 2.0, section 8.9): one name for one content.

The event becomes a pre-hash string, which is the same for every way of writing the same event: standard fields in one
order, lists sorted, times in UTC, identifiers as Digital Links, vocabulary as web URIs, extensions with their full
namespace. Its SHA-256 is the hash. recordTime, eventID, errorDeclaration and rdfs:comment take no part.

Where the text of the standard and the hashes that GS1's examples state differ, the hashes count: bizTransactionList,
destinationList, ilmd and sourceList follow sensorElementList in this order. Beyond both: the half of a millisecond is
rounded up, extensions hold numbers only where JSON has numbers (the text "007" stays what it is), null is like "".
"""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from services.domain.context import STANDARD_PREFIXES, Context
from services.domain.events import EVENT_TYPES
from services.domain.identifiers import canonical
from services.domain.vocabulary import (
    BIZ_STEPS,
    BIZ_TRANSACTION_TYPES,
    COMPONENTS,
    DISPOSITIONS,
    MEASUREMENT_TYPES,
    SENSOR_ALERTS,
    SOURCE_DEST_TYPES,
)

_CBV = STANDARD_PREFIXES["cbv"]
_WEB_VOCABULARY = STANDARD_PREFIXES["gs1"]
_COMMENT = STANDARD_PREFIXES["rdfs"] + "comment"
_CBV_URN = "urn:epcglobal:cbv:"
_HALF_MILLISECOND = timedelta(microseconds=500)
_EXACT = 2**53  # below it every integral float is an integer to the last digit

# CBV 1.x URNs by the word behind urn:epcglobal:cbv:.
_URN_FAMILIES = {"bizstep": "BizStep-", "disp": "Disp-", "btt": "BTT-", "sdt": "SDT-", "er": "ER-"}

Terms = Mapping[str, str]


def _cbv_terms(family: str, terms: Collection[str]) -> Terms:
    """Web URI by short form, and by the URI on the host that drafts of CBV 2.0 used."""
    found = {}
    for term in terms:
        found[term] = found[f"https://ns.gs1.org/cbv/{family}-{term}"] = f"{_CBV}{family}-{term}"
    return found


def _web_terms(terms: Collection[str]) -> Terms:
    found = {}
    for term in terms:
        found[term] = found[f"https://www.gs1.org/voc/{term}"] = _WEB_VOCABULARY + term
    return found


_BIZ_STEPS = _cbv_terms("BizStep", BIZ_STEPS)
_DISPOSITIONS = _cbv_terms("Disp", DISPOSITIONS)
_BIZ_TRANSACTION_TYPES = _cbv_terms("BTT", BIZ_TRANSACTION_TYPES)
_SOURCE_DEST_TYPES = _cbv_terms("SDT", SOURCE_DEST_TYPES)
_COMPONENTS = _cbv_terms("Comp", COMPONENTS)
_MEASUREMENT_TYPES = _web_terms(MEASUREMENT_TYPES)
_SENSOR_ALERTS = _web_terms(SENSOR_ALERTS)


def event_hash(event: Mapping[str, Any], context: Context) -> str:
    """The hash of an event in the form `ni:///sha-256;…?ver=CBV2.0` (RFC 6920).

    Args:
        event: the decoded JSON object of one valid event.
        context: what its prefixed names mean, the event's own `@context` included.
    """
    return f"ni:///sha-256;{content_digest(event, context).hex()}?ver=CBV2.0"


def content_digest(event: Mapping[str, Any], context: Context) -> bytes:
    """The 32 bytes of the hash. Arguments as for `event_hash`."""
    return sha256(prehash(event, context).encode("utf-8", "surrogatepass")).digest()


def prehash(event: Mapping[str, Any], context: Context) -> str:
    """The pre-hash string. Arguments as for `event_hash`; raises nothing for a valid event."""
    kind = str(event["type"])
    standard = kind in EVENT_TYPES
    shown = kind if standard else _element(kind, context)
    when, offset = _time(event["eventTime"]), event["eventTimeZoneOffset"]
    parts = [f"eventType={shown}eventTime={when}eventTimeZoneOffset={offset}"]
    if "certificationInfo" in event:
        parts.append(_values("certificationInfo", event["certificationInfo"], context))
    if standard:
        for name, render in _FIELDS:
            if name in event:
                parts.append(render(name, event[name], context))
    parts.append(_members(event, _STANDARD_NAMES if standard else _NAMES_OF_ALL, context))
    return "".join(parts)


def _time(text: str) -> str:
    """UTC with milliseconds. What is no time with an offset stays as it is."""
    try:
        at = datetime.fromisoformat(text.upper())
        if at.tzinfo is None:
            return text
        at = at.astimezone(UTC)
        if at.microsecond % 1000 >= 500:
            at += _HALF_MILLISECOND
    except (ValueError, OverflowError):
        return text
    return at.isoformat(timespec="milliseconds")[:23] + "Z"


def _text(text: str, context: Context) -> str:
    """A text in its one form: trimmed, prefix expanded, identifiers and vocabulary as web URIs."""
    text = text.strip()
    if ":" not in text:
        return text
    if not text.startswith("urn:epc:"):
        text = context.expand(text)
        if text.startswith(_CBV_URN):
            family, colon, term = text[len(_CBV_URN) :].partition(":")
            return f"{_CBV}{_URN_FAMILIES[family]}{term}" if colon and family in _URN_FAMILIES else text
    return canonical(text)


def _number(value: float) -> str:
    """Without trailing zeros; the same for 1, 1.0 and 1e0."""
    if isinstance(value, int):
        return str(value)
    if not value.is_integer():
        return repr(value)
    return str(int(value)) if abs(value) < _EXACT else format(Decimal(repr(value)), "f")


def _scalar(value: object, context: Context) -> str:
    if isinstance(value, str):
        return _text(value, context)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(value)
    return "" if value is None else str(value)


def _element(name: str, context: Context) -> str:
    namespace, local = context.split(name)
    return f"{{{namespace}}}{local}" if namespace else local


def _members(holder: Mapping[str, Any], standard: Collection[str], context: Context) -> str:
    """The members of an object that the standard does not name there, sorted."""
    found: list[str] = []
    for name, value in holder.items():
        if name not in standard:
            namespace, local = context.split(name)
            expanded = namespace + local
            if expanded != _COMMENT and expanded not in context.ignored:
                _add(found, f"{{{namespace}}}{local}" if namespace else local, value, context)
    found.sort()
    return "".join(found)


def _add(found: list[str], name: str, value: object, context: Context) -> None:
    """Adds what an extension holds: each item of a list on its own, under the same name."""
    if isinstance(value, dict):
        found.append(name + _members(value, (), context))
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, list):
                inner: list[str] = []
                _add(inner, "", item, context)
                found.append(name + "".join(sorted(inner)))
            else:
                _add(found, name, item, context)
    else:
        text = _scalar(value, context)
        found.append(f"{name}={text}" if text else name)


def _plain(name: str, value: object, context: Context) -> str:
    text = _scalar(value, context)
    return f"{name}={text}" if text else ""


def _instant(name: str, value: str, _context: Context) -> str:
    return f"{name}={_time(value)}"


def _values(name: str, value: str | list[str], context: Context) -> str:
    """A text or a list of texts, each under the name of the whole."""
    texts = value if isinstance(value, list) else [value]
    return "".join(sorted([f"{name}={_text(text, context)}" for text in texts]))


def _epcs(name: str, value: list[str], context: Context) -> str:
    return name + "".join(sorted([f"epc={_text(epc, context)}" for epc in value])) if value else ""


Render = Callable[[str, Any, Context], str]
Fields = tuple[tuple[str, Render], ...]


def _term(terms: Terms) -> Render:
    def render(name: str, value: str, context: Context) -> str:
        return f"{name}={terms.get(value) or _text(value, context)}"

    return render


def _object(fields: Fields) -> Render:
    """Renders an object: its fields in their order, then what else it holds."""
    names = frozenset(name for name, _ in fields)

    def render(name: str, value: Mapping[str, Any], context: Context) -> str:
        parts = [name]
        known = 0
        for field, how in fields:
            if field in value:
                parts.append(how(field, value[field], context))
                known += 1
        if len(value) > known:
            parts.append(_members(value, names, context))
        return "".join(parts) if any(parts[1:]) else ""

    return render


def _list(item_name: str, item: Render) -> Render:
    """Renders a list of objects, sorted; `item_name` stands in front of each."""

    def render(name: str, value: list[Any], context: Context) -> str:
        return name + "".join(sorted([item(item_name, one, context) for one in value])) if value else ""

    return render


def _pair(type_terms: Terms, name: str) -> Render:
    return _list("", _object((("type", _term(type_terms)), (name, _plain))))


def _dispositions(name: str, value: list[str], context: Context) -> str:
    return "".join(sorted([f"{name}={_DISPOSITIONS.get(one) or _text(one, context)}" for one in value]))


def _ilmd(name: str, value: Mapping[str, Any], context: Context) -> str:
    return name + _members(value, (), context) if value else ""


def _each(names: str) -> Fields:
    return tuple((name, _plain) for name in names.split())


_PLACE = _object((("id", _plain),))
_QUANTITIES = _list("quantityElement", _object(_each("epcClass quantity uom")))
_METADATA = _object(
    (
        ("time", _instant),
        ("startTime", _instant),
        ("endTime", _instant),
        *_each("deviceID deviceMetadata rawData dataProcessingMethod bizRules"),
    )
)
_REPORT = _object(
    (
        ("type", _term(_MEASUREMENT_TYPES)),
        ("exception", _term(_SENSOR_ALERTS)),
        *_each("deviceID deviceMetadata rawData dataProcessingMethod"),
        ("time", _instant),
        *_each("microorganism chemicalSubstance value"),
        ("component", _term(_COMPONENTS)),
        *_each("stringValue booleanValue hexBinaryValue uriValue minValue maxValue meanValue sDev percRank percValue"),
        *_each("uom coordinateReferenceSystem"),
    )
)


def _reports(name: str, value: list[Any], context: Context) -> str:
    return "".join(sorted([_REPORT(name, one, context) for one in value]))


_SENSOR_ELEMENTS = _list("sensorElement", _object((("sensorMetadata", _METADATA), ("sensorReport", _reports))))

_NAMES_OF_ALL = frozenset(
    "@context type eventTime eventTimeZoneOffset certificationInfo recordTime eventID errorDeclaration".split()
)

# The canonical property order behind certificationInfo, of every standard event type.
_FIELDS: Fields = (
    ("epcList", _epcs),
    ("parentID", _plain),
    ("inputEPCList", _epcs),
    ("childEPCs", _epcs),
    ("quantityList", _QUANTITIES),
    ("childQuantityList", _QUANTITIES),
    ("inputQuantityList", _QUANTITIES),
    ("outputEPCList", _epcs),
    ("outputQuantityList", _QUANTITIES),
    ("action", _plain),
    ("transformationID", _plain),
    ("bizStep", _term(_BIZ_STEPS)),
    ("disposition", _term(_DISPOSITIONS)),
    ("persistentDisposition", _object((("set", _dispositions), ("unset", _dispositions)))),
    ("readPoint", _PLACE),
    ("bizLocation", _PLACE),
    ("sensorElementList", _SENSOR_ELEMENTS),
    ("bizTransactionList", _pair(_BIZ_TRANSACTION_TYPES, "bizTransaction")),
    ("destinationList", _pair(_SOURCE_DEST_TYPES, "destination")),
    ("ilmd", _ilmd),
    ("sourceList", _pair(_SOURCE_DEST_TYPES, "source")),
)
_STANDARD_NAMES = _NAMES_OF_ALL.union(name for name, _ in _FIELDS)
