"""What a copy needs to know of each table, read from the declared schema, so that it cannot fall behind it.

Keys travel as text: instants as microseconds, strings in hex (they hold any bytes). They go back into the query itself,
each checked and written as a literal of its type: a parameter holds neither every byte nor more than 128 KiB.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from schemas import read_bytes
from services.ports import Key
from services.store.migrations import DECLARED

TABLES = (
    "event_ids",
    "thing_events",
    "thing_contents",
    "events",
    "capture_progress",
    "dead_letters",
    "replays",
    "captures",
    "api_keys",
)
"""Every table with data, the index before the events and those before the captures' records, as the writer does."""

FIRST = {
    "events": "bitNot(earliness)",
    "captures": "finished_at",
    "capture_progress": "digest",
    "dead_letters": "record_time",
    "replays": "record_time",
    "api_keys": "-toUnixTimestamp64Micro(revoked_at)",
}
"""Of the rows of one key readers take the one in which this is smallest. In other tables the key says it all."""

FIXED_BYTES = 150
"""What the columns of a known or small size come to in a row, about."""


def _hex_list(text: str) -> str:
    """Raises ValueError when it is no such list."""
    return "".join(f"{bytes.fromhex(one).hex()}," for one in text.split(",")[:-1])


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of key column: to text and back.

    Attributes:
        show: SQL that gives a column's value as text.
        literal: the text as SQL; raises ValueError when it is no such value.
    """

    show: str
    literal: Callable[[str], str]


TIME = Kind(
    "toString(toUnixTimestamp64Micro({}))", lambda text: f"fromUnixTimestamp64Micro(toInt64({int(text)}), 'UTC')"
)
BYTES = Kind("hex({})", lambda text: f"unhex('{bytes.fromhex(text).hex()}')")
# Each element has a comma after it: no element at all is another text than an empty one.
LIST = Kind(
    "arrayStringConcat(arrayMap(one -> concat(hex(one), ','), {}))",
    lambda text: f"arrayMap(one -> unhex(one), arrayPopBack(splitByChar(',', '{_hex_list(text)}')))",
)
NUMBER = Kind("toString({})", lambda text: str(int(text)))
ID = Kind("toString({})", lambda text: f"toUUID('{UUID(text)}')")


@dataclass(frozen=True, slots=True)
class Layout:
    """A table.

    Attributes:
        columns: what is stored (not what the store computes itself), comma-separated.
        key: the sorting key's columns.
        first: see `FIRST`; None for a table of nothing but keys.
        weight: SQL for a row's size in bytes, about.
    """

    columns: str
    key: dict[str, Kind]
    first: str | None
    weight: str

    @property
    def names(self) -> str:
        """The sorting key's columns, comma-separated."""
        return ", ".join(self.key)

    def within(self, after: Key | None, until: Key | None = None) -> str:
        """The WHERE clause for keys after `after` and up to `until`; empty for the whole table.

        Raises:
            ValueError: a key does not fit the table.
        """
        tests = [self._beyond(after, ">", ">")] if after is not None else []
        if until is not None:
            tests.append(self._beyond(until, "<", "<="))
        return f"WHERE {' AND '.join(tests)}" if tests else ""

    def _beyond(self, key: Key, sign: str, last: str) -> str:
        # Spelt out column by column: ClickHouse finds the granules by the primary key then.
        pairs = [(name, kind.literal(text)) for (name, kind), text in zip(self.key.items(), key, strict=True)]
        name, value = pairs.pop()
        test = f"{name} {last} {value}"
        for name, value in reversed(pairs):
            test = f"({name} {sign} {value} OR ({name} = {value} AND {test}))"
        return test


def _kind(type_name: str) -> Kind:
    if type_name == "Array(String)":
        return LIST
    if "String" in type_name:
        return BYTES
    if type_name.startswith("DateTime64(6"):
        return TIME
    if type_name == "UUID":
        return ID
    if type_name.startswith(("UInt", "Int")):
        return NUMBER
    raise ValueError(f"no key text for {type_name}")


@cache
def layout(table: str) -> Layout:
    """The layout of one of `TABLES`."""
    declared: dict[str, Any] = json.loads(read_bytes(DECLARED))[table]
    types = {name: kind for name, kind, default, *_ in declared["columns"] if default != "ALIAS"}
    key = {name: _kind(types[name]) for name in declared["sorting_key"].split(", ")}
    long = [f"length({name})" for name, kind in types.items() if kind == "String"]
    long += [f"arraySum(one -> length(one) + 1, {name})" for name, kind in types.items() if kind == "Array(String)"]
    return Layout(", ".join(types), key, FIRST.get(table), "+".join([str(FIXED_BYTES), *long]))
