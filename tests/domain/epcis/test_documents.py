"""Documents: every byte kept, envelopes judged as GS1's schema does, breakage told with its place."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.epcis.documents import Document, assemble, check_events, read_document, read_event
from services.domain.epcis.json_text import DEEPEST
from services.domain.errors import InvalidDocument, Violation
from tests.domain.epcis.epcis_samples import (
    BASES,
    CONTEXT,
    DROP,
    Json,
    changed,
    example_files,
    in_document,
    in_query_document,
    schema_oracle,
)

DOCUMENT = in_document(BASES["object"])
QUERY = in_query_document(BASES["aggregation"], BASES["extended"])
MASTER = "/epcisHeader"
RECORD: Json = {"id": "urn:x:1", "attributes": [{"id": "urn:x:a", "attribute": 5}], "children": ["urn:x:2"]}
HEADER: Json = {
    "epcisMasterData": {
        "vocabularyList": [{"type": "urn:x:v", "vocabularyElementList": [RECORD], "bare": 1}],
        "more": 2,
    },
    "ex:own": 3,
}
ELEMENT = MASTER + "/epcisMasterData/vocabularyList/0/vocabularyElementList/0"
BODY = "/epcisBody"
RESULTS = BODY + "/queryResults"
FIRST = RESULTS + "/resultsBody/eventList/0"

# Name: document, change, pointer of a violation, words of it ("" for a change that does no harm).
ENVELOPES: dict[str, tuple[Json, dict[str, object], str, str]] = {
    "as it is": (DOCUMENT, {}, "", ""),
    "query as it is": (QUERY, {}, "", ""),
    "no context": (DOCUMENT, {"/@context": DROP}, "/@context", "JSON-LD context"),
    "context nothing": (DOCUMENT, {"/@context": None}, "/@context", "JSON-LD context"),
    "context an object": (DOCUMENT, {"/@context": {}}, "", ""),
    "context no URI": (QUERY, {"/@context": ["x"]}, "/@context/0", "JSON-LD context"),
    "context twice": (QUERY, {"/@context": ["urn:x", "urn:x"]}, "/@context/1", "only once"),
    "no schemaVersion": (DOCUMENT, {"/schemaVersion": DROP}, "/schemaVersion", "2.0"),
    "schemaVersion 2.": (DOCUMENT, {"/schemaVersion": "2."}, "/schemaVersion", "2.0"),
    "schemaVersion a number": (DOCUMENT, {"/schemaVersion": 2.0}, "/schemaVersion", "2.0"),
    "schemaVersion 2.0.1": (DOCUMENT, {"/schemaVersion": "2.0.1"}, "", ""),
    "schemaVersion of a query": (QUERY, {"/schemaVersion": "x"}, "/schemaVersion", "2.0"),
    "no creationDate": (DOCUMENT, {"/creationDate": DROP}, "/creationDate", "zone offset"),
    "creationDate without zone": (DOCUMENT, {"/creationDate": "2026-10-03T06:15:00"}, "/creationDate", "zone offset"),
    "creationDate of a query": (QUERY, {"/creationDate": "2026"}, "/creationDate", "zone offset"),
    "id no URI": (DOCUMENT, {"/id": "x"}, "/id", "URI"),
    "sender a number": (DOCUMENT, {"/sender": 5}, "/sender", "text"),
    "sender": (DOCUMENT, {"/sender": "", "/receiver": "x", "/instanceIdentifier": "y", "/id": "urn:x"}, "", ""),
    "bare member": (DOCUMENT, {"/note": 1}, "/note", "prefix:name"),
    "own member": (DOCUMENT, {"/ex:note": 1}, "", ""),
    "sender in a query": (QUERY, {"/sender": "x"}, "/sender", "prefix:name"),
    "own member of a query": (QUERY, {"/ex:note": 1, f"{BODY}/ex:a": 1, f"{RESULTS}/ex:a": 1}, "", ""),
    "no body": (DOCUMENT, {BODY: DROP}, BODY, "eventList"),
    "body a list": (DOCUMENT, {BODY: []}, BODY, "eventList"),
    "bare member of the body": (DOCUMENT, {f"{BODY}/note": 1, f"{BODY}/queryResults": 2}, "", ""),
    "bare member of a query body": (QUERY, {f"{BODY}/note": 1}, f"{BODY}/note", "prefix:name"),
    "no eventList": (DOCUMENT, {f"{BODY}/eventList": DROP}, f"{BODY}/eventList", "list"),
    "eventList one event": (DOCUMENT, {f"{BODY}/eventList": BASES["object"]}, f"{BODY}/eventList", "list"),
    "no events": (DOCUMENT, {f"{BODY}/eventList": []}, "", ""),
    "event a text": (DOCUMENT, {f"{BODY}/eventList/0": "x"}, f"{BODY}/eventList/0", "an event"),
    "event nothing": (DOCUMENT, {f"{BODY}/eventList/1": None}, f"{BODY}/eventList/1", "an event"),
    "event a list": (
        QUERY,
        {f"{RESULTS}/resultsBody/eventList/0": []},
        f"{RESULTS}/resultsBody/eventList/0",
        "an event",
    ),
    "no queryName": (QUERY, {f"{RESULTS}/queryName": DROP}, f"{RESULTS}/queryName", "text"),
    "subscriptionID a number": (QUERY, {f"{RESULTS}/subscriptionID": 1}, f"{RESULTS}/subscriptionID", "text"),
    "subscriptionID": (QUERY, {f"{RESULTS}/subscriptionID": "x"}, "", ""),
    "no resultsBody": (QUERY, {f"{RESULTS}/resultsBody": DROP}, f"{RESULTS}/resultsBody", "eventList"),
    "master data in a result": (QUERY, {f"{RESULTS}/resultsBody/vocabularyList": [{"type": "urn:x"}]}, "", ""),
    "header": (DOCUMENT, {MASTER: HEADER}, "", ""),
    "header a text": (DOCUMENT, {MASTER: "x"}, MASTER, "object"),
    "bare member of the header": (DOCUMENT, {MASTER: {"sender": 1}}, f"{MASTER}/sender", "prefix:name"),
    "master data a list": (DOCUMENT, {MASTER: {"epcisMasterData": []}}, f"{MASTER}/epcisMasterData", "object"),
    "record without id": (DOCUMENT, {MASTER: HEADER, f"{ELEMENT}/id": DROP}, f"{ELEMENT}/id", "URI"),
    "record of a child that is no URI": (
        DOCUMENT,
        {MASTER: HEADER, f"{ELEMENT}/children/0": "x"},
        f"{ELEMENT}/children/0",
        "URI",
    ),
    "attribute true": (
        DOCUMENT,
        {MASTER: HEADER, f"{ELEMENT}/attributes/0/attribute": True},
        f"{ELEMENT}/attributes/0/attribute",
        "number, text or object",
    ),
    "attribute an object": (DOCUMENT, {MASTER: HEADER, f"{ELEMENT}/attributes/0/attribute": {}}, "", ""),
    "attribute a text": (DOCUMENT, {MASTER: HEADER, f"{ELEMENT}/attributes/0/attribute": ""}, "", ""),
    "attribute without id": (
        DOCUMENT,
        {MASTER: HEADER, f"{ELEMENT}/attributes/0/id": DROP},
        f"{ELEMENT}/attributes/0/id",
        "URI",
    ),
}


@pytest.fixture(scope="module")
def schema_accepts(shared_epcis: Path) -> Callable[[object], bool]:
    return schema_oracle(shared_epcis)


def violations(body: bytes, read: Callable[[bytes], Document] = read_document) -> list[Violation]:
    try:
        check_events(read(body))
    except InvalidDocument as invalid:
        return invalid.violations
    return []


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in ENVELOPES.items()])
def test_envelopes(case: tuple[Json, dict[str, object], str, str]) -> None:
    base, changes, pointer, words = case
    found = violations(json.dumps(changed(base, changes)).encode())
    if not words:
        assert found == []
    assert bool(words) == any(one.pointer == pointer and words in one.expected for one in found), found


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in ENVELOPES.items()])
def test_the_schema_judges_envelopes_the_same(
    case: tuple[Json, dict[str, object], str, str], schema_accepts: Callable[[object], bool]
) -> None:
    base, changes, _, words = case
    assert schema_accepts(changed(base, changes)) == (not words)


def test_gs1s_examples(shared_epcis: Path) -> None:
    files = example_files(shared_epcis)
    assert len(files) == 47
    for file in files:
        body = file.read_bytes()
        document = read_document(body)
        whole = json.loads(body)
        results = whole["epcisBody"].get("queryResults", {}).get("resultsBody", whole["epcisBody"])
        assert [held.obj for held in document.events] == results["eventList"]
        assert [json.loads(held.raw) for held in document.events] == results["eventList"]
        assert document.context == json.loads(document.context_raw) == whole["@context"]
        assert document.kind == whole["type"]
        assert assemble(document.frame, [held.raw for held in document.events]) == body
        assert len(check_events(document)) == len(document.events)


def test_every_bad_event_of_a_document_reports() -> None:
    bad = changed(BASES["object"], {"/action": "x", "/bizStep": "y"})
    body = json.dumps(in_document(bad, BASES["object"], bad)).encode()
    found = {one.pointer for one in violations(body)}
    expected = {f"/epcisBody/eventList/{index}/{name}" for index in (0, 2) for name in ("action", "bizStep", "ilmd")}
    assert found == expected


def test_a_bad_envelope_reports_its_events_too() -> None:
    body = json.dumps(in_document(changed(BASES["object"], {"/action": "x"}), 5, schemaVersion="x")).encode()
    found = {one.pointer for one in violations(body)}
    assert found >= {"/schemaVersion", "/epcisBody/eventList/0/action", "/epcisBody/eventList/1"}


BLANKS = st.text(alphabet=" \t\r\n", max_size=3).map(str.encode)
EVENTS = st.sampled_from(list(BASES.values()))


@st.composite
def laid_out(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    """A document with random blanks around the events and twins of events where none is meant, and its events."""
    indent = draw(st.sampled_from([None, 0, 3]))
    raws = [
        json.dumps(event, indent=indent, ensure_ascii=draw(st.booleans())).encode()
        for event in draw(st.lists(EVENTS, max_size=5))
    ]
    spaced = b",".join(draw(BLANKS) + raw + draw(BLANKS) for raw in raws) or draw(BLANKS)
    event_list = b"[" + spaced + b"]"
    twin, other = (b'"ex:' + name + b'":' + event_list + b"," for name in (b"twin", b"other"))
    before = draw(st.sampled_from([b"", twin, b'"ex:epcisBody":{"eventList":' + event_list + b"},"]))
    head = draw(BLANKS) + b"{" + draw(BLANKS) + before + b'"@context":' + json.dumps(CONTEXT).encode() + b","
    plain = b'"schemaVersion":"2.0","creationDate":"2026-10-03T06:30:00Z",'
    body = b'"epcisBody":{' + draw(st.sampled_from([b"", twin])) + b'"eventList":' + draw(BLANKS) + event_list + b"}"
    tail = draw(st.sampled_from([b"", b"," + other[:-1]])) + draw(BLANKS) + b"}" + draw(BLANKS)
    kind = b'"type":"EPCISDocument"'
    members = draw(st.sampled_from([kind + b"," + plain + body, plain + body + b"," + kind]))
    return head + members + tail, raws


@given(laid_out())
def test_the_frame_and_the_events_are_the_document(made: tuple[bytes, list[bytes]]) -> None:
    body, raws = made
    document = read_document(body)
    assert [held.raw for held in document.events] == raws
    assert assemble(document.frame, raws) == body
    assert document.frame.count(b"\0") == len(raws)
    # The NUL bytes stand in the event list, not in a twin of it.
    places = [json.dumps(number).encode() for number in range(len(raws))]
    assert json.loads(assemble(document.frame, places))["epcisBody"]["eventList"] == list(range(len(raws)))


def test_assembling_the_wrong_number_of_events_is_refused() -> None:
    document = read_document(json.dumps(DOCUMENT).encode())
    with pytest.raises(ValueError, match="places for 1 events, not for 0"):
        assemble(document.frame, [])


GOOD = json.dumps(DOCUMENT, ensure_ascii=False).encode()
DEEP = DEEPEST - 2  # the event and the member's value are the first levels


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "line 1, column 1 (byte 0): it ends too early"),
        (b"{\n ", "line 2, column 2 (byte 3): it ends too early"),
        (GOOD[:-1], "it ends too early"),
        (GOOD + b"\n}", "line 2, column 1"),
        (b"\xef\xbb\xbf" + GOOD, "byte order mark"),
        (GOOD.decode().encode("utf-16"), "UTF-16"),
        (GOOD.decode().encode("utf-16-be"), "UTF-16"),
        (GOOD.replace(b'"active"', b'"activ\xff"'), "not UTF-8"),
        (GOOD.replace(b'"2.0"', b'"2.0\xc0\x80"'), "not UTF-8"),
        (GOOD[:-1] + b', "sender": "\xff"}', f"(byte {len(GOOD) + 12}): a byte that is not UTF-8"),
        (GOOD.replace(b'"active"', b'"\xed\xa0\x80"'), "not UTF-8"),
        (GOOD.replace(b'"active"', b'"\\ud800"'), "surrogate"),
        (GOOD.replace(b'"active"', b'"\\ud800\\u0041"'), "surrogate"),
        (GOOD.replace(b'"active"', b'"\\udc00"'), "surrogate"),
        (GOOD.replace(b'"2.0"', b'"\\udbff"'), "surrogate"),
        (GOOD.replace(b'"active"', b'"a\x01"'), "invalid character"),
        (GOOD.replace(b'"active"', b'"a\x00"'), "NUL"),
        (GOOD.replace(b"250.5", b"NaN"), "invalid character"),
        (GOOD.replace(b"250.5", b"-Infinity"), "breaks at line 1"),
        (GOOD.replace(b"250.5", b"01"), "breaks at line 1"),
        (GOOD.replace(b"250.5", b".5"), "invalid character"),
        (GOOD.replace(b"250.5", b"'5'"), "invalid character"),
        (GOOD.replace(b"250.5,", b"250.5,/* kg */"), "breaks at line 1"),
    ],
)
def test_what_is_no_json_text_is_told_with_its_place(body: bytes, words: str) -> None:
    (found,) = violations(body)
    assert found.pointer == ""
    assert words in found.expected


@pytest.mark.parametrize("number", [b"1e999", b"-1e400", b"1" * 400, b"1" * 5000, b"-" + b"9" * 4300])
def test_numbers_beyond_a_float_are_refused_where_they_stand(number: bytes) -> None:
    (found,) = violations(GOOD.replace(b"250.5", number))
    assert found.pointer == "/epcisBody/eventList/0/quantityList/0/quantity"
    assert "64-bit float" in found.expected


@pytest.mark.parametrize("number", [b"1e308", b"1e-999", b"1" * 300, b"-0", b"0.1E+2"])
def test_numbers_within_a_float_are_taken(number: bytes) -> None:
    assert violations(GOOD.replace(b"250.5", number)) == []


def test_nesting_is_bounded() -> None:
    def body(levels: int) -> bytes:
        return GOOD.replace(b'"north"', b"[" * levels + b"]" * levels)

    assert violations(body(DEEP)) == []
    for levels in (DEEP + 1, 500, 10_000, 100_000):
        (found,) = violations(body(levels))
        assert f"at most {DEEPEST}" in found.expected
    for text in (b"[" * 100_000, b'{"a":' * 100_000, GOOD.replace(b'"2.0"', b"[" * 300 + b"]" * 300)):
        (found,) = violations(text)
        assert f"at most {DEEPEST}" in found.expected


def test_deep_events_do_not_hide_what_is_wrong_with_the_envelope() -> None:
    body = GOOD.replace(b'"north"', b"[" * DEEP + b"]" * DEEP).replace(b'"2.0"', b'"x"')
    assert [one.pointer for one in violations(body)] == ["/schemaVersion"]


def test_brackets_in_texts_are_no_nesting() -> None:
    assert violations(GOOD.replace(b'"north"', b'"' + b"[{" * 500 + b'"')) == []


def test_two_types_are_no_type() -> None:
    body = GOOD.replace(b'"type": "EPCISDocument"', b'"type": "EPCISDocument", "type": "EPCISQueryDocument"')
    assert violations(body)
    body = GOOD.replace(b'"type": "EPCISDocument"', b'"type": "EPCISQueryDocument", "type": "EPCISDocument"')
    assert [(one.pointer, one.expected) for one in violations(body)] == [("/type", "the type only once")]


@pytest.mark.parametrize(
    ("body", "pointer", "words"),
    [
        (b"[]", "", "EPCISDocument"),
        (b"7", "", "EPCISDocument"),
        (b"{}", "/type", "EPCISDocument"),
        (b'{"type": 5}', "/type", "EPCISDocument"),
        (json.dumps(BASES["object"] | {"@context": CONTEXT}).encode(), "/type", "single event"),
    ],
)
def test_what_is_no_document(body: bytes, pointer: str, words: str) -> None:
    (found,) = violations(body)
    assert found.pointer == pointer
    assert words in found.expected


@given(EVENTS, BLANKS, BLANKS)
def test_one_bare_event(event: Json, before: bytes, after: bytes) -> None:
    raw = json.dumps(event | {"@context": CONTEXT}).encode()
    document = read_event(before + raw + after)
    assert document.kind == "Event"
    assert document.context == CONTEXT == json.loads(document.context_raw)
    assert [(held.raw, held.pointer) for held in document.events] == [(raw, "")]
    assert document.frame == before + b"\0" + after
    assert len(check_events(document)) == 1


@pytest.mark.parametrize(
    ("body", "pointer", "words"),
    [
        (b"[]", "", "an event"),
        (b'{"type":', "", "it ends too early"),
        (GOOD, "/type", "not of a document"),
        (json.dumps(BASES["object"]).encode(), "/@context", "JSON-LD context"),
        (json.dumps(BASES["object"] | {"@context": CONTEXT, "action": 1}).encode(), "/action", "OBSERVE"),
        (json.dumps(BASES["object"] | {"action": 1}).encode(), "/action", "OBSERVE"),
        (json.dumps(BASES["object"] | {"@context": 1}).encode(), "/@context", "JSON-LD context"),
    ],
)
def test_what_is_no_bare_event(body: bytes, pointer: str, words: str) -> None:
    assert any(one.pointer == pointer and words in one.expected for one in violations(body, read_event))
