"""Opens the contenders' stores by address."""

from datetime import UTC, datetime
from typing import Any

from services.store.clickhouse import ClickHouseStore
from tests.bench.postgres_store import PostgresStore

Store = ClickHouseStore | PostgresStore


def open_store(address: str, *, stop_merges: bool = False) -> Store:
    """Opens a store, with its tables.

    Args:
        address: what ClickHouseStore takes, or a libpq connection string.
        stop_merges: leave ClickHouse's parts as the inserts made them, while this process runs.
    """
    if "://" not in address:
        return PostgresStore(address)
    store = ClickHouseStore(address)
    store.migrate()
    if stop_merges:
        tell(store, "SYSTEM STOP MERGES")
    return store


def ask(store: ClickHouseStore, statement: str) -> list[tuple[Any, ...]]:
    """The rows of a query that is no business of the product's."""
    with store._connections.client() as client:
        return [tuple(row) for row in client.query(statement).result_rows]


def tell(store: ClickHouseStore, statement: str) -> None:
    """Runs a statement without rows."""
    with store._connections.client() as client:
        client.command(statement)


def now() -> datetime:
    """The machine's clock, UTC."""
    return datetime.now(UTC)
