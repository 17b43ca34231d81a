"""What a worker says of a failure, where anybody may read it."""

import pytest

from services.ports import StoreFailed, StoreUnavailable
from services.store.failures import translated
from streams.status import Status, told

PAYLOAD = "what an emitter sent"


@pytest.mark.parametrize(
    "error",
    [
        translated(OSError(f"Code: 53. Cannot parse '{PAYLOAD}' (TYPE_MISMATCH)"), "http://store:8123"),
        StoreFailed(f"the store refuses {PAYLOAD}", "the store refuses"),
        RuntimeError(PAYLOAD),
    ],
)
def test_nothing_that_was_sent_is_in_it(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    status = Status(60)
    status.assigned([0])
    status.failed(told(error))
    assert status.not_ready
    assert PAYLOAD not in status.not_ready + caplog.text


def test_our_own_words_are() -> None:
    assert told(StoreUnavailable("too many captures are waiting")) == "too many captures are waiting"
