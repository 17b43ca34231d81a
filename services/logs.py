"""The log of a process, set up here and nowhere else: one line for each record, as JSON or as text, on standard error.

No line holds what somebody sent, nor a key: an exception is told by its type and its places in the code, because its
text may quote what came in; and only this product's own loggers go below INFO, because there the Kafka clients print
whole requests, records in them.
"""

import json
import logging
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Any, TextIO

from services.domain.times import rfc3339
from services.ports import spans

OURS = "tianzhuo"
"""The logger above all of this product's."""
IDS = (
    "request_id key_id capture_id topic partition offset stage method route status milliseconds events attempt seconds"
).split()
"""What a line may say beside its message, given as `extra` or held by `carrying`; anything else is not shown."""
_QUIET = {"urllib3": logging.ERROR}
"""Its warnings quote the address of a request, and with it the parameters of a query."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

_carried: ContextVar[dict[str, Any] | None] = ContextVar("carried", default=None)


@contextmanager
def carrying(**ids: Any) -> Iterator[None]:
    """Every line that is written within says these ids too, in whatever thread the work goes on."""
    token = _carried.set(ids)
    try:
        yield
    finally:
        _carried.reset(token)


def note(**ids: Any) -> None:
    """Adds ids to what `carrying` holds; does nothing outside of it."""
    found = _carried.get()
    if found is not None:
        found.update(ids)


class Lines(logging.Formatter):
    """What both forms have in common: the members of a line, in their order."""

    def __init__(self, process: str) -> None:
        """Builds it.

        Args:
            process: which of the product's processes writes.
        """
        super().__init__()
        self._process = process

    def members(self, record: logging.LogRecord) -> dict[str, Any]:
        """The members of a line."""
        message = record.getMessage()
        if record.name == "asyncio":
            message = message.partition("\n")[0]  # what follows shows the objects of a task
        found: dict[str, Any] = {
            "time": rfc3339(int(record.created * 1_000_000)),
            "level": record.levelname,
            "logger": record.name,
            "message": message.strip(),
            "process": self._process,
            "pid": record.process,
        }
        trace = spans.here()
        if trace:
            found["trace_id"] = trace.split("-")[1]
        said = {**(_carried.get() or {}), **record.__dict__}
        found |= {name: said[name] for name in IDS if said.get(name) not in {None, ""}}
        if record.exc_info and record.exc_info[1] is not None:
            found["error"] = _chain(record.exc_info[1])
        return found


class JsonLines(Lines):
    """A JSON object in each line."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        return json.dumps(self.members(record), ensure_ascii=False, default=str)


class TextLines(Lines):
    """For people: time, level, logger, message, then name=value."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; what a terminal would take for a command is shown as its code."""
        found = self.members(record)
        head = [str(found.pop(name)) for name in ("time", "level", "logger", "message")]
        del found["process"], found["pid"]
        line = " ".join([*head, *(f"{name}={value}" for name, value in found.items())])
        return _CONTROL.sub(lambda sign: f"\\x{ord(sign[0]):02x}", line)


def _chain(error: BaseException | None) -> list[str]:
    """The types of an exception and of its causes, each with its innermost places, without their texts."""
    found: list[str] = []
    while error is not None and len(found) < 10:
        found.append(" < ".join([type(error).__name__, *_places(error.__traceback__)]))
        error = error.__cause__ or error.__context__
    return found


def _places(trace: TracebackType | None) -> list[str]:
    places: list[str] = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_qualname} ({'/'.join(code.co_filename.split('/')[-3:])}:{trace.tb_lineno})")
        trace = trace.tb_next
    return places[:-9:-1]


def set_up(process: str, form: str, level: str, to: TextIO | None = None) -> None:
    """Sets up the log of this process, whatever was set up before.

    Args:
        process: its name, `serve`, `ingest`, ….
        form: `text`, `json`, or '': text at a terminal and JSON elsewhere.
        level: `DEBUG`, `INFO`, `WARNING` or `ERROR`: from which on this product's lines are written. Those of libraries
            are from WARNING on, or INFO when `level` is DEBUG.
        to: where lines go; standard error when None.
    """
    to = to or sys.stderr
    own = logging.getLevelNamesMapping()[level]
    theirs = logging.INFO if own <= logging.DEBUG else max(own, logging.WARNING)

    def wanted(record: logging.LogRecord) -> bool:
        top = record.name.partition(".")[0]
        return record.levelno >= (own if top == OURS else _QUIET.get(top, theirs))

    handler = logging.StreamHandler(to)
    handler.setFormatter((JsonLines if form == "json" or not (form or to.isatty()) else TextLines)(process))
    handler.addFilter(wanted)  # here, because a library may set the levels of its own loggers
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(theirs)
    logging.getLogger(OURS).setLevel(own)
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # it would print what a line was to be made of
    threading.excepthook = _thread_failed


def _thread_failed(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        error = (args.exc_type, args.exc_value, args.exc_traceback)
        logging.getLogger(OURS).error("a thread failed", exc_info=error)
