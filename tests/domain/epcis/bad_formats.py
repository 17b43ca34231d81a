"""Changes that spoil a time or a URI of a valid event."""

from typing import NamedTuple

from tests.domain.epcis.epcis_samples import DROP


class Bad(NamedTuple):
    """A change that spoils an event: where the report points to and which words it has.

    `differs` tells why GS1's schema, as Python's jsonschema reads it, still accepts it.
    """

    base: str
    changes: dict[str, object]
    pointer: str
    words: str
    differs: str = ""


PYTHON = (
    "Python's re lets $ match before a final line feed and \\d match any digit; ECMA 262, which JSON Schema names, not"
)
RANGE = "times outside 1900-01-01 … 2299-12-31 cannot be stored"
ONCE = "TCR-53: no schema can say it"
PARENT = "EPCIS 2.0: the container of an ADD or DELETE must be known; no schema says it"
NUMBER = "the number is beyond a 64-bit float"
DISPOSITION = "the schema forgot the type of persistentDisposition here"

SENSOR = "/sensorElementList/0"
META = SENSOR + "/sensorMetadata"
REPORT = SENSOR + "/sensorReport/0"
URI = "absolute URI"
TIME = "date-time zone offset"


def time_rows() -> dict[str, Bad]:
    texts = {
        "date only": "2026-10-03",
        "no zone": "2026-10-03T06:15:00",
        "blank for T": "2026-10-03 06:15:00Z",
        "no colon in the offset": "2026-10-03T06:15:00+0800",
        "hours only in the offset": "2026-10-03T06:15:00+08",
        "no seconds": "2026-10-03T06:15Z",
        "leap second": "2016-12-31T23:59:60Z",
        "30 February": "2026-02-30T06:15:00Z",
        "29 February of a common year": "2025-02-29T06:15:00Z",
        "month 13": "2026-13-03T06:15:00Z",
        "hour 24": "2026-10-03T24:00:00Z",
        "offset of a day": "2026-10-03T06:15:00+24:00",
        "comma": "2026-10-03T06:15:00,5Z",
        "no digits after the point": "2026-10-03T06:15:00.Z",
        "year 0": "0000-01-01T00:00:00Z",
        "five digits in the year": "12026-10-03T06:15:00Z",
        "wide digits": "２０２６-10-03T06:15:00Z",
        "blank before": " 2026-10-03T06:15:00Z",
        "words": "yesterday",
        "empty": "",
        "a number": 1790000000,
        "nothing": None,
    }
    rows = {
        f"eventTime: {name}": Bad("object", {"/eventTime": text}, "/eventTime", TIME) for name, text in texts.items()
    }
    for text in (
        "1899-12-31T23:59:59Z",
        "1900-01-01T00:00:00+00:01",
        "2300-01-01T00:00:00Z",
        "2299-12-31T23:59:59-00:01",
    ):
        rows[f"eventTime {text}"] = Bad("object", {"/eventTime": text}, "/eventTime", "1900 2299", RANGE)
    rows["eventTime with a line feed"] = Bad(
        "object", {"/eventTime": "2026-10-03T06:15:00Z\n"}, "/eventTime", TIME, PYTHON
    )
    for pointer in ("/recordTime", f"{META}/time", f"{META}/startTime", f"{META}/endTime", f"{REPORT}/time"):
        changes: dict[str, object] = {f"{META}/time": DROP} if pointer == f"{REPORT}/time" else {}
        rows[f"{pointer} without zone"] = Bad("object", changes | {pointer: "2026-10-03T06:15:00"}, pointer, TIME)
        rows[f"{pointer} with a blank"] = Bad("object", changes | {pointer: "2026-10-03 06:15:00Z"}, pointer, TIME)
    place = "/errorDeclaration/declarationTime"
    rows["declarationTime without zone"] = Bad("error", {place: "2026-10-03T06:15:00"}, place, TIME)
    return rows


def uri_rows() -> dict[str, Bad]:
    texts = {
        "no scheme": "0614141.107346.2018",
        "a blank": "urn:epc:id:sgtin:1 2",
        "Chinese": "https://example.org/批次",
        "a quote": 'urn:x:"',
        "half an escape": "urn:x:%4",
        "braces": "https://example.org/{id}",
        "a scheme that begins with a digit": "1urn:x",
        "relative": "//example.org/x",
        "a port that is no number": "https://example.org:8o/",
        "two fragments": "urn:x#a#b",
        "a bracket": "urn:x:[1]",
        "an IPv6 address of nine groups": "https://[1:2:3:4:5:6:7:8:9]/",
        "empty": "",
        "a number": 7,
        "nothing": None,
    }
    rows = {f"eventID: {name}": Bad("object", {"/eventID": text}, "/eventID", URI) for name, text in texts.items()}
    rows["eventID with a line feed"] = Bad("object", {"/eventID": "urn:x:1\n"}, "/eventID", URI, PYTHON)
    several = {
        "object": ["/epcList/1", "/quantityList/0/epcClass", "/readPoint/id", "/bizLocation/id", "/ilmd"]
        + ["/bizTransactionList/0/bizTransaction", "/sourceList/0/source", "/destinationList/0/destination"]
        + [f"{META}/{name}" for name in ("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules")]
        + [f"{REPORT}/{name}" for name in ("microorganism", "chemicalSubstance", "coordinateReferenceSystem")]
        + [f"{REPORT}/{name}" for name in ("uriValue", "bizRules", "rawData", "type", "exception", "component")]
        + ["/bizStep", "/disposition", "/bizTransactionList/0/type", "/sourceList/0/type", "/destinationList/0/type"]
        + ["/persistentDisposition/set/0", "/persistentDisposition/unset/0", "/certificationInfo/0"],
        "aggregation": ["/parentID", "/childEPCs/0"],
        "association": ["/parentID", "/childEPCs/0"],
        "transaction": ["/parentID", "/epcList/0"],
        "transformation": ["/transformationID", "/outputEPCList/0"],
        "error": ["/errorDeclaration/reason", "/errorDeclaration/correctiveEventIDs/0"],
        "extended": ["/type", "/eventID", "/certificationInfo"],
    }
    for base, pointers in several.items():
        for pointer in pointers:
            rows[f"{base} {pointer}: no URI"] = Bad(
                base, {pointer: "no uri"}, pointer, "" if "/ilmd" in pointer else "URI"
            )
    return rows
