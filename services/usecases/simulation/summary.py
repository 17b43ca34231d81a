"""What a simulation says about itself when it is done."""

from dataclasses import dataclass
from typing import Literal

Stream = Literal["captures", "truth", "planted", "master"]


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of a finished simulation.

    Attributes:
        seed: as given.
        events: deliveries written, exactly the number asked for; redelivered events count each time.
        distinct_events: different events among them (an error declaration is an event of its own).
        documents: EPCISDocuments.
        waves: independent parts of the flow.
        units: things that a written event names.
        truth_units: things whose chain is in the truth.
        truth_every: every how manyth thing is in the truth (1: all); things with planted trouble come on top.
        first_event_time, last_event_time: of the written events, UTC.
        counties: events per county code where an event belongs to one consignment.
        steps: events per business step.
        planted: how often each trouble was planted and shows.
        showcase: example units: name → canonical id and why it is worth a look.
    """

    seed: int
    events: int
    distinct_events: int
    documents: int
    waves: int
    units: int
    truth_units: int
    truth_every: int
    first_event_time: str
    last_event_time: str
    counties: dict[str, int]
    steps: dict[str, int]
    planted: dict[str, int]
    showcase: dict[str, dict[str, str]]
