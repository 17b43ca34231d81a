"""The event hash (CBV 2.0 §8.9): GS1's vectors, and the laws that make it a name for a content."""

import copy
import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.accepted import accept
from services.domain.epcis.context import Context
from services.domain.epcis.documents import RawEvent
from services.domain.epcis.event_hash import event_hash, prehash
from services.domain.epcis.validation import check_event
from tests.domain.epcis.epcis_samples import BASES, CONTEXT, DROP, Json, changed
from tests.domain.epcis.json_values import JSON, NAMES, reordered

BASE_CONTEXT = Context.of(CONTEXT)
FARM = "https://example.org/farm/"
LEFT_OUT = ("recordTime", "eventID", "errorDeclaration")
STANDARD_TYPES = [base for name, base in BASES.items() if name != "extended"]


def content_digest(event: Json, context: Context) -> bytes:
    """What an accepted event keeps of what it says; an error declaration is told apart by more than these tests do."""
    bare = {name: value for name, value in event.items() if name != "errorDeclaration"}
    return accept(RawEvent(b"", bare, ""), context, b"", 0).content


def both(event: Json, context: Context = BASE_CONTEXT) -> tuple[str, bytes]:
    """The two names of a content."""
    return event_hash(event, context), content_digest(event, context)


def vectors(shared_epcis: Path) -> Iterator[tuple[str, Json, Context, str, str]]:
    """Every event of the JSON vectors with its context, its stated hash and, where there is one, pre-hash string."""
    for path in sorted((shared_epcis / "event-hash" / "examples").glob("*.jsonld")):
        document = json.loads(path.read_text())
        holder = document["epcisBody"].get("queryResults", document)
        body = holder.get("resultsBody", document["epcisBody"])
        context = Context.of(document["@context"]).ignoring_as_said_in(document).ignoring_as_said_in(holder)
        hashes = path.with_suffix(".hashes").read_text().split()
        strings = path.with_suffix(".prehashes")
        texts = strings.read_text().splitlines() if strings.exists() else []
        for position, (event, stated) in enumerate(zip(body["eventList"], hashes, strict=True)):
            text = texts[position] if position < len(texts) else ""
            yield f"{path.name}[{position}]", event, context, stated, text


def test_vectors(shared_epcis: Path) -> None:
    found = list(vectors(shared_epcis))
    assert len(found) >= 40
    for name, event, context, stated, text in found:
        if sha256(text.encode()).hexdigest() in stated:  # three strings in the vectors are garbled
            assert prehash(event, context) == text, name
        assert event_hash(event, context) == stated, name


def test_events_that_must_hash_alike(shared_epcis: Path) -> None:
    paths = list((shared_epcis / "event-hash" / "expected_equal").glob("*.json"))
    assert paths
    for path in paths:
        document = json.loads(path.read_text())
        context = Context.of(document["@context"])
        assert len({both(event, context) for event in document["epcisBody"]["eventList"]}) == 1, path.name


@given(st.sampled_from(list(BASES.values())), st.data())
def test_order_does_not_matter(base: Json, data: st.DataObject) -> None:
    assert both(data.draw(reordered(base))) == both(base)


@given(st.sampled_from(list(BASES.values())), st.lists(st.sampled_from(LEFT_OUT)))
def test_what_is_said_about_the_event_does_not_matter(base: Json, kept: list[str]) -> None:
    bare = {name: value for name, value in base.items() if name not in LEFT_OUT}
    said = {
        "recordTime": "2027-01-01T00:00:00Z",
        "eventID": "urn:uuid:00000000-0000-0000-0000-000000000000",
        "errorDeclaration": BASES["error"]["errorDeclaration"],
    }
    assert both(bare | {name: said[name] for name in kept}) == both(bare) == both(base)


