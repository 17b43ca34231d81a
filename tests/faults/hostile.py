"""Bodies that no honest emitter sends: garbage, and valid bodies with one or more places broken."""

import copy
import json
from typing import Any, NamedTuple

from hypothesis import strategies as st

from tests.store.events import CONTEXT

PATHS = ("/epcis/capture", "/epcis/events", "/v1/scans", "/v1/keys")

OBSERVED: dict[str, Any] = {
    "type": "ObjectEvent",
    "eventID": "urn:uuid:7a2f9d7e-33e5-4c9f-a8a6-0c1f2d9c5f01",
    "eventTime": "2026-05-01T08:00:00.123+08:00",
    "recordTime": "2026-05-01T00:00:01Z",
    "eventTimeZoneOffset": "+08:00",
    "action": "ADD",
    "bizStep": "commissioning",
    "disposition": "active",
    "persistentDisposition": {"set": ["completeness_verified"]},
    "readPoint": {"id": "urn:epc:id:sgln:0614141.00777.0"},
    "bizLocation": {"id": "https://id.gs1.org/414/0614141007772"},
    "bizTransactionList": [{"type": "po", "bizTransaction": "urn:epc:id:gdti:0614141.00001.1618034"}],
    "epcList": ["urn:epc:id:sgtin:0614141.107346.2018", "https://id.gs1.org/01/09521321000010/21/A"],
    "quantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.998877", "quantity": 200.5, "uom": "KGM"}],
    "sourceList": [{"type": "location", "source": "urn:epc:id:sgln:0614141.00777.0"}],
    "ilmd": {"cbvmda:lotNumber": "L1", "example:x": {"example:y": [1, "z", None, True, 1.5]}},
    "sensorElementList": [
        {
            "sensorMetadata": {"time": "2026-05-01T00:00:00Z", "deviceID": "urn:epc:id:giai:4000001.111"},
            "sensorReport": [{"type": "Temperature", "value": 4.5, "uom": "CEL"}],
        }
    ],
    "example:more": {"example:deep": [{"a": [1, 2, {"b": "c"}]}]},
}
PACKED: dict[str, Any] = {
    "type": "AggregationEvent",
    "eventTime": "2026-05-02T08:00:00Z",
    "eventTimeZoneOffset": "+00:00",
    "action": "ADD",
    "parentID": "urn:epc:id:sscc:0614141.1234567890",
    "childEPCs": ["urn:epc:id:sgtin:0614141.107346.2018"],
    "errorDeclaration": {"declarationTime": "2026-05-03T00:00:00Z", "reason": "incorrect_data"},
}
NAMELESS = {name: value for name, value in OBSERVED.items() if name != "eventID"}
MADE: dict[str, Any] = {
    "type": "TransformationEvent",
    "eventTime": "2026-05-02T09:00:00Z",
    "eventTimeZoneOffset": "-05:30",
    "inputQuantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.998877", "quantity": 2}],
    "outputEPCList": ["urn:epc:id:sgtin:0614141.107346.2020"],
    "transformationID": "urn:epc:id:gdti:0614141.12345.400",
}
DOCUMENT: dict[str, Any] = {
    "@context": [CONTEXT, {"example": "http://ns.example.com/epcis/"}],
    "type": "EPCISDocument",
    "schemaVersion": "2.0",
    "creationDate": "2026-05-01T00:00:00Z",
    "epcisBody": {"eventList": [OBSERVED, PACKED, MADE]},
}
ANSWERED: dict[str, Any] = {
    "@context": CONTEXT,
    "type": "EPCISQueryDocument",
    "schemaVersion": "2.0",
    "creationDate": "2026-05-01T00:00:00Z",
    "epcisBody": {"queryResults": {"queryName": "q", "resultsBody": {"eventList": [MADE, PACKED]}}},
}
SCAN: dict[str, Any] = {
    "step": "packed",
    "when": "2026-10-03T06:15:00+08:00",
    "where": "6901234500004",
    "what": ["(01)06901234500011(21)A1", {"code": "(01)06901234500011(10)L1", "quantity": 2.5, "unit": "斤"}],
    "into": "069012345000000011",
    "temperature": 4.5,
    "note": "字",
}
SEEN: dict[str, Any] = {
    "step": "observed",
    "when": "2026-10-03T08:00:00.5Z",
    "where": "urn:epc:id:sgln:0614141.00777.0",
    "what": "urn:epc:id:sgtin:0614141.107346.2017",
    "note": "ok",
}
KEY: dict[str, Any] = {"party": "https://id.gs1.org/417/6901234500004", "label": "门店", "admin": False}
BODIES: dict[str, list[Any]] = {
    "/epcis/capture": [DOCUMENT, ANSWERED],
    "/epcis/events": [{"@context": DOCUMENT["@context"], **event} for event in (OBSERVED, PACKED, MADE, NAMELESS)],
    "/v1/scans": [SCAN, SEEN, [SCAN, SEEN]],
    "/v1/keys": [KEY],
}


