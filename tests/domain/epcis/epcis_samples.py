"""Valid EPCIS events to start from, changes to them by JSON pointer, and GS1's schema as an oracle."""

import copy
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator

Json = dict[str, Any]
CONTEXT = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"ex": "https://example.org/farm/"}]


class _Drop:
    def __repr__(self) -> str:
        return "DROP"


DROP = _Drop()  # as the new value of a member: take it away


def _event(event_type: str, **members: object) -> Json:
    return {
        "type": event_type,
        "eventTime": "2026-10-03T06:15:00.000+08:00",
        "eventTimeZoneOffset": "+08:00",
        "bizLocation": {"id": "https://id.gs1.org/414/6901234500009"},
    } | members


BASES: dict[str, Json] = {
    "object": _event(
        "ObjectEvent",
        action="ADD",
        eventID="urn:uuid:0b4d8f2e-3f6b-4b7e-9d6b-5d1c3a7e9f10",
        recordTime="2026-10-03T06:20:00Z",
        bizStep="commissioning",
        disposition="active",
        epcList=["https://id.gs1.org/01/06901234500016/21/A1", "urn:epc:id:sgtin:69012345.00001.A2"],
        quantityList=[{"epcClass": "https://id.gs1.org/01/06901234500016/10/L7", "quantity": 250.5, "uom": "KGM"}],
        readPoint={"id": "https://id.gs1.org/414/6901234500009/254/gate1", "ex:gate": "north"},
        bizTransactionList=[{"type": "po", "bizTransaction": "urn:epc:id:gdti:69012345.0001.77"}],
        sourceList=[{"type": "owning_party", "source": "https://id.gs1.org/417/6901234500009"}],
        destinationList=[{"type": "location", "destination": "https://id.gs1.org/414/6909876500007"}],
        persistentDisposition={"set": ["completeness_verified"], "unset": ["completeness_inferred"]},
        certificationInfo=["https://example.org/certificate/5"],
        ilmd={"cbvmda:lotNumber": "L7", "ex:harvest": {"base": "village 3"}},
        sensorElementList=[
            {
                "sensorMetadata": {"time": "2026-10-03T06:14:00+08:00", "deviceID": "urn:epc:id:giai:69012345.s1"},
                "sensorReport": [
                    {"type": "Temperature", "value": 3.5, "uom": "CEL", "component": "x"},
                    {"type": "ex:Smell", "stringValue": "fresh", "exception": "ALARM_CONDITION"},
                ],
                "ex:position": "middle",
            }
        ],
        **{"ex:note": ["first", {"ex:deep": 1}]},
    ),
    "aggregation": _event(
        "AggregationEvent",
        action="ADD",
        bizStep="packing",
        parentID="https://id.gs1.org/00/069012345000000011",
        childEPCs=["https://id.gs1.org/01/06901234500016/21/A1"],
        childQuantityList=[{"epcClass": "https://id.gs1.org/01/06901234500016/10/L7", "quantity": 10}],
    ),
    "association": _event(
        "AssociationEvent",
        action="ADD",
        parentID="https://id.gs1.org/8003/06901234500016/8",
        childEPCs=["https://id.gs1.org/8004/69012345s1"],
    ),
    "transaction": _event(
        "TransactionEvent",
        action="OBSERVE",
        bizTransactionList=[{"type": "inv", "bizTransaction": "urn:epc:id:gdti:69012345.0001.78"}],
        epcList=["https://id.gs1.org/00/069012345000000011"],
    ),
    "transformation": _event(
        "TransformationEvent",
        inputQuantityList=[{"epcClass": "https://id.gs1.org/01/06901234500016/10/L7", "quantity": 10, "uom": "KGM"}],
        outputEPCList=["https://id.gs1.org/01/06901234500023/21/B1"],
        ilmd={"ex:recipe": "4"},
    ),
    "extended": _event("ex:Blessing", anything={"at": "all"}, eventID="urn:x:1"),
    "error": _event(
        "ObjectEvent",
        action="OBSERVE",
        eventID="urn:x:2",
        epcList=["urn:x:3"],
        errorDeclaration={
            "declarationTime": "2026-10-04T00:00:00Z",
            "reason": "incorrect_data",
            "correctiveEventIDs": ["urn:x:4"],
            "ex:by": "li",
        },
    ),
}


def in_document(*events: object, **members: object) -> Json:
    """An EPCISDocument of these events."""
    return {
        "@context": CONTEXT,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-10-03T06:30:00Z",
        "epcisBody": {"eventList": list(events)},
    } | members


def in_query_document(*events: object) -> Json:
    """An EPCISQueryDocument of these events."""
    results = {"queryName": "SimpleEventQuery", "resultsBody": {"eventList": list(events)}}
    return {"@context": CONTEXT, "type": "EPCISQueryDocument", "epcisBody": {"queryResults": results}}


def changed(base: Json, changes: Mapping[str, object]) -> Any:
    """A copy with the value at each pointer replaced, added, or (DROP) taken away; "" is the whole."""
    result: Any = copy.deepcopy(base)
    for pointer, value in changes.items():
        if not pointer:
            result = copy.deepcopy(value)
            continue
        *way, last = [name.replace("~1", "/").replace("~0", "~") for name in pointer.split("/")[1:]]
        place = result
        for name in way:
            place = place[int(name)] if isinstance(place, list) else place[name]
        key = int(last) if isinstance(place, list) else last
        if value is DROP:
            del place[key]
        elif isinstance(place, list) and key == len(place):
            place.append(copy.deepcopy(value))
        else:
            place[key] = copy.deepcopy(value)
    return result


def schema_oracle(shared_epcis: Path) -> Callable[[object], bool]:
    """Whether GS1's JSON Schema, with formats asserted, accepts a value."""
    schema = json.loads((shared_epcis / "schema" / "epcis-json-schema-2.0.1.json").read_text())
    validator = Draft7Validator(schema, format_checker=Draft7Validator.FORMAT_CHECKER)
    return lambda value: bool(validator.is_valid(value))


def example_files(shared_epcis: Path) -> list[Path]:
    """GS1's example documents."""
    return sorted((shared_epcis / "examples").rglob("*.jsonld"))
