"""One wave, finished: its events as they are written, in the order and the documents in which they are delivered."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from services.usecases.simulation.gs1 import Ints
from services.usecases.simulation.impairments import impair
from services.usecases.simulation.lanes import Draft, Lanes, Planted
from services.usecases.simulation.ledger import Bools, Events
from services.usecases.simulation.origin import grow_and_pack
from services.usecases.simulation.retail import deliver_and_sell
from services.usecases.simulation.steps import Kind
from services.usecases.simulation.trunk import haul

DOCUMENT_EVENTS = 500
"""At most this many events in one EPCISDocument."""


@dataclass(slots=True)
class Temperatures:
    """Readings of the sensor events, sorted by event.

    Attributes:
        event: row of the event table.
        time: milliseconds since 1970 UTC.
        value: °C.
    """

    event: Ints
    time: Ints
    value: NDArray[np.float64]


@dataclass(slots=True)
class Wave:
    """Everything about one wave.

    Attributes:
        number: number of the wave.
        lanes: its consignments.
        cls: class of each thing.
        urns, links: id of each thing as EPC URN and as canonical Digital Link.
        serials: serial or lot number of each thing.
        events: event table.
        ids: UUID of each event (an error declaration has that of the event it declares).
        zone: hours east of UTC of each event's scanner.
        delivered: when each event reaches us, milliseconds since 1970 UTC.
        corrective: see `Impaired`.
        temperatures: readings.
        sequence: events in the order of delivery, duplicates included.
        document: number of the document of each element of `sequence`, from 0.
        document_ids: UUID of each document.
        planted: what was planted.
    """

    number: int
    lanes: Lanes
    cls: NDArray[np.int8]
    urns: list[str]
    links: list[str]
    serials: list[str]
    events: Events
    ids: list[str]
    zone: Ints
    delivered: Ints
    corrective: Ints
    temperatures: Temperatures
    sequence: Ints
    document: Ints
    document_ids: list[str]
    planted: list[Planted]

    @property
    def written(self) -> Bools:
        """Whether each event of the table is delivered at all."""
        found = np.zeros(len(self.events), np.bool_)
        found[self.sequence] = True
        return found

    def cut(self, deliveries: int) -> "Wave":
        """The wave as it stands after its first `deliveries` deliveries: the rest is still to come."""
        if deliveries >= len(self.sequence):
            return self
        return replace(self, sequence=self.sequence[:deliveries], document=self.document[:deliveries])


def make_wave(seed: int, number: int) -> Wave:
    """Wave `number` of the season `seed`; depends on nothing else."""
    draft = Draft(seed, number)
    load = grow_and_pack(draft)
    deliver_and_sell(draft, load, haul(draft, load))
    impaired = impair(draft, draft.ledger.close())
    events = impaired.events
    written = np.flatnonzero(impaired.written)
    once = written[np.argsort(impaired.delivered[written], kind="stable")]
    again = impaired.again[np.argsort(impaired.delivered[impaired.again], kind="stable")]
    # Redelivered events come in documents of their own: an emitter that sends its batch again.
    batches = -(-len(once) // DOCUMENT_EVENTS)
    document = np.concatenate(
        [np.arange(len(once)) // DOCUMENT_EVENTS, batches + np.arange(len(again)) // DOCUMENT_EVENTS]
    )
    ids = _uuids(draft.rng, len(events))
    for row in np.flatnonzero(events.declares >= 0).tolist():
        ids[row] = ids[int(events.declares[row])]
    early = draft.lanes.early_zone[events.lane] & (events.lane >= 0) & (events.kind <= Kind.DEPART)
    urns, links = draft.things.texts()
    readings = draft.readings
    order = np.argsort(np.concatenate(readings.event), kind="stable")
    return Wave(
        number=number,
        lanes=draft.lanes,
        cls=draft.things.cls,
        urns=urns,
        links=links,
        serials=draft.things.serial_texts,
        events=events,
        ids=ids,
        zone=np.where(early, 6, 8),
        delivered=impaired.delivered,
        corrective=impaired.corrective,
        temperatures=Temperatures(
            np.concatenate(readings.event)[order],
            np.concatenate(readings.time)[order],
            np.concatenate(readings.value)[order],
        ),
        sequence=np.concatenate([once, again]),
        document=document,
        document_ids=_uuids(draft.rng, int(document[-1]) + 1),
        planted=draft.planted,
    )


def _uuids(rng: np.random.Generator, n: int) -> list[str]:
    """UUIDs of version 4 (RFC 9562) from seeded random numbers, in lower case; `n` of them."""
    octets = rng.integers(0, 256, (n, 16), dtype=np.uint8)
    octets[:, 6] = octets[:, 6] & 0x0F | 0x40
    octets[:, 8] = octets[:, 8] & 0x3F | 0x80
    nibbles = np.stack([octets >> 4, octets & 15], axis=2).reshape(n, 32)
    text = np.full((n, 36), ord("-"), np.uint8)
    hexadecimal = np.frombuffer(b"0123456789abcdef", np.uint8)[nibbles]
    columns = [i for i in range(36) if i not in (8, 13, 18, 23)]
    text[:, columns] = hexadecimal
    whole = text.tobytes().decode("ascii")
    return [whole[i : i + 36] for i in range(0, 36 * n, 36)]
