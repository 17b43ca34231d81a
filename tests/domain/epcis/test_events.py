"""Events as structs: the values they carry, extensions, and the vocabulary against GS1's schema."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from msgspec import UNSET

from services.domain.epcis import vocabulary
from services.domain.epcis.events import (
    EVENT_TYPES,
    ErrorDeclaration,
    Event,
    ExtendedEvent,
    ObjectEvent,
    Place,
    SensorMetadata,
)
from services.domain.epcis.structure import MOST_VIOLATIONS, short_json, step
from services.domain.epcis.validation import check_event
from services.domain.epcis.vocabulary import short_term
from tests.domain.epcis.epcis_samples import BASES, CONTEXT, changed, in_document, in_query_document


def accepted(event: object) -> Any:
    assert isinstance(event, dict)
    checked = check_event(event, "/0")
    assert isinstance(checked, Event), checked
    return checked


def test_an_object_event() -> None:
    event = accepted(BASES["object"])
    assert isinstance(event, ObjectEvent)
    assert event.event_time == datetime(2026, 10, 3, 6, 15, tzinfo=timezone(timedelta(hours=8)))
    assert event.record_time == datetime(2026, 10, 3, 6, 20, tzinfo=UTC)
    assert event.event_id == BASES["object"]["eventID"]
    assert event.epc_list == BASES["object"]["epcList"]
    assert (event.quantity_list[0].quantity, event.quantity_list[0].uom) == (250.5, "KGM")
    assert isinstance(event.read_point, Place)
    assert event.read_point.id == "https://id.gs1.org/414/6901234500009/254/gate1"
    assert event.persistent_disposition
    assert event.persistent_disposition.unset == ["completeness_inferred"]
    assert event.certification_info == ["https://example.org/certificate/5"]
    assert event.ilmd == BASES["object"]["ilmd"]
    assert event.destination_list[0].destination == "https://id.gs1.org/414/6909876500007"


def test_extensions_are_kept_wherever_they_may_be() -> None:
    event = accepted(changed(BASES["object"], {"/sensorElementList/0/sensorMetadata/ex:m": 1, "/readPoint/bare": [2]}))
    assert event.extensions == {"ex:note": ["first", {"ex:deep": 1}]}
    assert event.read_point.extensions == {"ex:gate": "north", "bare": [2]}
    assert event.biz_location.extensions == {}
    element = event.sensor_element_list[0]
    assert element.extensions == {"ex:position": "middle"}
    assert isinstance(element.sensor_metadata, SensorMetadata)
    assert element.sensor_metadata.extensions == {"ex:m": 1}
    assert [report.extensions for report in element.sensor_report] == [{}, {}]
    withdrawn = accepted(BASES["error"]).error_declaration
    assert isinstance(withdrawn, ErrorDeclaration)
    assert withdrawn.extensions == {"ex:by": "li"}
    assert accepted(BASES["aggregation"]).extensions == {}


def test_what_is_absent_is_false() -> None:
    event = accepted(BASES["transaction"])
    absent = (event.event_id, event.quantity_list, event.read_point, event.record_time, event.error_declaration)
    assert not any(absent)
    assert event.context is UNSET


def test_an_event_of_a_type_of_ones_own() -> None:
    event = accepted(BASES["extended"])
    assert isinstance(event, ExtendedEvent)
    assert event.type == "ex:Blessing"
    assert event.extensions.keys() == {"anything", "bizLocation"}


def test_the_object_that_was_checked_is_not_changed() -> None:
    for base in BASES.values():
        copy = changed(base, {})
        accepted(copy)
        assert copy == base


def test_reports_are_bounded() -> None:
    found = check_event(changed(BASES["object"], {"/epcList": ["x"] * 10_000, "/note": "y" * 10_000}), "")
    assert isinstance(found, list)
    assert len(found) == MOST_VIOLATIONS
    assert all(len(one.value) <= 200 for one in found)


def test_pointers_are_escaped() -> None:
    assert step("/a", "b/c~d") == "/a/b~1c~0d"
    assert step("", 7) == "/7"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("批", '"批"'),
        (None, "null"),
        ([1.5, True], "[1.5, true]"),
        ({}, "{}"),
        ("\ud800", '"?"'),
        (10**300, "1" + "0" * 198 + "…"),
    ],
)
def test_short_json(value: object, text: str) -> None:
    assert short_json(value) == text


READ_ALL = """
import sys
from services.domain.epcis.documents import check_events, read_document
for line in sys.stdin.buffer:
    check_events(read_document(line))
"""


def test_a_process_that_has_read_events_of_every_type_ends_well() -> None:
    """Msgspec 0.22 corrupts memory with some unions of annotated types, which shows when a process ends."""
    full = BASES["object"] | {"@context": CONTEXT, "certificationInfo": "urn:x:1"}
    lines = [json.dumps(make(full, *BASES.values())) for make in (in_document, in_query_document)]
    ended = subprocess.run(
        [sys.executable, "-c", READ_ALL], input="\n".join(lines), text=True, capture_output=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_vocabulary_is_that_of_the_schema(shared_epcis: Path) -> None:
    schema = json.loads((shared_epcis / "schema" / "epcis-json-schema-2.0.1.json").read_text())["definitions"]
    terms = {
        "bizStep": vocabulary.BIZ_STEPS,
        "disposition": vocabulary.DISPOSITIONS,
        "bizTransaction-type": vocabulary.BIZ_TRANSACTION_TYPES,
        "source-dest-type": vocabulary.SOURCE_DEST_TYPES,
        "error-reason": vocabulary.ERROR_REASONS,
        "measurementType": vocabulary.MEASUREMENT_TYPES,
        "sensorAlertType": vocabulary.SENSOR_ALERTS,
        "component": vocabulary.COMPONENTS,
    }
    for name, ours in terms.items():
        assert ours == set(schema[name]["anyOf"][1]["enum"]), name
    assert EVENT_TYPES.keys() == set(schema["eventType"]["anyOf"][0]["enum"])


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("shipping", "shipping"),
        ("urn:epcglobal:cbv:bizstep:shipping", "shipping"),
        ("urn:epcglobal:cbv:disp:in_transit", "in_transit"),
        ("urn:epcglobal:cbv:btt:po", "po"),
        ("urn:epcglobal:cbv:sdt:location", "location"),
        ("urn:epcglobal:cbv:er:incorrect_data", "incorrect_data"),
        ("https://ref.gs1.org/cbv/BizStep-shipping", "shipping"),
        ("https://ns.gs1.org/cbv/Disp-active", "active"),
        ("http://ns.gs1.org/cbv/Comp-x", "x"),
        ("cbv:SDT-owning_party", "owning_party"),
        ("gs1:Temperature", "Temperature"),
        ("https://gs1.org/voc/ALARM_CONDITION", "ALARM_CONDITION"),
        ("http://www.gs1.org/voc/Mass", "Mass"),
        ("urn:epcglobal:cbv:bizstep:in_transit", "urn:epcglobal:cbv:bizstep:in_transit"),
        ("https://ref.gs1.org/cbv/BizStep-drying", "https://ref.gs1.org/cbv/BizStep-drying"),
        ("https://example.org/BizStep-shipping", "https://example.org/BizStep-shipping"),
        ("urn:epcglobal:cbv:bizstep:shipping\n", "urn:epcglobal:cbv:bizstep:shipping\n"),
        ("", ""),
    ],
)
def test_every_form_of_a_term_has_one_short_form(text: str, short: str) -> None:
    assert short_term(text) == short
