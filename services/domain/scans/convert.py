"""The simple scan: one flat JSON object for people and devices that know nothing of EPCIS, turned into an EPCIS event.

    {"step": "packed", "when": "2026-10-03T06:15:00+08:00", "where": "6901234500009",
     "what": ["(01)06901234500016(21)A1"], "into": "069012345000000011"}

`scan_steps` has the steps and fields. Codes come in any form: EPC URN, Digital Link, element string, plain SSCC, or
another URI; a GLN is enough for a place or party. Unknown fields are refused, never dropped.
"""

from difflib import get_close_matches
from typing import Any

from services.domain.epcis.structure import short_json, step
from services.domain.epcis.vocabulary import EPCIS_CONTEXT, NAMESPACE
from services.domain.errors import Violation
from services.domain.scans.fields import Reader, Things
from services.domain.scans.steps import ALWAYS, FIELDS, STEPS, Step

Json = dict[str, Any]
_LONGEST_NOTE = 2000


def to_epcis(scan: object, pointer: str = "") -> Json | list[Violation]:
    """The EPCIS event of a scan, a JSON object with its own @context; or everything that is wrong with the scan.

    Args:
        scan: the decoded JSON object.
        pointer: RFC 6901 pointer to it in what was sent; the violations' pointers name the scan's own fields.
    """
    if not isinstance(scan, dict):
        return [Violation(pointer, short_json(scan), "a scan: a JSON object with step, when, where and more")]
    reader = Reader(scan, pointer)
    name = scan.get("step")
    kind = STEPS.get(name) if isinstance(name, str) else None
    if kind is None:
        reader.complain("step", f"a step: {', '.join(STEPS)}", reader.given("step"))
        _refuse_unknown(reader, frozenset(FIELDS), "")
        return reader.found
    _refuse_unknown(reader, kind.fields, str(name))
    for missing in sorted((ALWAYS | kind.needs) - scan.keys()):
        reader.complain(missing, FIELDS[missing], reader.given(missing))
    event = _base(reader, kind)
    _BUILDERS[kind.event](reader, kind, event)
    _add_ends(reader, str(name), event)
    _add_temperature(reader, event)
    if "note" in scan:
        event[NAMESPACE + "note"] = reader.text("note", _LONGEST_NOTE)
    return reader.found or event


def _refuse_unknown(reader: Reader, allowed: frozenset[str], name: str) -> None:
    for unknown in sorted(reader.scan.keys() - allowed):
        if unknown in FIELDS:
            others = ", ".join(other for other, kind in STEPS.items() if unknown in kind.fields)
            words = f"no {unknown} with {name}: it goes with {others}"
        elif close := get_close_matches(unknown[:40].lower(), FIELDS, 1):
            words = f"no field of that name; did you mean {close[0]}?"
        else:
            words = f"no field of that name, only {', '.join(field for field in FIELDS if field in allowed)}"
        reader.complain(step("", unknown)[1:], words, reader.scan[unknown])


def _base(reader: Reader, kind: Step) -> Json:
    event: Json = {"@context": EPCIS_CONTEXT, "type": kind.event}
    if "when" in reader.scan:
        event["eventTime"], event["eventTimeZoneOffset"] = reader.time("when")
    if kind.action:
        event["action"] = kind.action
    if kind.biz_step:
        event["bizStep"] = kind.biz_step
    if kind.disposition:
        event["disposition"] = kind.disposition
    if "where" in reader.scan:
        event["readPoint"] = {"id": reader.site("where", "414")}
        if not kind.leaves:
            event["bizLocation"] = dict(event["readPoint"])
    return event


def _put(event: Json, things: Things, epcs: str, quantities: str) -> None:
    if things.epcs:
        event[epcs] = things.epcs
    if things.quantities:
        event[quantities] = things.quantities


def _object(reader: Reader, kind: Step, event: Json) -> None:
    if "what" in reader.scan:
        things = reader.things("what", new=kind.action == "ADD")
        _put(event, things, "epcList", "quantityList")
        if things.lot:
            event["ilmd"] = {"cbvmda:lotNumber": things.lot}
    elif "temperature" not in reader.scan and "what" not in kind.needs:
        reader.complain("what", f"{FIELDS['what']}; or a temperature", reader.given("what"))


def _aggregation(reader: Reader, _kind: Step, event: Json) -> None:
    container = "into" if event["action"] == "ADD" else "from"
    if container in reader.scan:
        event["parentID"] = reader.container(container)
    if "what" in reader.scan:
        things = reader.things("what")
        _put(event, things, "childEPCs", "childQuantityList")
        if event.get("parentID") in things.epcs:
            reader.complain(container, "a container that is not itself in what", reader.given(container))


def _transformation(reader: Reader, _kind: Step, event: Json) -> None:
    sides = {name: reader.things(name) if name in reader.scan else Things() for name in ("inputs", "outputs")}
    _put(event, sides["inputs"], "inputEPCList", "inputQuantityList")
    _put(event, sides["outputs"], "outputEPCList", "outputQuantityList")
    inputs, outputs = ({*side.epcs, *(lot["epcClass"] for lot in side.quantities)} for side in sides.values())
    if inputs & outputs:
        reader.complain(
            "outputs", "nothing that is also an input: what is changed gets a new code", sorted(inputs & outputs)
        )
    if reader.scan["step"] == "mixed":
        event[NAMESPACE + "step"] = "mixed"
        if len(inputs) == 1:
            reader.complain("inputs", "at least two different things to mix", reader.given("inputs"))


_BUILDERS = {"ObjectEvent": _object, "AggregationEvent": _aggregation, "TransformationEvent": _transformation}


def _add_ends(reader: Reader, name: str, event: Json) -> None:
    """Who gave and who took; elsewhere EPCIS has no place for who did it."""
    sources, destinations = [], []
    if "who" in reader.scan:
        who = reader.site("who", "417")
        if name == "shipped":
            sources.append({"type": "possessing_party", "source": who})
        elif name == "received":
            destinations.append({"type": "possessing_party", "destination": who})
        else:
            event[NAMESPACE + "who"] = who
    if "to" in reader.scan:
        destinations.append(reader.end("to", "destination"))
    if "from" in reader.scan and event["type"] == "ObjectEvent":
        sources.append(reader.end("from", "source"))
    if sources:
        event["sourceList"] = sources
    if destinations:
        event["destinationList"] = destinations


def _add_temperature(reader: Reader, event: Json) -> None:
    if "temperature" in reader.scan:
        metadata: Json = {"time": event.get("eventTime")}
        if "device" in reader.scan:
            metadata["deviceID"] = reader.code("device", reader.given("device"))
        report = {"type": "Temperature", "value": reader.celsius("temperature"), "uom": "CEL"}
        event["sensorElementList"] = [{"sensorMetadata": metadata, "sensorReport": [report]}]
        if "bizStep" not in event:
            event["bizStep"] = "sensor_reporting"
    elif "device" in reader.scan:
        reader.complain("device", "a device only beside a temperature", reader.given("device"))
