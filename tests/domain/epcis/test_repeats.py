"""A member name twice in one object is refused with its place, however it is written; every other text passes."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.epcis.documents import read_document, read_event
from services.domain.epcis.json_text import decode, decode_unique
from services.domain.epcis.repeats import LARGEST_EXPLAINED, repeats
from services.domain.errors import InvalidDocument
from tests.store.events import CONTEXT, document, event

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6) | st.sampled_from(
    ['"', "\\", '\\"', "\\\\", "\\u0022", "a/b", "~", ""]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def places(text: bytes) -> list[str]:
    with pytest.raises(InvalidDocument) as refused:
        decode_unique(text)
    return [violation.pointer for violation in refused.value.violations]


@given(VALUES, st.booleans())
def test_text_without_a_repeated_name_passes(value: Any, ascii_only: bool) -> None:  # noqa: FBT001
    text = json.dumps(value, ensure_ascii=ascii_only).encode()
    assert decode_unique(text) == decode(text)


@given(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=4), VALUES, st.booleans(), st.data())
def test_repeated_name_is_refused_with_its_place(
    members: dict[str, Any],
    value: Any,
    ascii_only: bool,  # noqa: FBT001
    data: st.DataObject,
) -> None:
    name = data.draw(st.sampled_from(sorted(members)))
    one, *others = (json.dumps(part, ensure_ascii=ascii_only) for part in ({name: value}, members))
    text = ('{"outer": [1, ' + one[:-1] + ", " + others[0][1:] + "]}").encode()
    escaped = name.replace("~", "~0").replace("/", "~1")
    assert f"/outer/1/{escaped}" in places(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b'{"a": 1, "a": 1}', ["/a"]),
        (b'{"a": 1, "\\u0061": 2}', ["/a"]),
        (b'{"a": {"b": 1, "b": 2}, "c": [{"d": 1, "d": 2}]}', ["/a/b", "/c/0/d"]),
        (b'{"a": {"b": 1, "b": 2}, "a": {}}', ["/a"]),
        (b'{"": 0, "": 0}', ["/"]),
        (b'{"a": 1e300, "a": "\\\\", "b": "\\""}', ["/a"]),
    ],
)
def test_places(text: bytes, found: list[str]) -> None:
    assert places(text) == found


def test_huge_text_is_refused_as_a_whole() -> None:
    text = b"{" + b'"a":0,' * (LARGEST_EXPLAINED // 6) + b'"a":0}'
    assert places(text) == [""]
    assert repeats(b"{}") == []


def test_document_and_event_are_refused_with_the_place() -> None:
    with pytest.raises(InvalidDocument) as refused:
        read_document(document(event(), event()).replace(b'"bizStep"', b'"action": "ADD", "bizStep"'))
    pointers = [violation.pointer for violation in refused.value.violations]
    assert pointers == [f"/epcisBody/eventList/{index}/action" for index in range(2)]
    with pytest.raises(InvalidDocument) as refused:
        read_document(document(event()).replace(b'"schemaVersion"', b'"creationDate": "x", "schemaVersion"'))
    assert [violation.pointer for violation in refused.value.violations] == ["/creationDate"]
    with pytest.raises(InvalidDocument) as refused:
        read_document(document(event()).replace(b'"eventList"', b'"eventList": [], "eventList"'))
    assert [violation.pointer for violation in refused.value.violations] == ["/epcisBody/eventList"]
    bare = json.dumps(event(**{"@context": CONTEXT})).encode()
    with pytest.raises(InvalidDocument) as refused:
        read_event(bare.replace(b'"action"', b'"x:y": 1, "x:y": 1, "action"'))
    assert [violation.pointer for violation in refused.value.violations] == ["/x:y"]


def test_event_id_may_be_given_twice_as_in_an_example_of_gs1() -> None:
    body = document(event(eventID="urn:x:last")).replace(b'"eventID"', b'"eventID": "urn:x:first", "eventID"')
    assert [one.obj["eventID"] for one in read_document(body).events] == ["urn:x:last"]
    with pytest.raises(InvalidDocument) as refused:
        read_document(body.replace(b'"action"', b'"action": "ADD", "action"'))
    assert [violation.pointer for violation in refused.value.violations] == ["/epcisBody/eventList/0/action"]
