"""How much a run measures."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """Amounts of one run.

    Attributes:
        rounds: of every measurement; the median counts.
        hash_events, reference_events: events that ours and the reference hash a round.
        check_events, schema_events: events that ours and the slower schema validators check a round.
        window: seconds for which a client sends.
        document_events: sizes of documents.
        emitters: numbers of concurrent small emitters.
        raw_events: events of one raw insert.
        stores: events of the stores that look-ups are measured on; the first one is also weighed.
        lookups: look-ups of one measurement with one reader.
        simulated: events that the simulator writes a round.
        ingested: records that a reader of Kafka stores a round.
        paced: records a second at which the time from capture to visible is taken.
    """

    rounds: int
    hash_events: int
    reference_events: int
    check_events: int
    schema_events: int
    window: float
    document_events: tuple[int, ...]
    emitters: tuple[int, ...]
    raw_events: int
    stores: tuple[int, ...]
    lookups: int
    simulated: int
    ingested: int
    paced: tuple[float, ...]


FULL = Sizes(
    rounds=5,
    hash_events=20_000,
    reference_events=1_000,
    check_events=10_000,
    schema_events=300,
    window=1.0,
    document_events=(1, 10, 100, 500, 5000),
    emitters=(1, 8, 32, 128),
    raw_events=20_000,
    stores=(100_000, 1_000_000),
    lookups=80,
    simulated=100_000,
    ingested=50_000,
    paced=(1_000, 5_000, 10_000),
)
QUICK = Sizes(
    rounds=5,
    hash_events=5_000,
    reference_events=200,
    check_events=2_000,
    schema_events=60,
    window=0.25,
    document_events=(1, 100, 500),
    emitters=(1, 32),
    raw_events=3_000,
    stores=(10_000,),
    lookups=15,
    simulated=20_000,
    ingested=5_000,
    paced=(500,),
)
TINY = Sizes(
    rounds=2,
    hash_events=200,
    reference_events=20,
    check_events=100,
    schema_events=20,
    window=0.05,
    document_events=(1, 50),
    emitters=(2,),
    raw_events=200,
    stores=(1_000,),
    lookups=4,
    simulated=1_000,
    ingested=1_000,
    paced=(500,),
)
"""Proves that everything runs; its times mean nothing."""
