"""Settings of the processes: small frozen classes, read from `TIANZHUO_…` variables here and nowhere else."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from services.domain.errors import TianzhuoError

PREFIX = "TIANZHUO_"


class InvalidSetting(TianzhuoError):
    """A variable has a value that it cannot have."""

    def __init__(self, name: str, value: str, expected: str) -> None:
        super().__init__(f"{name}: expected {expected}, got {value!r}")


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Where events are kept.

    Attributes:
        store: address of a ClickHouse server, http(s)://[user[:password]@]host[:port]; empty: embedded, in `data`
        database: database in it
        data: directory of the embedded store and of admin.key
        connections: statements that run at once
        reserve_bytes: what stays free on the disk of the embedded store; captures that would go into it are turned away
    """

    store: str = ""
    database: str = "tianzhuo"
    data: Path = Path("data")
    connections: int = 8
    reserve_bytes: int = 128 * 1024 * 1024

    @property
    def dsn(self) -> str:
        """The address in one form: `chdb://` + absolute directory when embedded."""
        return self.store or f"chdb://{self.data.absolute() / 'store'}"


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """How the service listens, and what one request may bring.

    Attributes:
        host: address to listen on
        port: port to listen on
        capture_events: events in one capture
        capture_bytes: bytes of one body
        body_idle_seconds: longest pause inside a body
        body_total_seconds: longest time for a whole body
        waiting_bytes: what may wait in memory for the store before captures are turned away
    """

    host: str = "127.0.0.1"
    port: int = 8080
    capture_events: int = 10_000
    capture_bytes: int = 32 * 1024 * 1024
    body_idle_seconds: float = 15.0
    body_total_seconds: float = 120.0
    waiting_bytes: int = 256 * 1024 * 1024


def _convert(name: str, text: str, default: object) -> Any:
    """A variable's text as the type of its default."""
    if isinstance(default, Path):
        return Path(text)
    if not isinstance(default, int | float):
        return text
    try:
        number = type(default)(text)
    except ValueError as error:
        raise InvalidSetting(name, text, "a number") from error
    if not 0 <= number < 2**53:
        raise InvalidSetting(name, text, "a number from 0 on")
    return number


def read_store(given: Mapping[str, Any] | None = None) -> StoreSettings:
    """Store settings: `given` (from the command line, None left out), else the environment, else the defaults.

    Raises:
        InvalidSetting: a variable cannot be read, or the store's address is none.
    """
    settings = StoreSettings(**_values(StoreSettings, given or {}))
    if settings.store and not _is_address(settings.store):
        shown = re.sub(r"//[^/]*@", "//…@", settings.store)
        raise InvalidSetting(PREFIX + "STORE", shown, "http(s)://[user[:password]@]host[:port]")
    return settings


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def read_serve(given: Mapping[str, Any] | None = None) -> ServeSettings:
    """The same for `tianzhuo serve`."""
    return ServeSettings(**_values(ServeSettings, given or {}))


def _values(cls: type, given: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in fields(cls):
        name = PREFIX + field.name.upper()
        if given.get(field.name) is not None:
            found[field.name] = given[field.name]
        elif name in os.environ:
            found[field.name] = _convert(name, os.environ[name], field.default)
    return found


def describe() -> str:
    """Every variable with its default and meaning, for `--help` and the docs."""
    lines: list[str] = []
    for cls in (StoreSettings, ServeSettings):
        meanings = _meanings(cls)
        lines.extend(f"  {PREFIX}{f.name.upper()}={f.default}\n      {meanings[f.name]}" for f in fields(cls))
    return "\n".join(lines)


def _meanings(cls: type) -> dict[str, str]:
    text = (cls.__doc__ or "").partition("Attributes:")[2]
    pairs = (line.strip().partition(": ") for line in text.splitlines() if ": " in line)
    return {name: meaning for name, _, meaning in pairs}