def leaves(value: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Every text, number and truth value inside, with its JSON pointer."""
    if isinstance(value, dict | list):
        for name, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(item, f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}")
    else:
        yield pointer, value


LATER = "2026-10-03T06:15:00.001+08:00"


def other(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int | float) else value + "9"


SHOWN = [(name, pointer) for name, base in BASES.items() for pointer, _ in leaves(base)]
SHOWN = [(name, pointer) for name, pointer in SHOWN if not pointer.startswith(tuple(f"/{one}" for one in LEFT_OUT))]


@pytest.mark.parametrize(("name", "pointer"), SHOWN)
def test_every_value_matters(name: str, pointer: str) -> None:
    base = BASES[name]
    value = dict(leaves(base))[pointer]
    new = changed(base, {pointer: LATER if pointer == "/eventTime" else other(value)})
    assert event_hash(new, BASE_CONTEXT) != event_hash(base, BASE_CONTEXT)
    assert content_digest(new, BASE_CONTEXT) != content_digest(base, BASE_CONTEXT)


@pytest.mark.parametrize(
    ("name", "member"),
    [
        (name, member)
        for name, base in BASES.items()
        for member in base
        if member not in (*LEFT_OUT, "type", "eventTime", "eventTimeZoneOffset")
    ],
)
def test_every_member_matters(name: str, member: str) -> None:
    assert event_hash(changed(BASES[name], {f"/{member}": DROP}), BASE_CONTEXT) != event_hash(BASES[name], BASE_CONTEXT)


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/readPoint/gate", "north"),
        ("/sensorElementList/0/sensorReport/0/bizRules", "https://example.org/rules/1"),
        ("/sensorElementList/0/sensorReport/1/ex:more", {"ex:deep": [True]}),
        ("/sensorElementList/0/sensorMetadata/ex:more", False),
        ("/sensorElementList/0/ex:more", 0),
        ("/ilmd/ex:more", [[1, 2], [3]]),
        ("/ex:more", {}),
    ],
)
def test_what_is_added_matters_whatever_else_is_there(pointer: str, value: object) -> None:
    for base in (BASES["object"], {k: v for k, v in BASES["object"].items() if k not in LEFT_OUT and ":" not in k}):
        longer = changed(base, {pointer: value})
        assert not isinstance(check_event(longer, ""), list)
        assert len({event_hash(one, BASE_CONTEXT) for one in (base, longer)}) == 2
        assert len({content_digest(one, BASE_CONTEXT) for one in (base, longer)}) == 2
        assert both(longer | {"eventID": "urn:x:9", "recordTime": "2027-01-01T00:00:00Z"}) == both(longer)


@given(st.sampled_from(STANDARD_TYPES), st.dictionaries(NAMES, JSON, max_size=4), JSON, st.data())
def test_any_extension_has_a_hash(base: Json, extensions: Json, held: object, data: st.DataObject) -> None:
    event = copy.deepcopy(base) | {f"ex:{name}": value for name, value in extensions.items()}
    event["readPoint"] = {"id": "urn:x:here", "ex:held": held, **extensions}
    event["ilmd"] = {f"ex:{name}": value for name, value in extensions.items()}
    event["sensorElementList"] = [
        {
            "sensorMetadata": {"ex:held": held},
            "sensorReport": [{"type": "Temperature", "ex:held": held}],
            "ex:held": held,
        }
    ]
    if event["readPoint"].get("id") != "urn:x:here":
        event["readPoint"]["id"] = "urn:x:here"
    assert event_hash(event, BASE_CONTEXT).startswith("ni:///sha-256;")
    assert len(content_digest(event, BASE_CONTEXT)) == 16
    assert both(data.draw(reordered(event))) == both(event)


STANDARD_NAMES = sorted({member for base in STANDARD_TYPES for member in base if ":" not in member} - {"type"})


@given(st.dictionaries(st.sampled_from(STANDARD_NAMES), JSON, max_size=5))
def test_events_of_own_types_may_hold_anything_under_standard_names(members: Json) -> None:
    fixed = ("eventTime", "eventTimeZoneOffset", "certificationInfo", *LEFT_OUT)
    event = BASES["extended"] | {name: value for name, value in members.items() if name not in fixed}
    assert not isinstance(check_event(event, ""), list)
    assert event_hash(event, BASE_CONTEXT).startswith("ni:///sha-256;")
    assert len(content_digest(event, BASE_CONTEXT)) == 16


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2023-02-02T11:04:03Z", "2023-02-02T11:04:03.000Z"),
        ("2023-02-02t11:04:03.5z", "2023-02-02T11:04:03.500Z"),
        ("2023-02-02T19:04:03.1414+08:00", "2023-02-02T11:04:03.141Z"),
        ("2023-02-02T11:04:03.1415Z", "2023-02-02T11:04:03.142Z"),
        ("2023-02-02T11:04:03.1425Z", "2023-02-02T11:04:03.143Z"),
        ("2023-02-02T11:04:03.14149999999Z", "2023-02-02T11:04:03.141Z"),
        ("2023-12-31T23:59:59.9995Z", "2024-01-01T00:00:00.000Z"),
        ("2024-01-01T00:30:00+05:45", "2023-12-31T18:45:00.000Z"),
        ("2299-12-31T23:59:59.999-00:00", "2299-12-31T23:59:59.999Z"),
    ],
)
def test_times_are_utc_with_milliseconds(written: str, utc: str) -> None:
    event = changed(BASES["object"], {"/eventTime": written, "/sensorElementList/0/sensorMetadata/time": written})
    assert f"eventTime={utc}eventTimeZoneOffset=" in prehash(event, BASE_CONTEXT)
    assert f"sensorMetadatatime={utc}" in prehash(event, BASE_CONTEXT)


@given(st.datetimes(), st.timezones(), st.timezones())
def test_equal_instants_hash_alike(at: Any, here: Any, there: Any) -> None:
    if not 1901 < at.year < 2299:
        return
    at = at.replace(microsecond=at.microsecond // 1000 * 1000, tzinfo=here)
    if any(one.utcoffset().seconds % 60 for one in (at, at.astimezone(there))):
        return  # old local times, which RFC 3339 cannot write
    written = [one.isoformat() for one in (at, at.astimezone(there))]
    assert len({both(BASES["object"] | {"eventTime": one}) for one in written}) == 1


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._", min_size=1, max_size=20))
def test_urn_and_digital_links_of_any_domain_hash_alike(serial: str) -> None:
    forms = [
        f"urn:epc:id:sgtin:4012345.011111.{serial}",
        f"https://id.gs1.org/01/04012345111118/21/{serial}",
        f"http://example.com/gtin/04012345111118/ser/{serial}",
        f"https://id.example.com/some/01/04012345111118/21/{serial}?17=301231",
    ]
    texts = ("/epcList/0", "/readPoint/ex:seen", "/ilmd/ex:of")
    events = [changed(BASES["object"], dict.fromkeys(texts, form)) for form in forms]
    assert len({event_hash(event, BASE_CONTEXT) for event in events}) == 1
    named = [changed(BASES["object"], {"/epcList/0": form}) for form in forms]
    assert len({content_digest(event, BASE_CONTEXT) for event in named[:-1]}) == 1


@pytest.mark.parametrize(
    ("pointer", "forms"),
    [
        ("/bizStep", ["shipping", "cbv:BizStep-shipping", "https://ref.gs1.org/cbv/BizStep-shipping"]),
        ("/bizStep", ["shipping", "urn:epcglobal:cbv:bizstep:shipping"]),
        ("/disposition", ["active", "cbv:Disp-active", "urn:epcglobal:cbv:disp:active"]),
        ("/bizTransactionList/0/type", ["inv", "cbv:BTT-inv", "urn:epcglobal:cbv:btt:inv"]),
        ("/sourceList/0/type", ["location", "cbv:SDT-location", "urn:epcglobal:cbv:sdt:location"]),
        ("/persistentDisposition/set/0", ["recalled", "cbv:Disp-recalled", "urn:epcglobal:cbv:disp:recalled"]),
        ("/sensorElementList/0/sensorReport/0/type", ["Speed", "gs1:Speed", "https://gs1.org/voc/Speed"]),
        ("/sensorElementList/0/sensorReport/0/component", ["x", "cbv:Comp-x", "https://ref.gs1.org/cbv/Comp-x"]),
        (
            "/sensorElementList/0/sensorReport/1/exception",
            ["ERROR_CONDITION", "gs1:ERROR_CONDITION", "https://gs1.org/voc/ERROR_CONDITION"],
        ),
        ("/sensorElementList/0/sensorReport/0/value", [1, 1.0]),
        ("/quantityList/0/quantity", [1000, 1e3]),
        ("/certificationInfo", ["https://example.org/c", ["https://example.org/c"]]),
    ],
)
def test_one_value_in_several_forms(pointer: str, forms: list[object]) -> None:
    assert len({both(changed(BASES["object"], {pointer: form})) for form in forms}) == 1


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.10, "0.1"), (26.0, "26"), (-0.0, "0"), (150, "150"), (1e22, "10000000000000000000000"), (2**53, str(2**53))],
)
def test_numbers_have_no_trailing_zeros(value: float, text: str) -> None:
    event = changed(BASES["object"], {"/quantityList/0/quantity": value})
    assert f"quantity={text}uom=KGM" in prehash(event, BASE_CONTEXT)


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("0012", "12"),
        ("12345678901234567890", "12345678901234567891"),
        (98765432109876543210, 98765432109876543211),
        ("1e3", "1000"),
    ],
)
def test_texts_that_are_not_the_same_are_told_apart(one: object, another: object) -> None:
    events = [changed(BASES["object"], {"/ilmd/cbvmda:lotNumber": value}) for value in (one, another)]
    assert len({content_digest(event, BASE_CONTEXT) for event in events}) == 2


def test_prefixes_of_members_are_only_names() -> None:
    base = changed(BASES["object"], {"/sensorElementList/0/sensorReport/1/type": "Speed"})
    base |= {"ex:new": {"ex:x": [1, "gs1:Speed"]}}
    renamed = json.loads(json.dumps(base).replace('"ex:', '"farm:'))
    in_full = json.loads(json.dumps(base).replace('"ex:', f'"{FARM}'))
    assert both(renamed, Context.of({"farm": FARM, "ex": "https://other.example/"})) == both(base) == both(in_full)
    assert both(base, Context.of({"ex": "https://other.example/"})) != both(base)


def test_comments_and_ignored_members_take_no_part() -> None:
    base = BASES["object"]
    comment = {"rdfs:comment": "first", "ex:note": [*base["ex:note"]]}
    longer = changed(base | comment, {"/readPoint/rdfs:comment": "here", "/ilmd/rdfs:comment": ["a", "b"]})
    assert both(longer) == both(base)
    marked = base | {"ex:hash": "ni:///…", "ex:capture": {"ex:id": 7}}
    ignoring = BASE_CONTEXT.ignoring(["ex:hash", FARM + "capture"])
    assert event_hash(marked, ignoring) == event_hash(base, BASE_CONTEXT) != event_hash(marked, BASE_CONTEXT)
    assert content_digest(marked, ignoring) == content_digest(marked, BASE_CONTEXT) != content_digest(base, ignoring)


def test_empty_lists_and_the_context_take_no_part() -> None:
    base = BASES["object"]
    assert both(base | {"sourceList": [], "@context": CONTEXT}) == both(changed(base, {"/sourceList": DROP}))
