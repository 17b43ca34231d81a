"""What must be true between the members of an event.

Two sets: the combinations that the EPCIS 2.0.1 JSON Schema spells as anyOf (always applied), and the rules that no
schema can say (GS1 conformance test cases TCR-53 and TCR-54; EPCIS 2.0, AggregationEvent, parentID). An event with an
errorDeclaration repeats the event it withdraws word for word and is never applied, so the second set leaves it alone;
GS1's own examples of such events rely on that.

Every rule reads the JSON object and bears any garbage in it: types are checked elsewhere.
"""

from collections.abc import Callable
from typing import Any

from services.domain.epcis.structure import ABSENT, short_json, step
from services.domain.errors import Violation

Json = dict[str, Any]
Rule = Callable[[Json, str], list[Violation]]

# Attributes that a sensor element may carry once: in its metadata or in its reports (TCR-53).
INLINE = frozenset({"time", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod"})


def _filled(event: Json, *names: str) -> bool:
    return any(isinstance(event.get(name), list) and event[name] for name in names)


def _object_what(event: Json, pointer: str) -> list[Violation]:
    if "epcList" in event or _filled(event, "quantityList"):
        return []
    if _filled(event, "sensorElementList") and "readPoint" in event:
        return []
    words = "what it is about: an epcList, a quantityList with an element, or a sensorElementList with a readPoint"
    return [Violation(pointer, short_json(event), words)]


def _ilmd_only_with_add(event: Json, pointer: str) -> list[Violation]:
    if "ilmd" not in event or event.get("action") == "ADD":
        return []
    return [Violation(step(pointer, "ilmd"), short_json(event["ilmd"]), "no ilmd unless the action is ADD")]


def _persistent_disposition(event: Json, pointer: str) -> list[Violation]:
    held = event.get("persistentDisposition")
    if not isinstance(held, dict) or held.keys() & {"set", "unset"}:
        return []
    return [Violation(step(pointer, "persistentDisposition"), short_json(held), "a list set, a list unset, or both")]


def _children(event: Json, pointer: str) -> list[Violation]:
    if event.get("action") not in ("ADD", "OBSERVE") or _filled(event, "childEPCs", "childQuantityList"):
        return []
    words = "childEPCs or childQuantityList with an element (they may only be missing when the action is DELETE)"
    return [Violation(pointer, short_json(event), words)]


def _transaction_what(event: Json, pointer: str) -> list[Violation]:
    if "epcList" in event or _filled(event, "quantityList") or event.get("action") not in ("ADD", "OBSERVE"):
        return []
    words = "an epcList or a quantityList with an element (they may only be missing when the action is DELETE)"
    return [Violation(pointer, short_json(event), words)]


def _inputs_and_outputs(event: Json, pointer: str) -> list[Violation]:
    inputs = _filled(event, "inputEPCList", "inputQuantityList")
    outputs = _filled(event, "outputEPCList", "outputQuantityList")
    if (inputs and outputs) or ("transformationID" in event and (inputs or outputs)):
        return []
    words = (
        "inputs (inputEPCList or inputQuantityList with an element) and outputs (outputEPCList or outputQuantityList "
        "with an element); with a transformationID one of the two is enough"
    )
    return [Violation(pointer, short_json(event), words)]


def _parent(event: Json, pointer: str) -> list[Violation]:
    if event.get("action") not in ("ADD", "DELETE") or "parentID" in event:
        return []
    words = "the URI of the container: a parentID may only be missing when the action is OBSERVE"
    return [Violation(step(pointer, "parentID"), ABSENT, words)]


def _inline_once(event: Json, pointer: str) -> list[Violation]:
    found = []
    elements = event.get("sensorElementList")
    for index, element in enumerate(elements if isinstance(elements, list) else ()):
        metadata = element.get("sensorMetadata") if isinstance(element, dict) else None
        if not isinstance(metadata, dict) or not (once := INLINE & metadata.keys()):
            continue
        reports = element.get("sensorReport")
        for number, report in enumerate(reports if isinstance(reports, list) else ()):
            for name in sorted(once & report.keys() if isinstance(report, dict) else ()):
                place = f"{pointer}/sensorElementList/{index}/sensorReport/{number}/{name}"
                words = f"{name} in the sensorMetadata or in the sensorReport, not in both"
                found.append(Violation(place, short_json(report[name]), words))
    return found


_SCHEMA: dict[str, tuple[Rule, ...]] = {
    "ObjectEvent": (_object_what, _ilmd_only_with_add, _persistent_disposition),
    "AggregationEvent": (_children, _persistent_disposition),
    "AssociationEvent": (_children, _persistent_disposition),
    "TransactionEvent": (_transaction_what, _persistent_disposition),
    "TransformationEvent": (_inputs_and_outputs, _persistent_disposition),
}
_BEYOND: dict[str, tuple[Rule, ...]] = {
    "ObjectEvent": (_inline_once,),
    "AggregationEvent": (_parent, _inline_once),
    "AssociationEvent": (_inline_once,),  # its parentID is required by the schema
    "TransactionEvent": (_inline_once,),
    "TransformationEvent": (_inline_once,),
}


def broken_rules(event: Json, event_type: str, pointer: str) -> list[Violation]:
    """The rules that an event of one of the five standard types breaks; events of other types know no rule."""
    found: list[Violation] = []
    for rule in _SCHEMA.get(event_type, ()):
        found += rule(event, pointer)
    if "errorDeclaration" not in event:
        for rule in _BEYOND.get(event_type, ()):
            found += rule(event, pointer)
    return found