class Broken(NamedTuple):
    """What to send where."""

    path: str
    body: bytes


class Verbatim(str):
    """JSON text to stand in a body as it is, whether or not it is JSON."""

    __slots__ = ()


INSTEAD: list[Any] = [
    *(None, True, False, 0, -1, 1.5, "", " ", "x", "\x00", "\x1f\x7f\x9b", "\n", "é", "字", "𠮷", "\u202e", "\ufeff"),
    *([], {}, [[]], [{}], {"": ""}, [None], {"@type": "x"}, {"id": 1}, {"id": ""}, {"@context": "x"}, {"$ref": "#"}),
    *map(
        Verbatim, ("NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1" + "0" * 400, "0" * 30, "01", "-", "1.", "+1")
    ),
    *map(
        Verbatim,
        ('"\\ud800"', '"\\udfff\\ud800"', '"\\u0000"', '"\\x"', '"\x01"', '"\x00"', "nul", "[1,]", "{,}", "'x'"),
    ),
    *(2**31, 2**63, 2**64, -(2**63) - 1, 1e308, 5e-324, -0.0),
    *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1899-12-31T23:59:59Z", "2299-12-31T23:59:59.999999999Z"),
    *("1900-01-01T00:00:00+14:00", "2026-02-30T00:00:00Z", "2026-05-01T24:00:00Z", "2026-05-01T23:59:60Z"),
    *("2026-05-01", "2026-05-01 08:00:00Z", "2026-05-01T08:00:00", "2026-05-01T08:00:00.1234567890123Z"),
    *("+14:00", "-14:00", "+14:01", "+24:00", "-00:00", "Z", "+8:00", "+0800", "+08:00 ", "\u0660\u0661:00"),
    *("urn:", "urn:x:", "https://", "http://[::1", "urn:epc:id:sgtin:0614141.107346.", "urn:epc:id:sgtin:..", "a:b"),
    *("https://id.gs1.org/01/", "https://id.gs1.org/01/09521321000010/21/%ZZ", "https://id.gs1.org/00/1", "urn:uuid:"),
    *("urn:epc:idpat:sgtin:0614141.*.*", "(01)", "(01)06901234500011", "(99)x", "0106901234500011", "]d2", "\x1d"),
    *("urn:x:\x00", "urn:x:\x7f", "urn:x:'\"\\;--", "urn:x:%00", "urn:x:%27%5C%09", "urn:x:" + "y" * 2100),
    *("urn:x:" + "z" * 2000, "../../etc/passwd", "{id:String}", "ni:///sha-256;00?ver=CBV2.0", "admin", "rollback"),
]


def _places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at]
    for name, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        found += _places(item, (*at, name))
    return found


