"""The driver's errors as the ports' errors: what to tell whoever runs the service, and what to tell its log."""

import errno
import re
from urllib.parse import urlsplit

from services.ports import StoreFailed, StoreFull, StoreUnavailable

DISK_FULL = ("NOT_ENOUGH_SPACE", "No space left on device", f"errno: {errno.ENOSPC}", "Code: 243")
_code = re.compile(r"\b[Cc]ode: (\d+)").search
_name = re.compile(r"\(([A-Z][A-Z0-9_]+)\)").search


def place(dsn: str) -> str:
    """What a store is called in a message: its address without user and password, or its directory."""
    parts = urlsplit(dsn)
    return parts.path if parts.scheme == "chdb" else f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def translated(error: BaseException, where: str) -> StoreUnavailable:
    """The port's error for one of the driver or of the system.

    Args:
        error: what was raised.
        where: the store, as `place` calls it.
    """
    text = str(error).strip()
    if (isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}) or any(
        mark in text for mark in DISK_FULL
    ):
        return StoreFull("the store's disk is full")
    code = _code(text)
    if code is None and (cause := _cause(error)):
        told = f"the store at {where} does not answer: {cause}"
        return StoreFailed(told, told)
    name = _name(text)
    reason = f"ClickHouse error {code[1]} {name[1] if name else ''}".strip() if code else type(error).__name__
    short = text.splitlines()[0][:300] if text else "no message"
    return StoreFailed(f"the store at {where} refuses: {short}", f"the store at {where} refuses: {reason}")


def _cause(error: BaseException | None) -> str:
    """Why no answer came, in the system's words; '' when there is another reason."""
    while error is not None:
        if isinstance(error, OSError) and error.strerror:
            return error.strerror.lower()
        if "timeout" in type(error).__name__.lower():
            return "it takes too long"
        if isinstance(error, ConnectionError):
            return "the connection was closed"
        error = error.__cause__ or error.__context__
    return ""
