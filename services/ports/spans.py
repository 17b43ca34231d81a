"""Spans: what part of the work took when, told to whoever collects traces; nothing unless the process was told to.

Like the log, they are a thing of the whole process: `use` is called once, at its start. Where a trace goes on
elsewhere, in another task, thread or process, its place travels as a `traceparent` (W3C Trace Context).
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Literal, Protocol

Said = str | int | float
"""What a span may say of itself: numbers and names of ours, never what somebody sent."""

Kind = Literal["internal", "server", "producer", "consumer"]


class Tracer(Protocol):
    """Makes spans."""

    def span(
        self, name: str, parents: Sequence[str] | None, kind: Kind, said: dict[str, Said]
    ) -> AbstractContextManager[None]:
        """See `span`."""

    def here(self) -> str:
        """See `here`."""

    def tell(self, name: str, said: dict[str, Said]) -> None:
        """See `tell`."""


_NOTHING = nullcontext()
_using: Tracer | None = None


def use(tracer: Tracer | None) -> None:
    """Spans go to this tracer from now on; None: to nobody."""
    global _using  # noqa: PLW0603 - as the log, it is the process's own
    _using = tracer


def on() -> bool:
    """Whether spans go to somebody."""
    return _using is not None


def span(
    name: str, parents: Sequence[str] | None = None, kind: Kind = "internal", **said: Said
) -> AbstractContextManager[None]:
    """A span around the work within.

    Args:
        name: what is done.
        parents: None: it belongs to the span around it, and is not made without one. Else traceparents: it belongs to
            the first, and each other trace gets a span of the same time that names this one; without any it is not
            made. '' begins a trace.
        kind: as OpenTelemetry has it.
        said: about it.
    """
    return _NOTHING if _using is None else _using.span(name, parents, kind, said)


def here() -> str:
    """The traceparent of the span around the caller; '' when there is none, or its trace is not collected."""
    return "" if _using is None else _using.here()


def tell(name: str = "", **said: Said) -> None:
    """Names the span around the caller anew, unless `name` is empty, and says more about it."""
    if _using is not None:
        _using.tell(name, said)