def _text(value: Any) -> str:
    """JSON text, with Verbatim as it is."""
    if isinstance(value, Verbatim):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{_text(name)}:{_text(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_text, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _break(draw: st.DrawFn, value: Any) -> Any:
    """The value with one place broken."""
    place = draw(st.sampled_from(_places(value)))
    if not place:
        return copy.deepcopy(draw(st.sampled_from(INSTEAD)))
    held = value
    for name in place[:-1]:
        held = held[name]
    how = draw(st.integers(0, 5))
    if how == 0:
        del held[place[-1]]
    elif how == 1 and isinstance(held, dict):
        held[draw(st.sampled_from(["", "eventID", "type", "@context", "x", "a b", "example:é", "\x00", "id"]))] = (
            copy.deepcopy(held[place[-1]])
        )
    elif how == 2 and isinstance(held, list):
        held.append(copy.deepcopy(held[place[-1]]))
    else:
        held[place[-1]] = copy.deepcopy(draw(st.sampled_from(INSTEAD)))
    return value


@st.composite
def mutated(draw: st.DrawFn, path: str) -> Broken:
    """A valid body with one to three places broken, and perhaps a broken encoding."""
    value = copy.deepcopy(draw(st.sampled_from(BODIES[path])))
    for _ in range(draw(st.integers(1, 3))):
        if isinstance(value, dict | list):
            value = _break(draw, value)
    text = _text(value)
    how = draw(st.integers(0, 24))
    if how == 0:
        return Broken(path, text.encode(draw(st.sampled_from(["utf-16", "utf-32", "utf-8-sig", "gb18030"])), "replace"))
    body = text.encode("utf-8", "surrogatepass")
    if how == 1:
        return Broken(path, body[: draw(st.integers(0, len(body)))])
    if how == 2:
        at = draw(st.integers(0, len(body)))
        return Broken(path, body[:at] + draw(st.binary(min_size=1, max_size=4)) + body[at:])
    if how == 3:
        return Broken(path, body.replace(b'"type":', b'"type":"ObjectEvent","type":', draw(st.integers(1, 3))))
    return Broken(path, body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def garbage(path: str) -> st.SearchStrategy[Broken]:
    """Any bytes, or any JSON."""
    bodies = st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode())
    return bodies.map(lambda body: Broken(path, body))


def hostile() -> st.SearchStrategy[Broken]:
    """Mostly mutated, sometimes garbage, for any of the paths."""
    return st.sampled_from(PATHS).flatmap(
        lambda path: st.integers(0, 9).flatmap(lambda n: garbage(path) if n == 0 else mutated(path))
    )


def _with(name: str, text: str) -> list[Broken]:
    """A body for each path with one member more, given as JSON text."""
    found = []
    for path, bodies in BODIES.items():
        body = json.dumps(bodies[0], ensure_ascii=False)
        found.append(Broken(path, f"{body[:-1]},{json.dumps(name)}:{text}}}".encode()))
    return found


def _instead(member: str, text: str) -> list[Broken]:
    """The bodies of events and scans in which the first `member` has this JSON text as value."""
    found = []
    for path, bodies in BODIES.items():
        for body in bodies[:1]:
            before, name, after = json.dumps(body, ensure_ascii=False).partition(f'"{member}": ')
            if name:
                end = json.JSONDecoder().raw_decode(after)[1]
                found.append(Broken(path, f"{before}{name}{text}{after[end:]}".encode()))
    return found


def huge() -> list[Broken]:
    """Bodies that are large, deep or wide; up to some megabytes each."""
    long = "y" * 5_000_000
    texts = [f'"{long}"', f'"urn:x:{long}"', f'"{"字" * 1_000_000}"', "1" * 5_000_000, "1" + "0" * 4_000, f'["{long}"]']
    found: list[Broken] = []
    for member in ("eventID", "type", "bizStep", "readPoint", "parentID", "epcList", "eventTime", "what", "when"):
        for text in texts:
            found += _instead(member, text)
    found += [one for member in ("step", "where", "note", "party", "label") for one in _instead(member, texts[0])]
    for text in (*texts, "[" * 10_000 + "]" * 10_000, '{"a":' * 10_000 + "1" + "}" * 10_000, "[" * 200_000):
        found += _with("example:x", text)
    found += _with(f"example:{long}", "[NaN, 1e400]")
    found += _with(f"bad {long}", "1")
    members = ",".join(f'"m{n}":{n}' for n in range(10_000))
    found += _with("example:x", f"{{{members}}}")
    found += [Broken(path, body[:-1] + b"," + members.encode() + b"}") for path, body in _with("example:x", "1")]
    names = ",".join(f'"urn:x:{n}"' for n in range(10_000))
    found += _instead("epcList", f"[{names}]")
    found += _instead("epcList", f"[{','.join(['null'] * 10_000)}]")
    found += _instead("eventList", f"[{','.join(['{}'] * 5_000)}]")
    found += _instead("eventList", f"[{','.join(['{}'] * 20_000)}]")
    found += [Broken(path, b" " * 1_000_000 + b"{}") for path in PATHS]
    found += [Broken(path, text) for path in PATHS for text in (b"[" * 10_000, b'{"a":' * 10_000, b"\x00" * 1_000)]
    return found


def unfolding() -> list[Broken]:
    """Small bodies that would become endless: in rows, in member names written out, in complaints."""
    plain: dict[str, object] = {"type": "ObjectEvent", "eventTime": "2026-05-01T08:00:00Z"}
    plain |= {"eventTimeZoneOffset": "+00:00", "action": "OBSERVE", "epcList": []}
    long = "urn:x:" + "y" * 2_000
    places = {"readPoint": {"id": long}, "bizLocation": {"id": long}, "bizStep": long, "disposition": long}
    many = json.dumps({**plain, **places, "epcList": [f"urn:x:{n}" for n in range(100_000)]})
    names = json.dumps(plain)[:-1] + "".join(f',"n:{n}":1' for n in range(20_000)) + "}"
    fewer = json.dumps(plain)[:-1] + "".join(f',"n:{n}":1' for n in range(4_000)) + "}"
    small = [json.dumps({**plain, "epcList": [f"urn:x:{n}"]}) for n in range(10_000)]

    def document(events: str, **members: Any) -> Broken:
        text = json.dumps({**DOCUMENT, **members, "epcisBody": {"eventList": "@"}})
        return Broken("/epcis/capture", text.replace('"@"', f"[{events}]").encode())

    return [
        document(many),
        document(names, **{"@context": [{"n": "http://" + "x" * 60_000}]}),
        document(names, **{"@context": [{"n": "http://" + "x" * 2_000}]}),
        document(names[:-1] + ',"@context":{"n":"http://' + "x" * 60_000 + '"}}'),
        document(fewer, **{"@context": [{"m": "http://" + "x" * 1_500, "n": "m:" + "x" * 1_500}]}),
        document(",".join(small), **{"@context": [{f"n{n}": "http://" + "x" * 2_000 for n in range(30)}]}),
        document(",".join(small), **{"@context": [{f"n{n}": "http://x/" for n in range(3_000)}]}),
        document(",".join(small), **{"@context": [{"n": "http://" + "x" * 70_000}]}),
        document(",".join(["{}"] * 3_000_000)),
        document(",".join(["null"] * 3_000_000)),
        document(",".join(["{}"] * 3_000_000), schemaVersion="x"),
        document(",".join(["{}"] * 9_999), schemaVersion="x"),
        Broken("/v1/scans", f"[{','.join(['{}'] * 3_000_000)}]".encode()),
        Broken("/v1/scans", f"[{','.join(['{}'] * 9_999)}]".encode()),
    ]


def largest_honest() -> bytes:
    """A capture that is as large as the limits allow and says nothing endless."""
    places = {
        "readPoint": {"id": "urn:epc:id:sgln:0614141.00777.0"},
        "bizLocation": {"id": "urn:epc:id:sgln:0614141.1.0"},
    }
    plain = {
        "type": "AggregationEvent",
        "eventTimeZoneOffset": "+08:00",
        "action": "ADD",
        "bizStep": "packing",
        **places,
    }
    events = [
        {
            **plain,
            "eventTime": f"2026-05-01T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}+08:00",
            "parentID": f"urn:epc:id:sscc:0614141.1{n:09}",
            "childEPCs": [f"urn:epc:id:sgtin:0614141.107346.{n}x{k}" for k in range(70)],
        }
        for n in range(10_000)
    ]
    return json.dumps({**DOCUMENT, "epcisBody": {"eventList": events}}).encode()
