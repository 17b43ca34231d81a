"""Every metric of every process, in one typed table; the docs are made from it.

Names follow Prometheus: the unit at the end; a counter's `_total` is added by the client.
"""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The table."""

    def __init__(self, to: CollectorRegistry) -> None:
        def counter(name: str, about: str, *labels: str) -> Counter:
            return Counter(f"tianzhuo_{name}", about, labels, registry=to)

        def gauge(name: str, about: str, *labels: str) -> Gauge:
            return Gauge(f"tianzhuo_{name}", about, labels, registry=to)

        def seconds(name: str, about: str, *labels: str) -> Histogram:
            return Histogram(f"tianzhuo_{name}_seconds", about, labels, registry=to, buckets=SECONDS)

        self.captured = counter("capture_events", "events that the API acknowledged")
        self.http = seconds("http_request", "time of an HTTP request", "method", "route", "status")
        self.records = counter("ingest_records", "records of captures.v1 that were stored or refused")
        self.events = counter("ingest_events", "events that ingest stored; an event that came twice counts twice")
        self.duplicates = counter(
            "ingest_duplicates",
            "those of them that came before, since the worker got its partitions and among about the last million",
        )
        self.batches = counter("ingest_batches", "blocks that ingest inserted")
        self.dead_letters = counter("ingest_dead_letters", "records that could not be accepted", "stage")
        self.retries = counter("ingest_retries", "attempts at the store or the broker that failed")
        self.stage = seconds("ingest_stage", "time of one block in a stage: prepare, insert", "stage")
        self.visible = seconds("ingest_visible", "from the broker's append to the insert, oldest record of a block")
        self.last_commit = gauge("ingest_last_commit_timestamp_seconds", "when ingest committed last, Unix time")
        self.waiting = gauge("ingest_waiting", "records and blocks that wait in memory")
        self.partitions = gauge("ingest_partitions", "partitions that this worker has")
        self.assignments = counter(
            "ingest_assignments", "times that the group gave it partitions; when it rises and rises they go round"
        )
        self.lag = gauge(
            "ingest_lag_records", "offsets in Kafka that are not stored yet, of a partition of this worker", "partition"
        )


METRICS = Metrics(REGISTRY)


def rows() -> Iterator[tuple[str, str, str]]:
    """Name, type and meaning of every metric."""
    for family in REGISTRY.collect():
        yield family.name, family.type, family.documentation
