"""How single values stand in the pre-hash string of the CBV event hash: times, numbers, terms, identifiers, texts.

Source: CBV 2.0 §8.9.2. Where the standard leaves a choice, the reference vectors decide.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from services.domain.epcis.context import STANDARD_PREFIXES
from services.domain.epcis.vocabulary import (
    BIZ_STEPS,
    BIZ_TRANSACTION_TYPES,
    COMPONENTS,
    DISPOSITIONS,
    MEASUREMENT_TYPES,
    SENSOR_ALERTS,
    SOURCE_DEST_TYPES,
)
from services.domain.identifiers import gs1_canonical

CBV = "https://ref.gs1.org/cbv/"
WEB_VOCABULARY = "https://gs1.org/voc/"

Terms = Mapping[str, str]  # a term as JSON writes it → as the pre-hash string writes it


def _terms(stem: str, terms: frozenset[str]) -> Terms:
    return {term: stem + term for term in terms}


BIZ_STEP_TERMS = _terms(CBV + "BizStep-", BIZ_STEPS)
DISPOSITION_TERMS = _terms(CBV + "Disp-", DISPOSITIONS)
BIZ_TRANSACTION_TERMS = _terms(CBV + "BTT-", BIZ_TRANSACTION_TYPES)
SOURCE_DEST_TERMS = _terms(CBV + "SDT-", SOURCE_DEST_TYPES)
COMPONENT_TERMS = _terms(CBV + "Comp-", COMPONENTS)
MEASUREMENT_TERMS = _terms(WEB_VOCABULARY, MEASUREMENT_TYPES)
ALERT_TERMS = _terms(WEB_VOCABULARY, SENSOR_ALERTS)

_CBV_URN = re.compile(r"urn:epcglobal:cbv:(bizstep|disp|btt|sdt|er):")
_CBV_STEMS = {"bizstep": "BizStep-", "disp": "Disp-", "btt": "BTT-", "sdt": "SDT-", "er": "ER-"}
_STANDARD_CURIES = frozenset({"gs1", "cbv", "epcis"})

_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?(?:[Zz]|([+-]\d\d:\d\d))", re.ASCII).fullmatch
_MILLISECOND = timedelta(milliseconds=1)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII).fullmatch
_NUMBER_STARTS = frozenset("+-.0123456789")
_EXACT = 1 << 53  # integers up to here are 64-bit floats without loss


@lru_cache(maxsize=4096)
def _offset(text: str) -> timedelta:
    minutes = int(text[1:3]) * 60 + int(text[4:6])
    return timedelta(minutes=-minutes if text[0] == "-" else minutes)


def time_text(text: str) -> str:
    """An RFC 3339 time in UTC with milliseconds, rounded half up; any other text unchanged.

    `2023-02-02T12:04:03.1415+01:00` → `2023-02-02T11:04:03.142Z`
    """
    match = _TIME(text)
    if match is None:
        return text
    date, clock, fraction, zone = match.groups("")
    millis = f"{fraction[:3]:0<3}"
    rounds_up = len(fraction) > 3 and fraction[3] >= "5"
    try:
        at = datetime.fromisoformat(f"{date}T{clock}")
        if rounds_up:
            at += timedelta(milliseconds=int(millis)) + _MILLISECOND
            millis = f"{at.microsecond // 1000:03}"
        if zone:
            at -= _offset(zone)
    except (ValueError, OverflowError):
        return text
    return f"{at.isoformat()[:19]}.{millis}Z"


def number_text(value: float) -> str:
    """A number without zeros at its end: 26.0 → `26`, 0.10 → `0.1`, 1e22 → `10000000000000000000000`."""
    if isinstance(value, int):
        return str(value) if -_EXACT <= value <= _EXACT else _numeric(str(value))
    return str(int(value)) if value.is_integer() else repr(value)


def _numeric(text: str) -> str:
    """The number that a text reads as (it matches _NUMBER), as a 64-bit float: "007" as 7, lot "1.10" as 1.1."""
    number = float(text)
    return text if number in (float("inf"), float("-inf")) else number_text(number)


def text_value(text: str) -> str:
    """Any text: trimmed; a number, CBV URN, CURIE of a standard prefix or GS1 identifier in its one form."""
    text = text.strip()
    if not text:
        return ""
    if text[0] in _NUMBER_STARTS and _NUMBER(text):
        return _numeric(text)
    return id_value(text) if ":" in text else text


def id_value(text: str) -> str:
    """An identifier or other URI in its one form.

    CURIEs of GS1's own prefixes are expanded. Those of a user's prefix stay as written: CBV 2.0 would expand them too,
    but the reference vectors (made from XML, where a value has no namespaces) do not.
    """
    found = gs1_canonical(text)
    if found is not None:
        return found
    text = text.strip()
    if text.startswith("urn:epcglobal:cbv:"):
        return _CBV_URN.sub(lambda match: CBV + _CBV_STEMS[match[1]], text)
    prefix, _, local = text.partition(":")
    if prefix in _STANDARD_CURIES and not local.startswith("//"):
        return STANDARD_PREFIXES[prefix] + local
    return text


def term_value(text: str, terms: Terms) -> str:
    """A term of a vocabulary: bare, as a CBV URN, as a CURIE, or a URI of one's own."""
    found = terms.get(text)
    return found if found is not None else id_value(text)


def scalar_value(value: Any) -> str:
    """A text, number or truth value in an extension or in a field of its own kind; "" for nothing."""
    if isinstance(value, str):
        return text_value(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value)
    return ""
