"""The sample document that a newcomer sends first is valid EPCIS 2.0."""

import json
from pathlib import Path

import jsonschema

from tests.architecture.tree import ROOT

SAMPLE = ROOT / "deploy/sample-event.json"


def test_sample_is_valid_by_the_standards_schema(shared_epcis: Path) -> None:
    schema = json.loads((shared_epcis / "schema/epcis-json-schema-2.0.1.json").read_text())
    validator = jsonschema.Draft7Validator(schema, format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER)
    document = json.loads(SAMPLE.read_text())
    assert [error.message for error in validator.iter_errors(document)] == []
    document["epcisBody"]["eventList"][0]["action"] = "EAT"
    assert list(validator.iter_errors(document))
