"""The lines of planted.ndjson: what was planted where, as far as it shows in what is written."""

from collections.abc import Iterator

import numpy as np

from services.usecases.simulation.geography import place_id
from services.usecases.simulation.lanes import Planted
from services.usecases.simulation.render import utc
from services.usecases.simulation.steps import steps
from services.usecases.simulation.wave import Wave

MOST_UNITS = 50
"""At most this many things are listed for one planted trouble."""
_TIMES = ("time", "from", "to")


def visible(wave: Wave) -> list[Planted]:
    """What was planted and shows in the written events (all of it, unless the wave was cut)."""
    written = wave.written
    deliveries = np.bincount(wave.sequence, minlength=len(wave.events))
    newest = int(wave.delivered[wave.sequence].max()) if len(wave.sequence) else -1
    declared = set(wave.events.declares[written & (wave.events.declares >= 0)].tolist())

    def shows(one: Planted) -> bool:
        first = one.events[0]
        if one.what == "missing_scan":
            return int(wave.delivered[first]) <= newest
        if one.what == "duplicate":
            return bool(deliveries[first] > 1)
        if one.what == "correction":
            return first in declared and bool(written[one.events].all())
        return bool(written[one.events].any())

    return [p for p in wave.planted if shows(p)]


def describe(wave: Wave, planted: list[Planted]) -> Iterator[dict[str, object]]:
    """JSON objects, one per planted trouble, times in UTC.

    Members: what, wave, events (ids; of a missing scan the id it would have had), units (canonical ids, the most
    telling first, at most 50), and facts: place, step and time of a missing scan, reason of a correction, place and
    hours of a late village, span in time and °C of temperature trouble.
    """
    for one in planted:
        line: dict[str, object] = {
            "what": one.what,
            "wave": wave.number,
            "events": [f"urn:uuid:{wave.ids[e]}" for e in one.events],
            "units": [wave.links[u] for u in one.units[:MOST_UNITS]],
        }
        if one.what == "missing_scan":
            line["step"] = steps()[int(wave.events.kind[one.events[0]])].biz_step
        for name, value in one.facts.items():
            if name in _TIMES and isinstance(value, int):
                line[name] = utc(np.array([value], np.int64))[0]
            elif name == "place" and isinstance(value, int):
                line[name] = place_id(value).link
            else:
                line[name] = value
        yield line
