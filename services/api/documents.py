"""Stored events as an EPCISQueryDocument: the bytes as they came, with the members that the server owes."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from services.domain.epcis.vocabulary import EPCIS_CONTEXT
from services.domain.times import microseconds_of, rfc3339
from services.ports import StoredEvent


def query_document(events: Sequence[StoredEvent], created: datetime) -> bytes:
    """An EPCISQueryDocument (EPCIS 2.0 §8.2.7) of some events.

    Events that came with one @context share it at the top; otherwise each carries its own.

    Args:
        events: the events, in the order of the answer.
        created: its creationDate.
    """
    contexts = {event.context_raw for event in events}
    shared = contexts.pop() if len(contexts) == 1 else msgspec.json.encode(EPCIS_CONTEXT)
    own = bool(contexts)
    body = b",".join(_with_server_members(event, with_context=own) for event in events)
    return b"".join(
        (
            b'{"@context":',
            shared,
            b',"type":"EPCISQueryDocument","schemaVersion":"2.0","creationDate":"',
            rfc3339(microseconds_of(created)).encode(),
            b'","epcisBody":{"queryResults":{"queryName":"SimpleEventQuery","resultsBody":{"eventList":[',
            body,
            b"]}}}}",
        )
    )


def _with_server_members(event: StoredEvent, *, with_context: bool) -> bytes:
    """The event's bytes with eventID, recordTime and its document's @context put in front where they are absent.

    A recordTime that came with it gives way to the store's (EPCIS 2.0 §7.4.1: set by the repository that captures).
    """
    present = msgspec.json.decode(event.raw, type=dict[str, msgspec.Raw])
    added: dict[str, object] = {}
    if "eventID" not in present:
        added["eventID"] = event.event_id
    added["recordTime"] = rfc3339(event.record_time_us)
    rewritten = present.pop("recordTime", None) is not None
    if with_context:
        added["@context"] = msgspec.Raw(event.context_raw)
        if (own := present.pop("@context", None)) is not None:
            added["@context"] = [*_entries(event.context_raw), *_entries(own)]
            rewritten = True
    if rewritten:
        return msgspec.json.encode({**added, **present})
    return msgspec.json.encode(added)[:-1] + b"," + event.raw.lstrip()[1:]


def _entries(context: bytes | msgspec.Raw) -> list[object]:
    """An @context as a list: JSON-LD reads its entries one after the other."""
    value: object = msgspec.json.decode(context)
    return value if isinstance(value, list) else [value]
