"""Accepted events of a test's own, through the product's own way in."""

import itertools
import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from services.domain.accepted import AcceptedEvent, accept
from services.domain.epcis.context import Context
from services.domain.epcis.documents import read_document
from services.domain.epcis.validation import check_event
from services.ports import Capture
from services.store.clickhouse import ClickHouseStore

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
_numbers = itertools.count(1)


def gtin_serial(label: str = "") -> str:
    """A thing that no other test names."""
    return f"urn:epc:id:sgtin:0614141.107346.{label}{next(_numbers)}x{uuid4().hex[:8]}"


def sscc() -> str:
    """A container that no other test names."""
    return f"urn:epc:id:sscc:0614141.{uuid4().int % 10**10:010d}"


def event(**members: Any) -> dict[str, Any]:
    """A valid ObjectEvent with these members instead of its own; None takes a member away."""
    found: dict[str, Any] = {
        "type": "ObjectEvent",
        "eventID": f"urn:uuid:{uuid4()}",
        "eventTime": "2026-05-01T08:00:00+08:00",
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        "bizStep": "shipping",
        "epcList": [gtin_serial()],
    }
    found.update(members)
    return {name: value for name, value in found.items() if value is not None}


def pack(parent: str, children: list[str], **members: Any) -> dict[str, Any]:
    """An AggregationEvent, ADD unless told otherwise."""
    named = {"parentID": parent, "childEPCs": children, "epcList": None, "bizStep": "packing", "action": "ADD"}
    return event(type="AggregationEvent", **{**named, **members})


def document(*events: dict[str, Any], compact: bool = False) -> bytes:
    """An EPCISDocument of these events, with or without blanks."""
    return json.dumps(
        {
            "@context": [CONTEXT, {"example": "http://ns.example.com/epcis/"}],
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": "2026-05-01T00:00:00Z",
            "epcisBody": {"eventList": list(events)},
        },
        ensure_ascii=False,
        separators=(",", ":") if compact else None,
    ).encode()


def accepted(body: bytes) -> list[AcceptedEvent]:
    """The events of a document, checked and accepted."""
    read = read_document(body)
    for one in read.events:
        assert not isinstance(check_event(one.obj, one.pointer), list)
    context = Context.of(read.context)
    return [accept(one, context, read.context_raw, position) for position, one in enumerate(read.events)]


def capture(*events: dict[str, Any], party: str = "test", compact: bool = False) -> Capture:
    """A capture of these events."""
    body = document(*events, compact=compact)
    return Capture(
        capture_id=uuid4(),
        created_at=datetime.now(UTC),
        kind="document",
        party=party,
        error_behaviour="rollback",
        errors="[]",
        frame=read_document(body).frame,
        events=accepted(body),
    )


def put(store: ClickHouseStore, *events: dict[str, Any], at: datetime | None = None, compact: bool = False) -> Capture:
    """Stores these events in one capture, recorded at a time (now unless given)."""
    one = capture(*events, compact=compact)
    store.writer.commit([store.writer.prepare(one)], at or datetime.now(UTC))
    return one
