"""Simple scans become valid EPCIS events, or are refused in the words of the scan."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.domain.epcis.documents import check_events, read_event
from services.domain.epcis.events import AggregationEvent, ObjectEvent
from services.domain.epcis.validation import check_event
from services.domain.epcis.vocabulary import BIZ_STEPS, DISPOSITIONS, NAMESPACE
from services.domain.errors import Violation
from services.domain.identifiers.gs1_keys import check_digit
from services.domain.scans.convert import to_epcis
from services.domain.scans.fields import UNITS
from services.domain.scans.steps import ANYWHERE, FIELDS, STEPS
from tests.domain.epcis.epcis_samples import Json, schema_oracle


def checked(digits: str) -> str:
    return digits + check_digit(digits)


GLN = checked("690123450000")
GTIN = checked("0690123450001")
SSCC = checked("06901234500000001")
PACK = f"(01){GTIN}(21)A1"
LOT = f"(01){GTIN}(10)L7"
ID = "https://id.gs1.org/"
HEAD: Json = {"when": "2026-10-03T06:15:00.5+08:00", "where": GLN}


def event(**scan: Any) -> Json:
    made = to_epcis(HEAD | scan, "/scans/3")
    assert isinstance(made, dict), made
    assert not isinstance(check_event(made, ""), list)
    return made


def refused(scan: object) -> list[Violation]:
    made = to_epcis(scan, "/scans/3")
    assert isinstance(made, list), made
    assert made
    return made


def test_harvested_lot() -> None:
    made = event(step="harvested", what=f"(01){GTIN}", lot="L/7", quantity=250, unit="斤", who=GLN)
    assert made["action"] == "ADD"
    assert made["bizStep"] == "commissioning"
    assert made["quantityList"] == [{"epcClass": f"{ID}01/{GTIN}/10/L%2F7", "quantity": 125.0, "uom": "KGM"}]
    assert "epcList" not in made
    assert made["eventTime"] == HEAD["when"]
    assert made["eventTimeZoneOffset"] == "+08:00"
    assert made["readPoint"] == made["bizLocation"] == {"id": f"{ID}414/{GLN}"}
    assert made[NAMESPACE + "who"] == f"{ID}417/{GLN}"


def test_harvested_packs_of_one_lot() -> None:
    made = event(step="harvested", what=[PACK, f"(01){GTIN}(21)A2"], lot="L7")
    assert made["epcList"] == [f"{ID}01/{GTIN}/21/A1", f"{ID}01/{GTIN}/21/A2"]
    assert made["ilmd"] == {"cbvmda:lotNumber": "L7"}


@pytest.mark.parametrize("code", [f"(01){GTIN}(10)L7(21)A1", f"https://example.org/01/{GTIN}/10/L7/21/A1"])
def test_a_new_pack_keeps_the_lot_in_its_code(code: str) -> None:
    assert event(step="harvested", what=code)["epcList"] == [f"{ID}01/{GTIN}/10/L7/21/A1"]
    assert event(step="sold", what=code)["epcList"] == [f"{ID}01/{GTIN}/21/A1"]
    assert refused(HEAD | {"step": "harvested", "what": code, "lot": "L8"})[0].pointer == "/scans/3/lot"


def test_packed_and_unpacked() -> None:
    made = event(step="packed", what=[PACK, {"code": LOT, "quantity": 3}], into=SSCC)
    assert made["type"] == "AggregationEvent"
    assert made["action"] == "ADD"
    assert made["parentID"] == f"{ID}00/{SSCC}"
    assert made["childEPCs"] == [f"{ID}01/{GTIN}/21/A1"]
    assert made["childQuantityList"] == [{"epcClass": f"{ID}01/{GTIN}/10/L7", "quantity": 3}]
    made = event(step="unpacked", **{"from": SSCC})
    assert made["action"] == "DELETE"
    assert made["parentID"] == f"{ID}00/{SSCC}"
    assert "childEPCs" not in made


def test_shipped_and_received() -> None:
    made = event(step="shipped", what=SSCC, who=GLN, to=f"(417){GLN}")
    assert made["sourceList"] == [{"type": "possessing_party", "source": f"{ID}417/{GLN}"}]
    assert made["destinationList"] == [{"type": "possessing_party", "destination": f"{ID}417/{GLN}"}]
    assert "bizLocation" not in made
    made = event(step="received", what=SSCC, who="https://example.org/li", **{"from": GLN})
    assert made["sourceList"] == [{"type": "location", "source": f"{ID}414/{GLN}"}]
    assert made["destinationList"] == [{"type": "possessing_party", "destination": "https://example.org/li"}]
    assert made["bizLocation"] == {"id": f"{ID}414/{GLN}"}


def test_ends_of_life() -> None:
    assert event(step="sold", what=PACK)["disposition"] == "retail_sold"
    made = event(step="destroyed", what=[LOT])
    assert (made["action"], made["disposition"]) == ("DELETE", "destroyed")


def test_temperature() -> None:
    made = event(step="observed", temperature=-18, device="(8004)69012345s1")
    assert made["bizStep"] == "sensor_reporting"
    assert made["sensorElementList"] == [
        {
            "sensorMetadata": {"time": HEAD["when"], "deviceID": f"{ID}8004/69012345s1"},
            "sensorReport": [{"type": "Temperature", "value": -18, "uom": "CEL"}],
        }
    ]
    assert "sensorElementList" in event(step="arrived", what=SSCC, temperature=3.5)


def test_mixed() -> None:
    lots = [{"code": f"(01){GTIN}", "lot": lot, "quantity": 2, "unit": "t"} for lot in ("A", "B")]
    made = event(step="mixed", inputs=lots, outputs=[f"(01){GTIN}(10)C", "urn:own:7"], note="两村合批")
    assert made["type"] == "TransformationEvent"
    assert "action" not in made
    assert made["inputQuantityList"][1] == {"epcClass": f"{ID}01/{GTIN}/10/B", "quantity": 2, "uom": "TNE"}
    assert made["outputEPCList"] == ["urn:own:7"]
    assert made[NAMESPACE + "step"] == "mixed"
    assert made[NAMESPACE + "note"] == "两村合批"


def test_what_comes_out_is_what_epcis_makes_of_it() -> None:
    held = check_event(event(step="observed", what="urn:own:7", temperature=4), "")
    assert isinstance(held, ObjectEvent)
    assert held.sensor_element_list[0].sensor_report[0].value == 4
    held = check_event(event(step="packed", what=PACK, into=SSCC, note="x"), "")
    assert isinstance(held, AggregationEvent)
    assert held.extensions == {NAMESPACE + "note": "x"}


# Scan, field that the complaint names, words of it.
WRONG: dict[str, tuple[object, str, str]] = {
    "a list": ([], "", "JSON object"),
    "nothing": ({}, "/step", "harvested packed"),
    "a step of nobody": (HEAD | {"step": "pack"}, "/step", "packed"),
    "a step that is a list": (HEAD | {"step": ["packed"]}, "/step", "packed"),
    "no time": ({"step": "sold", "where": GLN, "what": PACK}, "/when", "zone offset"),
    "no place": ({"step": "sold", "when": HEAD["when"], "what": PACK}, "/where", "GLN"),
    "time without zone": (HEAD | {"step": "sold", "what": PACK, "when": "2026-10-03T06:15:00"}, "/when", "zone offset"),
    "zone beyond 14 hours": (
        HEAD | {"step": "sold", "what": PACK, "when": "2026-10-03T06:15:00+15:00"},
        "/when",
        "zone offset",
    ),
    "time a number": (HEAD | {"step": "sold", "what": PACK, "when": 5}, "/when", "zone offset"),
    "GLN with a wrong digit": (
        HEAD | {"step": "sold", "what": PACK, "where": GLN[:-1] + "9"},
        "/where",
        f"{GLN[:-1]} takes {GLN[-1]}",
    ),
    "place that is a pack": (HEAD | {"step": "sold", "what": PACK, "where": SSCC}, "/where", "place GLN"),
    "place with Chinese": (HEAD | {"step": "sold", "what": PACK, "where": "https://x.cn/村"}, "/where", "GLN URI"),
    "typing error": (HEAD | {"step": "sold", "what": PACK, "wat": 1}, "/wat", "mean what?"),
    "strange field": (HEAD | {"step": "sold", "what": PACK, "colour/~": 1}, "/colour~1~0", "only step when where what"),
    "field of another step": (HEAD | {"step": "sold", "what": PACK, "into": SSCC}, "/into", "goes with packed"),
    "no code": (HEAD | {"step": "sold"}, "/what", "codes"),
    "empty list": (HEAD | {"step": "sold", "what": []}, "/what", "at least one code"),
    "code a number": (HEAD | {"step": "sold", "what": 6901234}, "/what", "a code as a text"),
    "code nothing": (HEAD | {"step": "sold", "what": [PACK, None]}, "/what/1", "a code as a text"),
    "code of no form": (HEAD | {"step": "sold", "what": "tomatoes"}, "/what", "identifier"),
    "pack code with a wrong digit": (HEAD | {"step": "sold", "what": SSCC[:-1] + "9"}, "/what", "right check digit"),
    "link with a wrong digit": (
        HEAD | {"step": "sold", "what": f"{ID}00/{SSCC[:-1]}9"},
        "/what",
        f"{SSCC[:-1]} takes {SSCC[-1]}",
    ),
    "product code alone": (HEAD | {"step": "sold", "what": f"(01){GTIN}"}, "/what", "lot or serial number"),
    "place as a thing": (HEAD | {"step": "sold", "what": f"(414){GLN}"}, "/what", "of a thing"),
    "same pack twice": (HEAD | {"step": "sold", "what": [PACK, f"{ID}01/{GTIN}/21/A1"]}, "/what/1", "only once"),
    "item without code": (HEAD | {"step": "sold", "what": [{"lot": "L7"}]}, "/what/0/code", "a code as a text"),
    "item with more": (HEAD | {"step": "sold", "what": [{"code": PACK, "kg": 1}]}, "/what/0/kg", "only code, lot"),
    "amount of a pack": (HEAD | {"step": "sold", "what": PACK, "quantity": 2}, "/quantity", "beside a lot"),
    "amount of a list": (HEAD | {"step": "sold", "what": [LOT], "quantity": 2}, "/quantity", "single code"),
    "amount of none": (HEAD | {"step": "sold", "what": LOT, "quantity": 0}, "/quantity", "above 0"),
    "amount true": (HEAD | {"step": "sold", "what": LOT, "quantity": True}, "/quantity", "above 0"),
    "amount beyond reason": (HEAD | {"step": "sold", "what": LOT, "quantity": 10**400}, "/quantity", "above 0"),
    "amount in words": (HEAD | {"step": "sold", "what": LOT, "quantity": "2 kg"}, "/quantity", "above 0"),
    "unit of nobody": (HEAD | {"step": "sold", "what": LOT, "quantity": 2, "unit": "boxes"}, "/unit", "kg 斤 KGM"),
    "unit alone": (HEAD | {"step": "sold", "what": LOT, "unit": "kg"}, "/unit", "beside a quantity"),
    "unit in an item": (
        HEAD | {"step": "sold", "what": [{"code": LOT, "quantity": 2, "unit": 5}]},
        "/what/0/unit",
        "kg 斤 KGM",
    ),
    "lot of a lot": (HEAD | {"step": "sold", "what": LOT, "lot": "L8"}, "/lot", "product code"),
    "lot of a pack that is not new": (HEAD | {"step": "sold", "what": PACK, "lot": "L7"}, "/lot", "product code"),
    "lot of a new pack in an item": (
        HEAD | {"step": "harvested", "what": [{"code": PACK, "lot": "L7"}]},
        "/what/0/lot",
        "product code",
    ),
    "lot with a blank": (HEAD | {"step": "sold", "what": f"(01){GTIN}", "lot": "L 7"}, "/lot", "no blanks"),
    "lot of 21 characters": (HEAD | {"step": "sold", "what": f"(01){GTIN}", "lot": "L" * 21}, "/lot", "1 to 20"),
    "packed into a lot": (HEAD | {"step": "packed", "what": PACK, "into": LOT}, "/into", "one container"),
    "packed into itself": (HEAD | {"step": "packed", "what": SSCC, "into": SSCC}, "/into", "not itself"),
    "unpacked from nothing": (HEAD | {"step": "unpacked", "what": PACK}, "/from", "container"),
    "inputs only": (HEAD | {"step": "processed", "inputs": [LOT]}, "/outputs", "came out"),
    "inputs are outputs": (
        HEAD | {"step": "processed", "inputs": [LOT], "outputs": [LOT]},
        "/outputs",
        "also an input",
    ),
    "one thing mixed": (HEAD | {"step": "mixed", "inputs": [LOT], "outputs": [PACK]}, "/inputs", "two different"),
    "nothing observed": (HEAD | {"step": "observed"}, "/what", "or a temperature"),
    "temperature in words": (HEAD | {"step": "observed", "temperature": "3 °C"}, "/temperature", "°C"),
    "temperature below the lowest": (HEAD | {"step": "observed", "temperature": -274}, "/temperature", "-273.15"),
    "device alone": (HEAD | {"step": "sold", "what": PACK, "device": "urn:x:1"}, "/device", "beside a temperature"),
    "empty note": (HEAD | {"step": "sold", "what": PACK, "note": ""}, "/note", "1 to 2000"),
    "long note": (HEAD | {"step": "sold", "what": PACK, "note": "x" * 2001}, "/note", "1 to 2000"),
    "party in words": (HEAD | {"step": "sold", "what": PACK, "who": "Li"}, "/who", "GLN URI"),
    "goes to a pack": (HEAD | {"step": "shipped", "what": PACK, "to": SSCC}, "/to", "place or party"),
}


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in WRONG.items()])
def test_what_is_wrong_is_said_of_the_scans_own_field(case: tuple[object, str, str]) -> None:
    scan, pointer, words = case
    found = refused(scan)
    said = [one for one in found if one.pointer == "/scans/3" + pointer]
    assert any(all(word in one.expected for word in words.split()) for one in said), found


def test_everything_that_is_wrong_is_said() -> None:
    found = refused({"step": "packed", "when": "x", "where": "y", "what": ["z", "z"], "into": 1, "foo": 2})
    assert {one.pointer.removeprefix("/scans/3/") for one in found} == {
        "when",
        "where",
        "what/0",
        "what/1",
        "into",
        "foo",
    }


def test_steps_and_fields_are_those_of_epcis_and_described() -> None:
    for kind in STEPS.values():
        assert kind.fields <= FIELDS.keys()
        assert kind.words
        assert not kind.biz_step or kind.biz_step in BIZ_STEPS
        assert not kind.disposition or kind.disposition in DISPOSITIONS
    assert set().union(*(kind.fields for kind in STEPS.values())) == FIELDS.keys()


serials = st.text(alphabet="!\"%&'()*+,-./0:;<=>?Aa_", min_size=1, max_size=20)
packs = serials.map(lambda serial: f"{ID}01/{GTIN}/21/" + "".join(f"%{ord(one):02X}" for one in serial))
lots = serials.map(lambda lot: {"code": f"(01){GTIN}", "lot": lot})
amounts = st.fixed_dictionaries(
    {"quantity": st.floats(1e-6, 1e12) | st.integers(1, 10**12)},
    optional={"unit": st.sampled_from([*UNITS, "KGM", "XBX"])},
)
amounted = st.builds(lambda lot, amount: lot | amount, lots, amounts)
own = st.integers(0, 99).map("urn:own:{}".format)
codes = st.lists(packs | lots | amounted | own, min_size=1, max_size=4, unique_by=repr)
sites = st.sampled_from(
    [GLN, f"(414){GLN}(254)gate1", f"urn:epc:id:sgln:{GLN[:7]}.{GLN[7:12]}.0", "https://example.org/p", f"(417){GLN}"]
)
containers = st.sampled_from([SSCC, f"(00){SSCC}", f"urn:epc:id:grai:6901234.50000.{GLN}", "urn:crate:5"])
zones = st.sampled_from(["Z", "+08:00", "-03:30", "z", "+14:00", "-00:00"])
times = st.builds(
    lambda at, zone: at.isoformat() + zone, st.datetimes().filter(lambda at: 1900 < at.year < 2299), zones
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "when": times,
    "where": sites,
    "what": codes,
    "who": sites,
    "into": containers,
    "from": containers,
    "to": sites,
    "inputs": codes,
    "outputs": codes.map(lambda made: [f"urn:out:{index}" for index, _ in enumerate(made)]),
    "temperature": st.floats(-273, 1000) | st.integers(-273, 1000),
    "device": own,
    "note": st.text(alphabet=st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20),
}


@st.composite
def good_scans(draw: st.DrawFn) -> Json:
    name = draw(st.sampled_from(sorted(STEPS)))
    kind = STEPS[name]
    fields = {"when", "where", *kind.needs} | draw(
        st.sets(st.sampled_from(sorted((kind.may | ANYWHERE) & VALUES.keys())))
    )
    scan = {"step": name} | {field: draw(VALUES[field]) for field in sorted(fields)}
    if "from" in scan and kind.event == "ObjectEvent":
        scan["from"] = draw(sites)
    if "device" in scan or name == "observed":
        scan.setdefault("temperature", 3)
    if name == "mixed":
        scan["inputs"] = [*scan["inputs"], "urn:in:1", "urn:in:2"]
    return scan


@settings(max_examples=300)
@given(good_scans())
def test_a_good_scan_is_a_valid_event(scan: Json) -> None:
    made = to_epcis(scan)
    assert isinstance(made, dict), made
    document = read_event(json.dumps(made).encode())
    assert len(check_events(document)) == 1
    assert made["eventTime"] == scan["when"]


@pytest.fixture(scope="module")
def schema_accepts(shared_epcis: Path) -> Callable[[object], bool]:
    return schema_oracle(shared_epcis)


@settings(max_examples=100, deadline=None)
@given(scan=good_scans())
def test_the_schema_accepts_it_too(scan: Json, schema_accepts: Callable[[object], bool]) -> None:
    assert schema_accepts(to_epcis(scan))


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | own
    | st.sampled_from([PACK, LOT, SSCC, GLN]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["code", "lot", "x"]) | st.text(), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=500)
@given(
    good_scans(),
    st.dictionaries(st.sampled_from(sorted(FIELDS)) | st.text(max_size=9), anything, max_size=3),
    st.data(),
)
def test_any_scan_is_a_valid_event_or_refused_at_its_own_fields(scan: Json, other: Json, data: st.DataObject) -> None:
    spoilt = scan | other
    for field in data.draw(st.lists(st.sampled_from(sorted(spoilt)), max_size=2, unique=True)):
        del spoilt[field]
    made = to_epcis(spoilt, "/7")
    if isinstance(made, dict):
        assert not isinstance(check_event(made, ""), list)
    else:
        assert made
        for one in made:
            field = one.pointer.removeprefix("/7/").split("/")[0].replace("~1", "/").replace("~0", "~")
            assert field in spoilt.keys() | FIELDS.keys()


@given(anything)
def test_what_is_no_scan_is_refused(scan: Any) -> None:
    assert refused(scan)
