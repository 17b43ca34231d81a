"""Runs a simulation: wave after wave, each from (seed, wave number) alone, in the memory of one wave.

The season of a seed is endless; `events` says after how many deliveries it is cut. So a short run is the beginning of
a long one, and what had not been delivered by the cut is not there: goods may still be on their way.
"""

from collections import Counter
from collections.abc import Callable, Iterator

import msgspec
import numpy as np

from services.usecases.simulation import catalogue, geography, notes
from services.usecases.simulation.files import Sink
from services.usecases.simulation.lanes import Planted
from services.usecases.simulation.render import render_documents, utc
from services.usecases.simulation.showcase import Showcase
from services.usecases.simulation.steps import steps
from services.usecases.simulation.summary import Summary
from services.usecases.simulation.truth import Chains
from services.usecases.simulation.wave import Wave, make_wave

MOST_EVENTS = 1_000_000_000
"""Beyond this the serials of the smallest number range (SSCCs of a county) would run out."""
_SHOWCASE_WAVES = 6
_encode = msgspec.json.encode


def truth_stride(events: int) -> int:
    """Every how manyth thing is in the truth by default.

    All up to 2,000 events, every twentieth up to 800,000 events, then so many that about 25,000 things are.
    """
    return 1 if events <= 2_000 else max(20, events // 40_000)


def waves(seed: int, events: int) -> Iterator[Wave]:
    """The waves of a season up to exactly `events` deliveries; the last one is cut.

    Raises:
        ValueError: an argument is out of range.
    """
    if seed < 0:
        raise ValueError(f"seed: expected an integer of at least 0, got {seed}")
    if not 1 <= events <= MOST_EVENTS:
        raise ValueError(f"events: expected 1 to {MOST_EVENTS}, got {events}")
    number = 0
    while events > 0:
        wave = make_wave(seed, number).cut(events)
        yield wave
        events -= len(wave.sequence)
        number += 1


def documents(seed: int, events: int) -> Iterator[bytes]:
    """The EPCISDocuments of a season in the order of delivery, without truth, for a caller that sends them.

    Raises:
        ValueError: an argument is out of range.
    """
    for wave in waves(seed, events):
        for document, _ in render_documents(wave):
            yield document


def simulate(
    seed: int,
    events: int,
    sink: Sink,
    *,
    truth_every: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Summary:
    """Writes a season with its truth.

    Args:
        seed: same seed and number of events, same bytes.
        events: how many deliveries to write, exactly; redelivered events count each time.
        sink: takes documents, truth, planted troubles and master data, then the summary.
        truth_every: every how manyth thing is in the truth; None: `truth_stride`. Of the things with planted trouble
            one per trouble and wave is there in any case.
        on_progress: called after each document with (deliveries written, deliveries in all).

    Raises:
        ValueError: an argument is out of range.
    """
    stride = truth_stride(events) if truth_every is None else truth_every
    if stride < 1:
        raise ValueError(f"truth_every: expected at least 1, got {truth_every}")
    run = _Run(seed, events, sink, stride)
    for wave in waves(seed, events):
        for document, count in render_documents(wave):
            sink.write("captures", document)
            run.documents += 1
            run.events += count
            if on_progress is not None:
                on_progress(run.events, events)
        run.note(wave)
    summary = run.finish()
    sink.close(summary)
    return summary


class _Run:
    """What accumulates over the waves: counters, and the places that occurred."""

    def __init__(self, seed: int, target: int, sink: Sink, stride: int) -> None:
        self._seed, self._target, self._sink, self._stride = seed, target, sink, stride
        self.events = self.documents = 0
        self._waves = self._distinct = self._units = self._truth = 0
        self._span = (np.iinfo(np.int64).max, np.iinfo(np.int64).min)
        self._places: set[int] = set()
        self._counties: Counter[str] = Counter()
        self._steps: Counter[str] = Counter()
        self._planted: Counter[str] = Counter()
        self._showcase = Showcase()

    def note(self, wave: Wave) -> None:
        """Writes the wave's truth and planted troubles, and counts."""
        table, written = wave.events, np.flatnonzero(wave.written)
        self._waves += 1
        self._distinct += len(written)
        times = table.time[written]
        self._span = (min(self._span[0], int(times.min())), max(self._span[1], int(times.max())))
        places = np.unique(np.concatenate([table.place[written], table.dest[written]]))
        self._places.update(places[places >= 0].tolist())
        kinds = np.bincount(table.kind[wave.sequence], minlength=len(steps())).tolist()
        for step, count in zip(steps(), kinds, strict=True):
            self._steps[step.biz_step] += count
        lanes = table.lane[wave.sequence]
        per_county = np.bincount(wave.lanes.county[lanes[lanes >= 0]], minlength=geography.COUNTIES).tolist()
        for county, count in zip(geography.counties(), per_county, strict=True):
            self._counties[county.code] += count
        planted = notes.visible(wave)
        for line in notes.describe(wave, planted):
            self._planted[str(line["what"])] += 1
            self._sink.write("planted", _encode(line))
        self._tell(wave, planted)

    def _tell(self, wave: Wave, planted: list[Planted]) -> None:
        chains = Chains(wave)
        named = [t for t in range(len(wave.cls)) if chains.named(t)]
        self._units += len(named)
        chosen = {t for t in named if (t + wave.number) % self._stride == 0}
        firsts = {p.what: p.units for p in reversed(planted)}
        chosen.update(t for units in firsts.values() for t in units[:1] if chains.named(t))
        for thing in sorted(chosen):
            self._sink.write("truth", _encode(chains.back(thing)))
        self._truth += len(chosen)
        if wave.number < _SHOWCASE_WAVES and not self._showcase.full:
            self._showcase.look(wave, chains, planted)

    def finish(self) -> Summary:
        """Writes the master data and sums up."""
        for place in sorted(self._places):
            self._sink.write("master", _encode(geography.describe(place)))
        for item in catalogue.describe_items():
            self._sink.write("master", _encode(item))
        first, last = utc(np.array(self._span, np.int64))
        return Summary(
            seed=self._seed,
            events=self.events,
            distinct_events=self._distinct,
            documents=self.documents,
            waves=self._waves,
            units=self._units,
            truth_units=self._truth,
            truth_every=self._stride,
            first_event_time=first,
            last_event_time=last,
            counties={k: n for k, n in self._counties.items() if n},
            steps={k: n for k, n in sorted(self._steps.items()) if n},
            planted=dict(sorted(self._planted.items())),
            showcase=self._showcase.described(),
        )
