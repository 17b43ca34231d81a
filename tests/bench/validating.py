"""Validated events a second: ours against general JSON Schema validators on GS1's schema."""

import importlib
import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import msgspec

from services.domain.epcis.documents import read_document
from services.domain.epcis.validation import check_event
from services.domain.errors import InvalidDocument
from tests.bench import environments
from tests.bench.measure import Bench, ContenderUnavailable, Disagreement, Table, interleave, versus
from tests.bench.season import Season

DOCUMENT = 100
OURS = "ours (read_document and check_event)"
SCHEMA = Path(__file__).resolve().parents[3] / "shared" / "epcis" / "schema" / "epcis-json-schema-2.0.1.json"
BROKEN = {
    "no eventTime": (b'"eventTime":', b'"eventTimes":'),
    "an action that does not exist": (b'"action":"', b'"action":"X'),
    "a time without zone": (b'"eventTime":"20', b'"eventTime":"2026-01-01T00:00:00","recordTime":"20'),
    "a disposition that is no string": (b'"disposition":"', b'"disposition":1,"tz:was":"'),
    "an id that is no URI": (b'"readPoint":{"id":"', b'"readPoint":{"id":"a b'),
}
"""What each validator must refuse: the first of these bytes in a document replaced by the second."""

Validate = Callable[[bytes], bool]


def ours(body: bytes) -> bool:
    """Whether every event of a document is valid."""
    try:
        document = read_document(body)
    except InvalidDocument:
        return False
    return not any(isinstance(check_event(event.obj, event.pointer), list) for event in document.events)


def _jsonschema(schema: Any) -> Validate:
    checker = jsonschema.FormatChecker()
    validator = jsonschema.Draft7Validator(schema, format_checker=checker)
    return lambda body: validator.is_valid(json.loads(body))


def _jsonschema_rs(schema: Any) -> Validate:
    validator = jsonschema_rs.Draft7Validator(schema, validate_formats=True)
    return lambda body: validator.is_valid(msgspec.json.decode(body))


def _fastjsonschema(schema: Any) -> Validate:
    python = environments.ensure("fastjsonschema")
    folder = next(python.parents[1].glob("lib/python*/site-packages"))
    sys.path.append(str(folder))
    try:
        module = importlib.import_module("fastjsonschema")
    finally:
        sys.path.remove(str(folder))
    check = module.compile(schema)

    def valid(body: bytes) -> bool:
        try:
            check(msgspec.json.decode(body))
        except module.JsonSchemaValueException:
            return False
        return True

    return valid


CONTENDERS: dict[str, Callable[[Any], Validate]] = {
    "jsonschema (Draft 7, FormatChecker)": _jsonschema,
    "fastjsonschema (generated code, formats)": _fastjsonschema,
    "jsonschema-rs (Rust, formats)": _jsonschema_rs,
}


def _rate(valid: Validate, season: Season, events: int) -> float:
    size = min(DOCUMENT, events)
    documents = [season.document(season.events(size)) for _ in range(events // size)]
    began = time.perf_counter()
    accepted = sum(map(valid, documents))
    took = time.perf_counter() - began
    if accepted != len(documents):
        raise Disagreement(f"{len(documents) - accepted} valid documents were refused")
    return len(documents) * size / took


def run(bench: Bench) -> list[Table]:
    """Measures on valid documents, after each validator has shown that it refuses broken ones."""
    season, sizes = Season(12), bench.sizes
    notes = [f"One process; simulated documents of {DOCUMENT} valid events, new ones in each round; decoding included."]
    measured = {OURS: partial(_rate, ours, season, sizes.check_events)}
    validators: dict[str, Validate] = {OURS: ours}
    if SCHEMA.is_file():
        schema = json.loads(SCHEMA.read_bytes())
        for name, make in CONTENDERS.items():
            try:
                validators[name] = make(schema)
            except ContenderUnavailable as reason:
                notes.append(f"{name} is left out: {reason}.")
                continue
            measured[name] = partial(_rate, validators[name], season, sizes.schema_events)
    else:
        notes.append("The schema validators are left out: GS1's JSON Schema is not beside the checkout.")
    notes += _refusals(validators, season.document(season.events(20)))
    found = interleave(measured, sizes.rounds)
    return [Table("Validation", ("contender", "events/s", "first ÷ this"), versus(found, OURS), notes)]


def _refusals(validators: dict[str, Validate], document: bytes) -> list[str]:
    """What a validator lets pass; that ours refuses everything is a condition."""
    notes = []
    for fault, (old, new) in BROKEN.items():
        broken = document.replace(old, new, 1)
        passes = [name for name, valid in validators.items() if broken == document or valid(broken)]
        if OURS in passes:
            raise Disagreement(f"ours takes {fault}")
        if passes:
            notes.append(f"Let pass {fault}: {', '.join(passes)}.")
    return notes
