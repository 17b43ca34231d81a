"""What the log's formatter leaves out: the texts of exceptions, libraries' lines below INFO, a terminal's commands."""

import io
import json
import logging
import threading
from collections.abc import Iterator

import pytest

from services import logs


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    handlers, level, own = logging.root.handlers[:], logging.root.level, logging.getLogger("tianzhuo").level
    hook = threading.excepthook
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    logging.getLogger("tianzhuo").setLevel(own)
    logging.captureWarnings(False)
    logging.raiseExceptions = True
    threading.excepthook = hook


def test_an_exception_is_told_without_its_text() -> None:
    out = io.StringIO()
    logs.set_up("test", "json", "INFO", out)

    def inner() -> None:
        raise ValueError("secret body")

    try:
        try:
            inner()
        except ValueError as error:
            raise KeyError("secret key") from error
    except KeyError:
        logging.getLogger("somebody").exception("it failed")
    line = json.loads(out.getvalue())
    assert "secret" not in out.getvalue()
    assert line["message"] == "it failed"
    assert [one.partition(" <")[0] for one in line["error"]] == ["KeyError", "ValueError"]
    assert "inner" in line["error"][1]


def test_libraries_are_not_heard_below_info_even_when_they_insist() -> None:
    out = io.StringIO()
    logs.set_up("test", "json", "DEBUG", out)
    for name in ("kafka.conn", "aiokafka.consumer.fetcher", "faust"):
        logging.getLogger(name).setLevel(logging.DEBUG)
        logging.getLogger(name).debug("a whole record")
        logging.getLogger(name).info("joined")
        logging.getLogger(name).setLevel(logging.NOTSET)
    logging.getLogger("urllib3.connectionpool").warning("retrying /?param_id=x")
    logging.getLogger("tianzhuo.x").debug("ours")
    assert [json.loads(line)["message"] for line in out.getvalue().splitlines()] == ["joined"] * 3 + ["ours"]


def test_a_line_of_text_stays_one_line_and_commands_no_terminal() -> None:
    out = io.StringIO()
    logs.set_up("test", "text", "INFO", out)
    with logs.carrying(request_id="r1"):
        logs.note(capture_id="c1")
        logging.getLogger("tianzhuo.x").warning("one\ntwo \x1b[31mred", extra={"offset": 0})
    (line,) = out.getvalue().splitlines()
    assert "one\\x0atwo \\x1b[31mred" in line
    assert line.endswith("request_id=r1 capture_id=c1 offset=0")
