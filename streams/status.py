"""What the worker is doing, for whoever asks: liveness, readiness, metrics, log lines."""

import logging
import time
from collections.abc import Mapping, Sequence

from services.domain.errors import TianzhuoError
from services.metrics import METRICS
from services.ports import NO_CAPTURE, Block, BusFailed, Letter, Record, StoreFailed
from streams.repeats import Repeats

log = logging.getLogger("tianzhuo.ingest")


def told(error: BaseException) -> str:
    """What log and health pages say of a failure: nothing that a statement or a record held."""
    if isinstance(error, StoreFailed | BusFailed):
        return error.reason
    return str(error) if isinstance(error, TianzhuoError) else type(error).__name__


class Status:
    """Written by the worker, read by the health pages; simple values, so no lock is needed."""

    def __init__(self, stuck_seconds: float) -> None:
        """Builds it.

        Args:
            stuck_seconds: how long work may wait without a commit before the process counts as dead.
        """
        self._stuck_seconds = stuck_seconds
        self._last_commit = time.monotonic()
        self._trouble = ""
        self._partitions: list[int] = []
        self._ready = False
        self._repeats = Repeats()

    @property
    def commit_age(self) -> float:
        """Seconds since the last commit, or since there was nothing to commit."""
        return time.monotonic() - self._last_commit

    @property
    def alive(self) -> bool:
        """Whether it gets on, or says why it cannot: what is away is no reason to kill the process."""
        return self.commit_age < self._stuck_seconds or bool(self._trouble)

    @property
    def not_ready(self) -> str:
        """Why it does not work now; '' when it does."""
        if not self._ready:
            return "no partitions are assigned yet"
        return self._trouble

    def prepared(self, seconds: float) -> None:
        """A block was made."""
        METRICS.stage.labels("prepare").observe(seconds)

    def stored(self, records: Sequence[Record], block: Block, letters: Sequence[Letter], seconds: float) -> None:
        """A block was inserted."""
        self._trouble = ""
        METRICS.stage.labels("insert").observe(seconds)
        METRICS.records.inc(len(records))
        METRICS.events.inc(block.events)
        METRICS.duplicates.inc(self._repeats.count(block.keys))
        METRICS.batches.inc()
        for letter in letters:
            METRICS.dead_letters.labels(letter.stage).inc()
            log.warning("dead letter", extra=_place(letter))  # not why: the reason may quote the record
        first = records[0] if records else None
        log.debug("stored a block", extra={"events": block.events, "seconds": round(seconds, 6), **_where(first)})
        if records:
            METRICS.visible.observe(max(0.0, time.time() - records[0].time_us / 1e6))

    def committed(self) -> None:
        """Offsets were committed."""
        self._last_commit = time.monotonic()
        METRICS.last_commit.set_to_current_time()

    def idle(self, waiting: int) -> None:
        """A fetch brought nothing; so many records or blocks still wait."""
        METRICS.waiting.set(waiting)
        if not waiting:
            self._last_commit = time.monotonic()

    def behind(self, records: Mapping[int, int]) -> None:
        """By partition, how many records are in Kafka and not stored yet."""
        for number, count in records.items():
            METRICS.lag.labels(str(number)).set(count)

    def failed(self, why: str) -> None:
        """An attempt failed and is repeated."""
        if why != self._trouble:
            log.warning("trying again: %s", why)
        self._trouble = why or "unknown"
        METRICS.retries.inc()

    def assigned(self, partitions: Sequence[int]) -> None:
        """The group gave it these partitions."""
        self._partitions = list(partitions)
        self._ready = True
        METRICS.partitions.set(len(partitions))
        METRICS.assignments.inc()
        log.info("assigned partitions %s", ",".join(map(str, partitions)) or "none")

    def revoked(self) -> None:
        """The group took its partitions back."""
        self._ready = False
        self._last_commit = time.monotonic()
        METRICS.partitions.set(0)
        self._repeats.forget()
        METRICS.lag.clear()  # whoever has them now says how far behind they are


def _where(record: Record | None) -> dict[str, object]:
    return {} if record is None else {"topic": record.topic, "partition": record.partition, "offset": record.offset}


def _place(letter: Letter) -> dict[str, object]:
    capture = {} if letter.capture_id == NO_CAPTURE else {"capture_id": letter.capture_id}
    return {**_where(letter.record), "stage": letter.stage, **capture}
