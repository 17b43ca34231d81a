"""The product's way of a document up to the store's door: read, checked, accepted, prepared; without HTTP."""

from collections.abc import Callable
from typing import Any, cast

from services.domain.epcis.documents import read_document
from services.ports import Capture
from services.store import writer
from services.usecases.capture import CaptureService, ErrorBehaviour
from tests.bench import postgres_rows
from tests.bench.stores import now

MOST_EVENTS = 10_000


class _Preparer:
    """As much of a writer as a capture needs before it is committed."""

    def __init__(self, prepare: Callable[[Capture], Any]) -> None:
        self.prepare = prepare


class _NoReader:
    """Documents ask nothing."""

    standing = None


_SERVICES = {
    name: CaptureService[Any](
        cast("Any", _Preparer(prepare)), cast("Any", _NoReader()), cast("Any", None), now, MOST_EVENTS
    )
    for name, prepare in {"clickhouse": writer.prepare, "postgres": postgres_rows.prepare}.items()
}


def prepare_document(store: str, body: bytes) -> Any:
    """Rows of a valid document, for `clickhouse` or `postgres`."""
    _, rows = _SERVICES[store]._receive(read_document(body), "document", "bench", ErrorBehaviour.ROLLBACK)
    return rows
