"""Event hashes a second: ours against GS1's reference implementation."""

import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path

from services.domain.epcis.context import Context
from services.domain.epcis.documents import read_document
from services.domain.epcis.event_hash import event_hash
from tests.bench import environments, reference_hash
from tests.bench.measure import Bench, ContenderUnavailable, Disagreement, Table, interleave, versus
from tests.bench.season import Season
from tests.bench.workers import Worker

DOCUMENT = 100
OURS = "ours, from the bytes of documents"


def _documents(season: Season, sizes: list[int]) -> list[bytes]:
    """Documents that declare `cbvmda` themselves: the reference does not take prefixes from GS1's own context."""
    texts = (season.document(season.events(size)) for size in sizes)
    return [text.replace(b'{"tz":', b'{"cbvmda":"urn:epcglobal:cbv:mda:","tz":', 1) for text in texts]


def _from_bytes(documents: list[bytes]) -> list[str]:
    hashes = []
    for body in documents:
        document = read_document(body)
        context = Context.of(document.context)
        hashes += [event_hash(event.obj, context) for event in document.events]
    return hashes


def _rate_from_bytes(season: Season, events: int) -> float:
    documents = _documents(season, _parts(events))
    began = time.perf_counter()
    hashes = _from_bytes(documents)
    return len(hashes) / (time.perf_counter() - began)


def _rate_decoded(season: Season, events: int) -> float:
    read = [read_document(body) for body in _documents(season, _parts(events))]
    context = Context.of(read[0].context)
    began = time.perf_counter()
    hashes = [event_hash(event.obj, context) for document in read for event in document.events]
    return len(hashes) / (time.perf_counter() - began)


class _Reference:
    """The reference implementation in a process of its own."""

    def __init__(self, season: Season, file: Path, events: int) -> None:
        python = environments.ensure("reference_hash")
        self._worker = Worker([str(python), str(Path(reference_hash.__file__))])
        self._season, self._file, self._events = season, file, events

    def close(self) -> None:
        self._worker.close()

    def rate(self) -> float:
        """Hashes a second; the hashes are compared with ours.

        Raises:
            Disagreement: they are not the same.
        """
        documents = _documents(self._season, _parts(self._events))
        self._file.write_bytes(b"\n".join(documents) + b"\n")
        answer = self._worker.ask(file=str(self._file))
        if answer["hashes"] != _from_bytes(documents):
            raise Disagreement(f"the reference gives other hashes than ours for the events in {self._file}")
        return float(answer["rate"])


def run(bench: Bench) -> list[Table]:
    """Measures, each time with events that nobody has seen, and compares the hashes."""
    season, sizes = Season(11), bench.sizes
    contenders: dict[str, Callable[[], float]] = {
        OURS: partial(_rate_from_bytes, season, sizes.hash_events),
        "ours, events already decoded": partial(_rate_decoded, season, sizes.hash_events),
    }
    notes: list[str] = []
    with ExitStack() as stack:
        try:
            reference = stack.enter_context(
                closing(_Reference(season, bench.work / "documents", sizes.reference_events))
            )
            contenders["reference 1.9.3, from the bytes of documents"] = reference.rate
            notes.append(f"The reference gave the same {sizes.reference_events} hashes as ours in each round.")
        except ContenderUnavailable as reason:
            notes.append(f"The reference implementation is left out: {reason}.")
        found = interleave(contenders, sizes.rounds)
    notes.append("The documents declare the prefix cbvmda: the reference does not take it from GS1's own @context.")
    notes.append(f"One process, one core; simulated documents of {DOCUMENT} events, new ones in each round.")
    header = ("contender", "events/s", "first ÷ this")
    return [Table("Event hash", header, versus(found, OURS), notes)]


def _parts(count: int) -> list[int]:
    return [min(DOCUMENT, count - start) for start in range(0, count, DOCUMENT)]
