"""Event hashes a second: ours against GS1's reference implementation."""

import time
from collections.abc import Callable
from pathlib import Path

from services.domain.context import Context
from services.domain.documents import RawEvent, read_document
from services.domain.event_hash import event_hash
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


def _decoded(documents: list[list[RawEvent]], context: Context) -> list[str]:
    return [event_hash(event.obj, context) for events in documents for event in events]


def _rate(call: Callable[[], list[str]]) -> float:
    began = time.perf_counter()
    hashes = call()
    return len(hashes) / (time.perf_counter() - began)


def _reference() -> Worker:
    python = environments.ensure("reference_hash")
    return Worker([str(python), str(Path(reference_hash.__file__))])


def run(bench: Bench) -> list[Table]:
    """Measures, and compares the hashes."""
    season = Season(11)
    documents = _documents(season, _parts(bench.sizes.hash_events))
    read = [read_document(body) for body in documents]
    decoded, context = [one.events for one in read], Context.of(read[0].context)
    contenders = {
        OURS: lambda: _rate(lambda: _from_bytes(documents)),
        "ours, events already decoded": lambda: _rate(lambda: _decoded(decoded, context)),
    }
    notes: list[str] = []
    few = _documents(season, _parts(bench.sizes.reference_events))
    file = bench.work / "documents"
    file.write_bytes(b"\n".join(few) + b"\n")
    try:
        with _reference() as reference:
            hashes = reference.ask(file=str(file))["hashes"]
            if hashes != _from_bytes(few):
                raise Disagreement(f"the reference gives other hashes than ours for the events in {file}")
            contenders["reference 1.9.3, from the bytes of documents"] = lambda: float(
                reference.ask(file=str(file))["rate"]
            )
            found = interleave(contenders, bench.sizes.rounds)
        notes.append(f"The reference gave the same hash as ours for each of {len(hashes)} events.")
    except ContenderUnavailable as reason:
        notes.append(f"The reference implementation is left out: {reason}.")
        found = interleave(contenders, bench.sizes.rounds)
    notes.append("The documents declare the prefix cbvmda: the reference does not take it from GS1's own @context.")
    notes.append(f"One process, one core; simulated documents of {DOCUMENT} events.")
    header = ("contender", "events/s", "first ÷ this")
    return [Table("Event hash", header, versus(found, OURS), notes)]


def _parts(count: int) -> list[int]:
    return [min(DOCUMENT, count - start) for start in range(0, count, DOCUMENT)]
