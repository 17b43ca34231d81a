"""The formats of EPCIS 2.0 JSON members as annotated types: what they accept, and in which words to say so.

msgspec checks the annotations in C; `structure` reads the words from them when it explains what is wrong.
Sources: the EPCIS 2.0.1 JSON Schema's definitions; RFC 3986 (URI), RFC 3339 (date-time).
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from msgspec import Meta

from services.domain.epcis.vocabulary import (
    BIZ_STEPS,
    BIZ_TRANSACTION_TYPES,
    COMPONENTS,
    DISPOSITIONS,
    ERROR_REASONS,
    MEASUREMENT_TYPES,
    SENSOR_ALERTS,
    SOURCE_DEST_TYPES,
)


def _runs(characters: str) -> str:
    """Any number of `characters` and percent-encoded octets (one character class loop: fast on long texts)."""
    return rf"[{characters}]*(?:%[0-9A-Fa-f]{{2}}[{characters}]*)*"


_NAME = r"A-Za-z0-9\-._~!$&'()*+,;="  # unreserved and sub-delims
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_H16 = r"[0-9A-Fa-f]{1,4}"
_LS32 = rf"(?:{_H16}:{_H16}|(?:{_OCTET}\.){{3}}{_OCTET})"
_IPV6 = "|".join(
    [rf"(?:{_H16}:){{6}}{_LS32}", rf"::(?:{_H16}:){{5}}{_LS32}"]
    + [rf"(?:(?:{_H16}:){{0,{n}}}{_H16})?::(?:{_H16}:){{{4 - n}}}{_LS32}" for n in range(5)]
    + [rf"(?:(?:{_H16}:){{0,5}}{_H16})?::{_H16}", rf"(?:(?:{_H16}:){{0,6}}{_H16})?::"]
)
_HOST = rf"(?:\[(?:{_IPV6}|v[0-9A-Fa-f]+\.[{_NAME}:]+)\]|{_runs(_NAME)})"
_AUTHORITY = rf"(?:{_runs(_NAME + ':')}@)?{_HOST}(?::[0-9]*)?"
_PATH = _runs(_NAME + ":@/")
_QUERY = _runs(_NAME + ":@/?")
# RFC 3986 appendix A, "URI": an absolute one, in ASCII.
_URI = rf"[A-Za-z][A-Za-z0-9+.\-]*:(?://{_AUTHORITY}(?:/{_PATH})?|(?!//){_PATH})(?:\?{_QUERY})?(?:#{_QUERY})?\Z"
# Schema definitions vocab-other-uri and vocab-nonGS1WebVoc-uri.
_NOT_CBV = r"(?!urn:epcglobal:cbv|https?://ns\.gs1\.org/cbv/)"
_NOT_WEB_VOCABULARY = r"(?!https?://(?:www\.)?gs1\.org/voc/)"

is_uri = re.compile(r"\A" + _URI).match

# A declared limit: ids stand in every index row, in query parameters and in the addresses of answers.
LONGEST_URI = 2048

URI_WORDS = (
    "an absolute URI such as urn:epc:id:sgtin:… or https://… (no blanks; beyond ASCII: percent-encoded; "
    f"at most {LONGEST_URI} characters)"
)
NAME_WORDS = "a member that EPCIS defines here, or an extension named by a URI or prefix:name"
TIME_WORDS = (
    "a date-time with zone offset (RFC 3339) such as 2026-11-24T08:30:00+08:00, from 1900-01-01 to 2299-12-31 (UTC)"
)
NUMBER_WORDS = "a number within the range of a 64-bit float"


def _term_words(what: str, terms: frozenset[str], own: str) -> str:
    return (
        f"a {what} ({', '.join(sorted(terms))}), or a URI outside {own} for a term of your own"
        f" (at most {LONGEST_URI} characters)"
    )


def _term_pattern(terms: frozenset[str], outside: str) -> str:
    return rf"^(?:(?:{'|'.join(sorted(terms))})\Z|{outside}{_URI})"


def _cbv(what: str, terms: frozenset[str]) -> Meta:
    words = _term_words(what, terms, "GS1's CBV namespace (CBV's own terms go in their short form)")
    return Meta(pattern=_term_pattern(terms, _NOT_CBV), max_length=LONGEST_URI, description=words)


def _web_vocabulary(what: str, terms: frozenset[str]) -> Meta:
    words = _term_words(what, terms, "GS1's web vocabulary (its own terms go in their short form)")
    return Meta(pattern=_term_pattern(terms, _NOT_WEB_VOCABULARY), max_length=LONGEST_URI, description=words)


Uri = Annotated[str, Meta(pattern="^" + _URI, max_length=LONGEST_URI, description=URI_WORDS)]
EventType = Annotated[
    str,
    Meta(
        pattern="^" + _URI,
        max_length=LONGEST_URI,
        description="an event type: ObjectEvent, AggregationEvent, AssociationEvent, TransactionEvent, "
        "TransformationEvent, or a URI for a type of your own",
    ),
]
Text = Annotated[str, Meta(description="a text")]
Time = Annotated[datetime, Meta(tz=True, description=TIME_WORDS)]
ZoneOffset = Annotated[
    str,
    Meta(
        pattern=r"^[+\-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00)\Z",
        description="a zone offset from -14:00 to +14:00 such as +08:00",
    ),
]
Version = Annotated[
    str, Meta(pattern=r"^[0-9]+(?:\.[0-9]+)*\Z", description="a version in digits and points such as 2.0")
]
Number = Annotated[float, Meta(ge=-1.7976931348623157e308, le=1.7976931348623157e308, description=NUMBER_WORDS)]
Truth = Annotated[bool, Meta(description="true or false")]
HexBinary = Annotated[str, Meta(pattern=r"^[A-Fa-f0-9]+\Z", description="hexadecimal digits, at least one")]
Uom = Annotated[
    str,
    Meta(
        pattern=r"^[A-Z0-9]{2,3}\Z",
        description="a unit of measure code of UN/ECE Recommendation 20: 2 or 3 capital letters or digits such as KGM",
    ),
]
Action = Annotated[Literal["OBSERVE", "ADD", "DELETE"], Meta(description="an action: OBSERVE, ADD or DELETE")]
BizStep = Annotated[str, _cbv("CBV business step", BIZ_STEPS)]
Disposition = Annotated[str, _cbv("CBV disposition", DISPOSITIONS)]
BizTransactionType = Annotated[str, _cbv("CBV business transaction type", BIZ_TRANSACTION_TYPES)]
SourceDestType = Annotated[str, _cbv("CBV source or destination type", SOURCE_DEST_TYPES)]
ErrorReason = Annotated[str, _cbv("CBV error reason", ERROR_REASONS)]
Component = Annotated[str, _cbv("CBV component", COMPONENTS)]
MeasurementType = Annotated[str, _web_vocabulary("GS1 measurement type", MEASUREMENT_TYPES)]
SensorAlert = Annotated[str, _web_vocabulary("GS1 sensor alert", SENSOR_ALERTS)]

UriList = Annotated[list[Uri], Meta(description="a list of URIs")]
# `extra` is for `structure`: uniqueItems and propertyNames are not msgspec's.
UniqueUriList = Annotated[list[Uri], Meta(description="a list of URIs, each only once", extra={"unique": True})]
UniqueDispositionList = Annotated[
    list[Disposition],
    Meta(min_length=1, description="a list of at least one disposition, each only once", extra={"unique": True}),
]
# Instance or lot master data: the schema names no member, only how members are named.
Ilmd = Annotated[
    dict[str, Any],
    Meta(description="an object whose members are named by a URI or prefix:name", extra={"uri_names": True}),
]
# A union of a text with a pattern and a list or object is freed twice by msgspec 0.22 (the process aborts), so msgspec
# takes anything here and `structure` checks the alternatives named in `extra`.
ContextEntry = Annotated[
    Any, Meta(description="the URI of a JSON-LD context, or an object", extra={"text": Uri, "object": True})
]
ContextList = Annotated[list[ContextEntry], Meta(description="contexts, each only once", extra={"unique": True})]
Context = Annotated[
    Any,
    Meta(
        description="a JSON-LD context: a URI, an object, or a list of these, each only once",
        extra={"text": Uri, "object": True, "list": ContextList},
    ),
]
CertificationInfo = Annotated[Any, Meta(description="a URI or a list of URIs", extra={"text": Uri, "list": UriList})]

_FIRST = datetime(1900, 1, 1, tzinfo=UTC)
_LAST = datetime(2299, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)


def is_strict_time(text: str, instant: datetime) -> bool:
    """Whether a text that msgspec read as `instant` is RFC 3339 to the letter and within 1900-01-01 … 2299-12-31 UTC.

    msgspec also takes a blank for the T and an offset without colon. The range is that of the store's DateTime64.
    """
    if text[10] not in "Tt" or (text[-1] not in "Zz" and text[-3] != ":"):
        return False
    return 1900 < instant.year < 2299 or _FIRST <= instant <= _LAST
