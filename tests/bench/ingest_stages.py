"""Where the worker's own processor time goes, stage by stage, in this process and without Kafka or ClickHouse."""

import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any, TypeVar

from services.domain.accepted import accept
from services.domain.epcis.validation import check_event
from services.domain.record_head import read_head
from services.ports import Delivery, Record
from services.store.block_writer import RowBlock
from services.usecases.ingest import Receiver
from tests.bench.measure import Table, number

T = TypeVar("T")
LIMIT = 10_000


class _Blocks:
    """As much of a writer as a receiver needs."""

    def new_block(self) -> RowBlock:
        return RowBlock()

    def commit(self, block: RowBlock, token: str) -> None:
        raise NotImplementedError


def _each(what: Callable[[Any], T], items: Sequence[Any]) -> tuple[float, list[T]]:
    """Microseconds of processor time for one item, and the results."""
    began = time.process_time()
    found = [what(item) for item in items]
    return (time.process_time() - began) / len(items) * 1e6, found


def _once(records: Sequence[Record]) -> dict[str, float]:
    receiver = Receiver(_Blocks(), LIMIT)
    heads, said = _each(lambda record: read_head(record.headers), records)
    read, events = _each(lambda one: receiver._event(one[0].value, one[1]), list(zip(records, said, strict=True)))
    check, _ = _each(lambda one: check_event(one[0].obj, ""), events)
    follows, _ = _each(lambda one: accept(one[0], one[1], b"", 0), events)
    fresh = Receiver(_Blocks(), LIMIT)
    received, deliveries = _each(fresh.receive, records)
    block = RowBlock()
    rows, _ = _each(lambda one: block.add(one) if isinstance(one, Delivery) else None, deliveries)
    return {
        "headers": heads,
        "JSON, repeated members, context": read,
        "checks: schema, formats, rules": check,
        "ids, things, content digest, event hash": follows,
        "deliveries and the rest": received - heads - read - check - follows,
        "rows of events and index": rows,
    }


def stages(records: Sequence[Record], rounds: int, others: dict[str, float]) -> Table:
    """The table; `others` are stages measured elsewhere, in microseconds for one event."""
    runs = [_once(records) for _ in range(rounds)]
    found = {name: median(run[name] for run in runs) for name in runs[0]} | others
    whole = sum(found.values())
    rows = [(name, number(cost), f"{cost / whole:.0%}") for name, cost in found.items()]
    rows.append(("all", number(whole), f"{1e6 / whole:,.0f} events/s of one core"))
    notes = [
        "Within a stage the profile is flat: some five hundred calls of Python for one event, none of them large.",
        "The goal of 50,000 events/s of one core would be 20 µs for everything.",
    ]
    return Table("What one event costs the worker", ("stage", "µs", "share"), rows, notes)
