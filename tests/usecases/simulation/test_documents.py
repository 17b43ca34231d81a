"""The documents are EPCIS 2.0: GS1's schema, the rules it cannot say, identifiers that others can read."""

import json
from collections import defaultdict
from datetime import datetime
from pathlib import Path

import biip
from jsonschema import Draft7Validator

from services.domain import identifiers
from services.domain.epcis.validation import check_event
from services.usecases.simulation.catalogue import describe_items
from services.usecases.simulation.gs1 import check_digit, gtin14
from services.usecases.simulation.steps import Kind, steps
from services.usecases.simulation.wave import make_wave
from tests.oracle.identifiers import canonical
from tests.usecases.simulation.seasons import Json, Season


def sample(events: list[Json], per_form: int = 2) -> list[Json]:
    """Some events of every form: type, action, step, members, time zone."""
    forms: dict[tuple[object, ...], list[Json]] = defaultdict(list)
    for e in events:
        form = (e["type"], e.get("action"), e["bizStep"], e["eventTimeZoneOffset"], *sorted(e))
        if len(forms[form]) < per_form:
            forms[form].append(e)
    return [e for some in forms.values() for e in some]


def test_documents_are_valid_by_the_schema_of_gs1(large: Season, shared_epcis: Path) -> None:
    schema = json.loads((shared_epcis / "schema" / "epcis-json-schema-2.0.1.json").read_text())
    validator = Draft7Validator(schema, format_checker=Draft7Validator.FORMAT_CHECKER)
    document = dict(large.documents[0])
    document["epcisBody"] = {"eventList": [dict(e) for e in sample(large.events)]}
    assert [f"{list(e.absolute_path)}: {e.message}" for e in validator.iter_errors(document)] == []
    # The oracle must be able to refuse: an event of the sample with one member spoilt.
    document["epcisBody"]["eventList"][0] |= {"eventTime": "yesterday"}
    assert not validator.is_valid(document)


def test_every_event_passes_the_products_own_check(large: Season) -> None:
    for event in sample(large.events, 20):
        checked = check_event(event, "/epcisBody/eventList/0")
        assert not isinstance(checked, list), checked


def test_what_the_schema_cannot_say(large: Season) -> None:
    inline = {"time", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod"}
    for e in large.events:
        if e["type"] in ("AggregationEvent", "AssociationEvent"):
            assert e["parentID"]
            children = [*e.get("childEPCs", ()), *e.get("childQuantityList", ())]
            assert children or (e["type"] == "AggregationEvent" and e["action"] == "DELETE")
        for element in e.get("sensorElementList", ()):
            for report in element["sensorReport"]:
                assert not inline & set(element["sensorMetadata"]) & set(report)
        assert e["eventTime"].endswith(e["eventTimeZoneOffset"])
        assert e["eventID"].startswith("urn:uuid:")
        lists = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
        assert all(len(set(e[m])) == len(e[m]) for m in lists if m in e)


def test_every_kind_of_step_occurs(large: Season) -> None:
    wave = make_wave(12, 5)
    assert set(wave.events.kind.tolist()) == {int(k) for k in Kind}
    told = {(e["type"], e.get("action", ""), e["bizStep"]) for e in large.events}
    assert told == {(s.type.json, s.action, s.biz_step) for s in steps()}


def test_both_forms_of_a_thing_name_the_same_thing() -> None:
    wave = make_wave(3, 1)
    assert [canonical(urn) for urn in wave.urns] == wave.links
    assert len(set(wave.links)) == len(wave.links)


def test_the_products_canonical_form_is_the_truths() -> None:
    wave = make_wave(3, 1)
    assert [identifiers.canonical(urn) for urn in wave.urns] == wave.links
    assert [identifiers.canonical(link) for link in wave.links] == wave.links


def test_codes_are_well_formed_for_an_independent_parser() -> None:
    wave = make_wave(3, 0)
    for link in wave.links:
        element_string = "".join(link.removeprefix("https://id.gs1.org/").split("/"))
        parsed = biip.parse(element_string)
        assert parsed.gs1_message is not None, (link, parsed.gs1_message_error)
    for item in describe_items():
        gtin = str(item["gtin"])
        assert check_digit(gtin[:-1]) == gtin[-1]
        assert 690 <= int(gtin[1:4]) <= 699
    assert gtin14("4012345", 0, 11111) == "04012345111118"  # the pair in GS1's identifier examples


def test_time_zones_and_both_identifier_forms_are_mixed(large: Season) -> None:
    assert {e["eventTimeZoneOffset"] for e in large.events} == {"+08:00", "+06:00"}
    sold = [e for e in large.events if e["bizStep"] == "retail_selling"]
    packed = [e for e in large.events if e["bizStep"] == "packing" and "childEPCs" in e]
    assert all(x.startswith("https://id.gs1.org/01/") for e in sold for x in e["epcList"])
    assert all(x.startswith("urn:epc:id:") for e in packed for x in e["childEPCs"])


def test_documents_tell_when_they_were_made(large: Season) -> None:
    for document in large.documents:
        made = datetime.fromisoformat(document["creationDate"])
        assert all(datetime.fromisoformat(e["eventTime"]) < made for e in document["epcisBody"]["eventList"])


def test_master_data_names_every_place_that_occurs(large: Season) -> None:
    places = {m["id"]: m for m in large.master if m["kind"] == "place"}
    used = {canonical(e[m]["id"]) for e in large.events for m in ("readPoint", "bizLocation") if m in e}
    used |= {
        canonical(d["destination"])
        for e in large.events
        for d in e.get("destinationList", ())
        if d["type"] == "location"
    }
    assert used == set(places)
    assert {p["level"] for p in places.values()} == {
        "BASE",
        "HOUSEHOLD",
        "VILLAGE_POINT",
        "TOWNSHIP_STATION",
        "COUNTY_CENTRE",
        "SUZHOU_WAREHOUSE",
        "MICRO_MARKET",
        "STORE",
        "CANTEEN",
    }
    gtins = {m["gtin"] for m in large.master if m["kind"] == "item"}
    things = {t["unit"].split("/")[4] for t in large.truth if "/01/" in t["unit"]}
    assert things <= gtins
