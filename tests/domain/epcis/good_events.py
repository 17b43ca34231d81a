"""Changes of a valid event that leave it valid."""

from tests.domain.epcis.bad_formats import META, REPORT
from tests.domain.epcis.epcis_samples import BASES, DROP

GOOD: dict[str, tuple[str, dict[str, object]]] = {
    **{f"{base} as it is": (base, {}) for base in BASES},
    "small t and z": ("object", {"/eventTime": "2026-10-03t06:15:00z"}),
    "many digits of a second": ("object", {"/eventTime": "2026-10-03T06:15:00.1234567890123456789Z"}),
    "first instant": ("object", {"/eventTime": "1900-01-01T00:00:00Z"}),
    "last instant": ("object", {"/eventTime": "2299-12-31T23:59:59.999999Z"}),
    "last instant in the west": ("object", {"/eventTime": "2299-12-31T18:59:59-05:00"}),
    "first instant in the east": ("object", {"/eventTime": "1900-01-01T08:00:00+08:00"}),
    "29 February": ("object", {"/eventTime": "2024-02-29T06:15:00-23:59"}),
    "zone offset -14:00": ("object", {"/eventTimeZoneOffset": "-14:00"}),
    "zone offset -00:00": ("object", {"/eventTimeZoneOffset": "-00:00"}),
    "IPv6": ("object", {"/eventID": "https://[2001:db8::7]:8080/?a=b#c"}),
    "IPv6 with IPv4": ("object", {"/eventID": "https://u:p@[::ffff:10.0.0.1]/%E6%89%B9"}),
    "IP of the future": ("object", {"/eventID": "https://[v1.a:b]"}),
    "scheme only": ("object", {"/eventID": "urn:"}),
    "empty host": ("object", {"/eventID": "file:///x"}),
    "empty port": ("object", {"/eventID": "http://example.org:/"}),
    "path with empty parts": ("object", {"/eventID": "urn:/a//b"}),
    "empty epcList only": ("object", {"/epcList": [], "/quantityList": DROP, "/sensorElementList": DROP}),
    "sensors at a readPoint only": ("object", {"/epcList": DROP, "/quantityList": DROP}),
    "quantities only": ("object", {"/epcList": DROP, "/sensorElementList": DROP}),
    "own bizStep": ("object", {"/bizStep": "https://example.org/steps/drying"}),
    "bizStep in ref.gs1.org form": ("object", {"/bizStep": "https://ref.gs1.org/cbv/BizStep-shipping"}),
    "http CBV as sensor type": ("object", {f"{REPORT}/type": "https://ns.gs1.org/cbv/x"}),
    "gs1 prefix as sensor type": ("object", {f"{REPORT}/type": "gs1:Temperature"}),
    "bizTransaction without type": ("object", {"/bizTransactionList/0/type": DROP}),
    "quantity of nothing": ("object", {"/quantityList/0/quantity": -0.0, "/quantityList/0/uom": DROP}),
    "quantity of many digits": ("object", {"/quantityList/0/quantity": 10**30}),
    "certificationInfo one URI": ("object", {"/certificationInfo": "urn:x"}),
    "certificationInfo empty list": ("object", {"/certificationInfo": []}),
    "context of the event": ("object", {"/@context": ["urn:x", {"a": 1}, {"a": True}, {}]}),
    "context an object": ("object", {"/@context": {}}),
    "context one URI": ("object", {"/@context": "urn:x"}),
    "readPoint with bare names": ("object", {"/readPoint/extensions": 1, "/readPoint/x y": 2}),
    "unset only": ("object", {"/persistentDisposition/set": DROP}),
    "empty text value": ("object", {f"{REPORT}/stringValue": "", f"{REPORT}/uom": ""}),
    "inline attributes on different levels": (
        "object",
        {f"{REPORT}/rawData": "urn:x", f"{META}/deviceMetadata": "urn:x"},
    ),
    "DELETE from a container of whatever is in it": (
        "aggregation",
        {"/action": "DELETE", "/childEPCs": DROP, "/childQuantityList": DROP},
    ),
    "OBSERVE without parent": ("aggregation", {"/action": "OBSERVE", "/parentID": DROP}),
    "children twice the same": ("aggregation", {"/childEPCs": ["urn:x", "urn:x"]}),
    "DELETE of an association": ("association", {"/action": "DELETE", "/childEPCs": DROP}),
    "transaction DELETE of nothing": ("transaction", {"/action": "DELETE", "/epcList": DROP}),
    "transaction with the same twice": ("transaction", {"/epcList": ["urn:x", "urn:x"]}),
    "transformation part with an id": ("transformation", {"/transformationID": "urn:x", "/outputEPCList": DROP}),
    "extended event named extensions": ("extended", {"/extensions": [1], "/epcList": "nonsense"}),
    "withdrawn event with an attribute on both levels": (
        "error",
        {
            "/sensorElementList": [
                {"sensorMetadata": {"rawData": "urn:x"}, "sensorReport": [{"type": "Mass", "rawData": "urn:x"}]}
            ]
        },
    ),
    "withdrawn aggregation without parent": (
        "aggregation",
        {"/parentID": DROP, "/errorDeclaration": {"declarationTime": "2026-10-04T00:00:00Z"}},
    ),
}
