"""The packaged SQL: every read is a file in schemas/queries with server-side parameters."""

from functools import cache
from typing import Any

from clickhouse_connect.driver.client import Client

from schemas import read_bytes

ONE_BLOCK = 1 << 30
WHOLE = {
    "insert_deduplicate": 1,
    "async_insert": 0,
    "max_insert_block_size": ONE_BLOCK,
    "min_insert_block_size_rows": ONE_BLOCK,
    "min_insert_block_size_bytes": ONE_BLOCK,
}
"""Settings of an insert that is one block: all of it is stored or nothing."""


@cache
def query_text(name: str) -> str:
    """The text of schemas/queries/<name>.sql, without its leading comment.

    Raises:
        FileNotFoundError: there is no such query.
    """
    lines = read_bytes(f"queries/{name}.sql").decode().splitlines()
    return "\n".join(line for line in lines if not line.startswith("--")).strip()


def rows(client: Client, name: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """Runs the packaged query and returns its rows.

    Args:
        client: a client lent by `Connections.client`.
        name: file name without `.sql`.
        parameters: values of the query's `{name:Type}` places.
    """
    result = client.query(
        query_text(name), parameters=parameters, query_formats={"FixedString": "bytes", "String": "bytes"}
    )
    return [tuple(row) for row in result.result_rows]


def plain(value: bytes | str) -> str:
    """A text as the driver gives it: columns of few distinct values come as str, others as bytes."""
    return value.decode() if isinstance(value, bytes) else value
