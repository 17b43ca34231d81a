"""All changes that spoil a valid event: where the report must point to, and what it must say."""

from tests.domain.epcis.bad_formats import (
    DISPOSITION,
    META,
    NUMBER,
    ONCE,
    PARENT,
    PYTHON,
    REPORT,
    SENSOR,
    TIME,
    URI,
    Bad,
    time_rows,
    uri_rows,
)
from tests.domain.epcis.epcis_samples import DROP

ROWS: dict[str, Bad] = {
    **time_rows(),
    **uri_rows(),
    "no type": Bad("object", {"/type": DROP}, "/type", "ObjectEvent AssociationEvent URI"),
    "type misspelt": Bad("object", {"/type": "ObjectEvnt"}, "/type", "ObjectEvent AssociationEvent URI"),
    "type of another case": Bad("object", {"/type": "objectEvent"}, "/type", "ObjectEvent URI"),
    "type a list": Bad("object", {"/type": ["ObjectEvent"]}, "/type", "ObjectEvent"),
    "type of a document": Bad("object", {"/type": "EPCISDocument"}, "/type", "event type"),
    "no eventTime": Bad("object", {"/eventTime": DROP}, "/eventTime", TIME),
    "no eventTimeZoneOffset": Bad("object", {"/eventTimeZoneOffset": DROP}, "/eventTimeZoneOffset", "zone offset"),
    "zone offset Z": Bad("object", {"/eventTimeZoneOffset": "Z"}, "/eventTimeZoneOffset", "+08:00"),
    "zone offset +14:30": Bad("object", {"/eventTimeZoneOffset": "+14:30"}, "/eventTimeZoneOffset", "+14:00"),
    "zone offset +8:00": Bad("object", {"/eventTimeZoneOffset": "+8:00"}, "/eventTimeZoneOffset", "+08:00"),
    "zone offset without sign": Bad("object", {"/eventTimeZoneOffset": "08:00"}, "/eventTimeZoneOffset", "+08:00"),
    "zone offset with a line feed": Bad(
        "object", {"/eventTimeZoneOffset": "+08:00\n"}, "/eventTimeZoneOffset", "+08:00", PYTHON
    ),
    "extended event without time": Bad("extended", {"/eventTime": DROP}, "/eventTime", TIME),
    "extended event without offset": Bad("extended", {"/eventTimeZoneOffset": DROP}, "/eventTimeZoneOffset", "offset"),
    "extended event with a bad errorDeclaration": Bad(
        "extended", {"/errorDeclaration": {}}, "/errorDeclaration/declarationTime", TIME
    ),
    "extended event with a number that is too large": Bad(
        "extended", {"/anything/at": 10**400}, "/anything/at", "64-bit float", NUMBER
    ),
    "no action": Bad("object", {"/action": DROP}, "/action", "OBSERVE, ADD or DELETE"),
    "action in small letters": Bad("object", {"/action": "add"}, "/action", "OBSERVE, ADD or DELETE"),
    "action true": Bad("object", {"/action": True}, "/action", "OBSERVE, ADD or DELETE"),
    "ilmd with OBSERVE": Bad("object", {"/action": "OBSERVE"}, "/ilmd", "no ilmd action is ADD"),
    "ilmd with DELETE": Bad("object", {"/action": "DELETE"}, "/ilmd", "no ilmd action is ADD"),
    "ilmd with a bare name": Bad("object", {"/ilmd/lot": "7"}, "/ilmd/lot", "prefix:name"),
    "ilmd with a slash in a bare name": Bad("object", {"/ilmd/a~1b~0c": "7"}, "/ilmd/a~1b~0c", "prefix:name"),
    "ilmd a list": Bad("object", {"/ilmd": []}, "/ilmd", "an object"),
    "ilmd with a number that is too large": Bad(
        "object", {"/ilmd/ex:n": [1, 10**310]}, "/ilmd/ex:n/1", "64-bit float", NUMBER
    ),
    "ilmd of a transformation with a bare name": Bad("transformation", {"/ilmd/lot": "7"}, "/ilmd/lot", "prefix:name"),
    "a member of nobody": Bad("object", {"/harvestBase": "x"}, "/harvestBase", "prefix:name"),
    "a member named extensions": Bad("object", {"/extensions": {}}, "/extensions", "prefix:name"),
    "a member in snake case": Bad("object", {"/event_time": "2026-10-03T06:15:00Z"}, "/event_time", "prefix:name"),
    "a member without a name": Bad("object", {"/": 1}, "/", "prefix:name"),
    "parentID in an ObjectEvent": Bad("object", {"/parentID": "urn:x"}, "/parentID", "EPCIS defines here"),
    "ilmd in an AggregationEvent": Bad("aggregation", {"/ilmd": {}}, "/ilmd", "EPCIS defines here"),
    "epcList in an AggregationEvent": Bad("aggregation", {"/epcList": []}, "/epcList", "EPCIS defines here"),
    "epcList in a TransformationEvent": Bad("transformation", {"/epcList": []}, "/epcList", "EPCIS defines here"),
    "action in a TransformationEvent": Bad("transformation", {"/action": "ADD"}, "/action", "EPCIS defines here"),
    "childEPCs in a TransactionEvent": Bad("transaction", {"/childEPCs": []}, "/childEPCs", "EPCIS defines here"),
    "id in an event": Bad("object", {"/id": "urn:x"}, "/id", "EPCIS defines here"),
    "an extension with a blank": Bad("object", {"/ex:a b": 1}, "/ex:a b", "prefix:name"),
    "an extension with a line feed": Bad("object", {"/ex:a\n": 1}, "/ex:a\n", "prefix:name", PYTHON),
    "epcList twice the same": Bad(
        "object", {"/epcList/2": "urn:epc:id:sgtin:69012345.00001.A2"}, "/epcList/2", "only once element 1"
    ),
    "outputEPCList twice the same": Bad(
        "transformation",
        {"/outputEPCList/1": "https://id.gs1.org/01/06901234500023/21/B1"},
        "/outputEPCList/1",
        "only once",
    ),
    "inputEPCList twice the same": Bad(
        "transformation", {"/inputEPCList": ["urn:x", "urn:y", "urn:x"]}, "/inputEPCList/2", "only once"
    ),
    "epcList a text": Bad("object", {"/epcList": "urn:x"}, "/epcList", "a list of URIs"),
    "epcList an object": Bad("object", {"/epcList": {}}, "/epcList", "a list of URIs"),
    "epcList nothing": Bad("object", {"/epcList": None}, "/epcList", "a list of URIs"),
    "epcList of lists": Bad("object", {"/epcList/0": []}, "/epcList/0", URI),
    "childEPCs a text": Bad("aggregation", {"/childEPCs": "urn:x"}, "/childEPCs", "a list of URIs"),
    "quantity without class": Bad("object", {"/quantityList/0/epcClass": DROP}, "/quantityList/0/epcClass", URI),
    "quantity a text": Bad("object", {"/quantityList/0/quantity": "250"}, "/quantityList/0/quantity", "a number"),
    "quantity true": Bad("object", {"/quantityList/0/quantity": True}, "/quantityList/0/quantity", "a number"),
    "quantity nothing": Bad("object", {"/quantityList/0/quantity": None}, "/quantityList/0/quantity", "a number"),
    "quantity too large": Bad(
        "object", {"/quantityList/0/quantity": 10**309}, "/quantityList/0/quantity", "64-bit float", NUMBER
    ),
    "uom in small letters": Bad("object", {"/quantityList/0/uom": "kgm"}, "/quantityList/0/uom", "KGM"),
    "uom of one letter": Bad("object", {"/quantityList/0/uom": "K"}, "/quantityList/0/uom", "KGM"),
    "uom of four letters": Bad("object", {"/quantityList/0/uom": "KGMS"}, "/quantityList/0/uom", "KGM"),
    "uom with a line feed": Bad("object", {"/quantityList/0/uom": "KGM\n"}, "/quantityList/0/uom", "KGM", PYTHON),
    "extension of a quantity": Bad("object", {"/quantityList/0/ex:a": 1}, "/quantityList/0/ex:a", "no such member"),
    "quantityList of texts": Bad("object", {"/quantityList/0": "urn:x"}, "/quantityList/0", "an object with epcClass"),
    "quantityList an object": Bad("object", {"/quantityList": {"epcClass": "urn:x"}}, "/quantityList", "a list"),
    "nothing happened to anything": Bad(
        "object", {"/epcList": DROP, "/quantityList": DROP, "/readPoint": DROP}, "", "epcList quantityList readPoint"
    ),
    "an empty quantityList only": Bad(
        "object",
        {"/epcList": DROP, "/quantityList": [], "/sensorElementList": DROP},
        "",
        "epcList quantityList sensorElementList",
    ),
    "an empty sensorElementList with readPoint": Bad(
        "object", {"/epcList": DROP, "/quantityList": DROP, "/sensorElementList": []}, "", "sensorElementList"
    ),
    "CBV URN as bizStep": Bad("object", {"/bizStep": "urn:epcglobal:cbv:bizstep:shipping"}, "/bizStep", "short form"),
    "CBV URI as bizStep": Bad("object", {"/bizStep": "https://ns.gs1.org/cbv/BizStep-shipping"}, "/bizStep", "CBV"),
    "bizStep of a disposition": Bad("object", {"/bizStep": "in_transit"}, "/bizStep", "shipping receiving URI"),
    "bizStep with a capital": Bad("object", {"/bizStep": "Shipping"}, "/bizStep", "shipping"),
    "bizStep with a line feed": Bad("object", {"/bizStep": "shipping\n"}, "/bizStep", "shipping"),
    "bizStep a list": Bad("object", {"/bizStep": ["shipping"]}, "/bizStep", "shipping"),
    "CBV URN as disposition": Bad("object", {"/disposition": "urn:epcglobal:cbv:disp:active"}, "/disposition", "short"),
    "CBV URN as transaction type": Bad(
        "object", {"/bizTransactionList/0/type": "urn:epcglobal:cbv:btt:po"}, "/bizTransactionList/0/type", "desadv"
    ),
    "no bizTransaction": Bad(
        "object", {"/bizTransactionList/0/bizTransaction": DROP}, "/bizTransactionList/0/bizTransaction", URI
    ),
    "extension of a bizTransaction": Bad(
        "object", {"/bizTransactionList/0/ex:a": 1}, "/bizTransactionList/0/ex:a", "no such member"
    ),
    "source without type": Bad("object", {"/sourceList/0/type": DROP}, "/sourceList/0/type", "owning_party"),
    "source without source": Bad("object", {"/sourceList/0/source": DROP}, "/sourceList/0/source", URI),
    "destination in a source": Bad(
        "object", {"/sourceList/0/destination": "urn:x"}, "/sourceList/0/destination", "no such member"
    ),
    "destination without type": Bad("object", {"/destinationList/0/type": DROP}, "/destinationList/0/type", "location"),
    "extension of a destination": Bad(
        "object", {"/destinationList/0/ex:a": 1}, "/destinationList/0/ex:a", "no such member"
    ),
    "readPoint without id": Bad("object", {"/readPoint/id": DROP}, "/readPoint/id", URI),
    "readPoint a text": Bad("object", {"/readPoint": "urn:x"}, "/readPoint", "an object with id"),
    "bizLocation a list": Bad("object", {"/bizLocation": []}, "/bizLocation", "an object with id"),
    "persistentDisposition empty": Bad(
        "object", {"/persistentDisposition": {}}, "/persistentDisposition", "set unset both"
    ),
    "persistentDisposition set nothing": Bad(
        "object", {"/persistentDisposition/set": []}, "/persistentDisposition/set", "at least one"
    ),
    "persistentDisposition twice the same": Bad(
        "object",
        {"/persistentDisposition/unset": ["recalled", "recalled"]},
        "/persistentDisposition/unset/1",
        "only once",
    ),
    "persistentDisposition with more": Bad(
        "object", {"/persistentDisposition/ex:a": 1}, "/persistentDisposition/ex:a", "no such member"
    ),
    **{
        f"persistentDisposition of an {base} event": Bad(
            base, {"/persistentDisposition": {"set": []}}, "/persistentDisposition/set", "at least one", DISPOSITION
        )
        for base in ("aggregation", "association", "transaction")
    },
    "certificationInfo no URI": Bad("object", {"/certificationInfo": "x"}, "/certificationInfo", "URI list"),
    "certificationInfo an object": Bad("object", {"/certificationInfo": {}}, "/certificationInfo", "URI list"),
    "certificationInfo nothing": Bad("object", {"/certificationInfo": None}, "/certificationInfo", "URI list"),
    "context nothing": Bad("object", {"/@context": None}, "/@context", "JSON-LD context"),
    "context no URI": Bad("object", {"/@context": "x"}, "/@context", "JSON-LD context"),
    "context a list of numbers": Bad("object", {"/@context": [1]}, "/@context/0", "JSON-LD context"),
    "context twice the same URI": Bad("object", {"/@context": ["urn:x", "urn:x"]}, "/@context/1", "only once"),
    "context twice the same object": Bad(
        "object", {"/@context": [{"a": [1, "b"]}, {"a": [1.0, "b"]}]}, "/@context/1", "only once"
    ),
    "errorDeclaration empty": Bad("error", {"/errorDeclaration": {}}, "/errorDeclaration/declarationTime", TIME),
    "errorDeclaration a text": Bad("error", {"/errorDeclaration": "x"}, "/errorDeclaration", "an object"),
    "CBV URN as reason": Bad(
        "error",
        {"/errorDeclaration/reason": "urn:epcglobal:cbv:er:incorrect_data"},
        "/errorDeclaration/reason",
        "short",
    ),
    "bare name in an errorDeclaration": Bad(
        "error", {"/errorDeclaration/by": 1}, "/errorDeclaration/by", "prefix:name"
    ),
    "correctiveEventIDs a text": Bad(
        "error", {"/errorDeclaration/correctiveEventIDs": "urn:x"}, "/errorDeclaration/correctiveEventIDs", "list"
    ),
    "errors keep the schema's rules": Bad("error", {"/epcList": DROP}, "", "epcList"),
    "sensor element without reports": Bad("object", {f"{SENSOR}/sensorReport": DROP}, f"{SENSOR}/sensorReport", "list"),
    "sensor element with no report": Bad(
        "object", {f"{SENSOR}/sensorReport": []}, f"{SENSOR}/sensorReport", "at least 1"
    ),
    "sensor report an object": Bad("object", {f"{SENSOR}/sensorReport": {}}, f"{SENSOR}/sensorReport", "a list"),
    "sensor element with a type": Bad("object", {f"{SENSOR}/type": "x"}, f"{SENSOR}/type", "prefix:name"),
    "sensor metadata with a value": Bad("object", {f"{META}/value": 1}, f"{META}/value", "prefix:name"),
    "sensor metadata a list": Bad("object", {META: []}, META, "an object"),
    "sensor report without type": Bad("object", {f"{REPORT}/type": DROP}, f"{REPORT}/type", "Temperature"),
    "sensor report of an unknown type": Bad("object", {f"{REPORT}/type": "Temp"}, f"{REPORT}/type", "Temperature"),
    "sensor report of a type in URI form": Bad(
        "object", {f"{REPORT}/type": "https://gs1.org/voc/Temperature"}, f"{REPORT}/type", "short form"
    ),
    "sensor report of a type in www URI form": Bad(
        "object", {f"{REPORT}/type": "http://www.gs1.org/voc/Temperature"}, f"{REPORT}/type", "short form"
    ),
    "sensor exception unknown": Bad(
        "object", {f"{REPORT}/exception": "ALARM"}, f"{REPORT}/exception", "ALARM_CONDITION"
    ),
    "sensor component unknown": Bad("object", {f"{REPORT}/component": "w"}, f"{REPORT}/component", "latitude"),
    "sensor report with a bare name": Bad("object", {f"{REPORT}/unit": "CEL"}, f"{REPORT}/unit", "prefix:name"),
    "booleanValue a text": Bad("object", {f"{REPORT}/booleanValue": "true"}, f"{REPORT}/booleanValue", "true or false"),
    "booleanValue 1": Bad("object", {f"{REPORT}/booleanValue": 1}, f"{REPORT}/booleanValue", "true or false"),
    "stringValue a number": Bad("object", {f"{REPORT}/stringValue": 1}, f"{REPORT}/stringValue", "text"),
    "hexBinaryValue empty": Bad("object", {f"{REPORT}/hexBinaryValue": ""}, f"{REPORT}/hexBinaryValue", "hexadecimal"),
    "hexBinaryValue 0x": Bad("object", {f"{REPORT}/hexBinaryValue": "0xff"}, f"{REPORT}/hexBinaryValue", "hexadecimal"),
    "uom a number": Bad("object", {f"{REPORT}/uom": 1}, f"{REPORT}/uom", "text"),
    **{
        f"{name} a text": Bad("object", {f"{REPORT}/{name}": "1"}, f"{REPORT}/{name}", "a number")
        for name in ("value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue")
    },
    "sensor extension with a number that is too large": Bad(
        "object", {f"{REPORT}/ex:n": {"a": [-(10**309)]}}, f"{REPORT}/ex:n/a/0", "64-bit float", NUMBER
    ),
    **{
        f"{name} on both levels": Bad(
            "object", {f"{META}/{name}": value, f"{REPORT}/{name}": value}, f"{REPORT}/{name}", "not in both", ONCE
        )
        for name, value in {
            "time": "2026-10-03T06:15:00Z",
            "deviceID": "urn:x",
            "deviceMetadata": "urn:x",
            "rawData": "urn:x",
            "dataProcessingMethod": "urn:x",
        }.items()
    },
    "AggregationEvent ADD without parent": Bad("aggregation", {"/parentID": DROP}, "/parentID", "container", PARENT),
    "AggregationEvent DELETE without parent": Bad(
        "aggregation", {"/parentID": DROP, "/action": "DELETE"}, "/parentID", "container", PARENT
    ),
    "AggregationEvent ADD of nothing": Bad(
        "aggregation", {"/childEPCs": [], "/childQuantityList": DROP}, "", "childEPCs childQuantityList DELETE"
    ),
    "AggregationEvent OBSERVE of nothing": Bad(
        "aggregation", {"/childEPCs": DROP, "/childQuantityList": [], "/action": "OBSERVE"}, "", "childEPCs"
    ),
    "AssociationEvent ADD without parent": Bad("association", {"/parentID": DROP}, "/parentID", URI),
    "AssociationEvent OBSERVE without parent": Bad(
        "association", {"/parentID": DROP, "/action": "OBSERVE"}, "/parentID", URI
    ),
    "AssociationEvent DELETE without parent": Bad(
        "association", {"/parentID": DROP, "/action": "DELETE"}, "/parentID", URI
    ),
    "AssociationEvent ADD without children": Bad("association", {"/childEPCs": DROP}, "", "childEPCs"),
    "AssociationEvent OBSERVE without children": Bad(
        "association", {"/childEPCs": DROP, "/action": "OBSERVE"}, "", "childEPCs"
    ),
    "TransactionEvent without transaction": Bad(
        "transaction", {"/bizTransactionList": DROP}, "/bizTransactionList", "list of at least 1"
    ),
    "TransactionEvent with no transaction": Bad(
        "transaction", {"/bizTransactionList": []}, "/bizTransactionList", "list of at least 1"
    ),
    "TransactionEvent of nothing": Bad("transaction", {"/epcList": DROP}, "", "epcList quantityList DELETE"),
    "TransformationEvent without output": Bad("transformation", {"/outputEPCList": DROP}, "", "inputs outputs"),
    "TransformationEvent without input": Bad("transformation", {"/inputQuantityList": []}, "", "inputs outputs"),
    "TransformationEvent of nothing with an id": Bad(
        "transformation",
        {"/inputQuantityList": DROP, "/outputEPCList": DROP, "/transformationID": "urn:x"},
        "",
        "inputs outputs",
    ),
}
