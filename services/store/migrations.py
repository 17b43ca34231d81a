"""Numbered, immutable migrations: schemas/migrations/NNNN_name.sql, recorded with their hashes in the database.

A process refuses to start on a schema that is stale, newer than its own, made by an edited migration, or changed by
hand.
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from clickhouse_connect.driver.client import Client

from schemas import names, read_bytes
from services.ports import SchemaMismatch
from services.store.connection import Connections

BOOK = """CREATE TABLE IF NOT EXISTS schema_migrations
(
    `number` UInt32,
    `name` String,
    `sha256` String,
    `applied_at` DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(applied_at)
ORDER BY number
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1"""

DECLARED = "declared_schema.json"
"""What the live schema must look like after all migrations: a packaged file beside them."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One packaged migration.

    Attributes:
        number: from 1, without gaps.
        name: file name.
        sha256: hex digest of the file.
        statements: its SQL statements in order.
    """

    number: int
    name: str
    sha256: str
    statements: tuple[str, ...]


def packaged() -> list[Migration]:
    """The migrations of this version, in order.

    Raises:
        SchemaMismatch: a number is missing or stands twice, or a file's name is not NNNN_name.sql.
    """
    found = []
    for place, name in enumerate(sorted(n for n in names("migrations") if n.endswith(".sql")), start=1):
        match = re.fullmatch(r"(\d{4})_[a-z0-9_]+\.sql", name)
        if match is None or int(match[1]) != place:
            raise SchemaMismatch(
                f"migration {name!r}: expected number {place:04d} and a name of the form NNNN_name.sql"
            )
        data = read_bytes(f"migrations/{name}")
        found.append(Migration(place, name, sha256(data).hexdigest(), _statements(data.decode())))
    return found


def _statements(text: str) -> tuple[str, ...]:
    """The statements of a file: each ends with a semicolon at the end of a line; comments have lines of their own."""
    code = re.sub(r"^\s*--.*\n?", "", text, flags=re.MULTILINE)
    return tuple(part.strip() for part in re.split(r";[ \t]*(?:\n|$)", code) if part.strip())


def applied(client: Client) -> dict[int, tuple[str, str]]:
    """(name, sha256) by number of what the database has recorded; empty for a new database."""
    if not client.command("EXISTS TABLE schema_migrations"):
        return {}
    rows = client.query("SELECT number, name, sha256 FROM schema_migrations FINAL ORDER BY number").result_rows
    return {int(number): (str(name), str(digest)) for number, name, digest in rows}


def migrate(connections: Connections) -> list[str]:
    """Applies what is missing and returns the names of what it applied.

    Raises:
        SchemaMismatch: what is recorded contradicts what is packaged; nothing is changed then.
        StoreFull, StoreUnavailable: a statement failed; the migrations before it are recorded.
    """
    fresh = pending(connections)
    for migration in fresh:
        apply(connections, migration)
    return [m.name for m in fresh]


def pending(connections: Connections) -> list[Migration]:
    """The migrations that the database lacks, in order.

    Raises:
        SchemaMismatch: what is recorded contradicts what is packaged.
    """
    migrations = packaged()
    with connections.client() as client:
        done = applied(client)
        contradictions(done, migrations)
        fresh = [m for m in migrations if m.number not in done]
        if fresh:
            _require_ours(client)
    return fresh


def apply(
    connections: Connections, migration: Migration, rewrite: Callable[[str, int], str] = lambda text, _: text
) -> None:
    """Applies one migration and records it; `rewrite` gets each statement and the migration's number.

    Raises:
        StoreFull, StoreUnavailable: a statement failed; the migration is not recorded.
    """
    with connections.writing() as client:
        client.command(BOOK)
        for statement in migration.statements:
            client.command(rewrite(repeatable(statement), migration.number))
        client.insert(
            "schema_migrations",
            [[migration.number, migration.name, migration.sha256]],
            column_names=["number", "name", "sha256"],
        )


def _require_ours(client: Client) -> None:
    """A database without a record of migrations must have none of our tables: the record is made first."""
    if client.command("EXISTS TABLE schema_migrations"):
        return
    foreign = sorted(set(live_schema(client)) & set(declared_schema()))
    if foreign:
        raise SchemaMismatch(f"table {foreign[0]} is not as declared: no migration made it")


def repeatable(statement: str) -> str:
    """A migration cut off half-way (there are no transactions) must be able to run again."""
    return re.sub(r"^CREATE TABLE (?!IF NOT EXISTS)", "CREATE TABLE IF NOT EXISTS ", statement)


def contradictions(done: dict[int, tuple[str, str]], migrations: Sequence[Migration]) -> None:
    """Raises SchemaMismatch when what a database has recorded was not made by these migrations."""
    known = {m.number: m for m in migrations}
    for number, (name, digest) in done.items():
        if number not in known:
            raise SchemaMismatch(
                f"the database has migration {name}, which this version does not know: a newer version migrated it"
            )
        if known[number].sha256 != digest:
            raise SchemaMismatch(
                f"migration {name} was edited after it was applied: recorded sha256 {digest[:12]}…,"
                f" packaged {known[number].sha256[:12]}…"
            )


def live_schema(client: Client) -> dict[str, Any]:
    """Tables, engines, keys, columns, codecs of the current database, as `DECLARED` holds them."""
    tables = client.query(
        "SELECT name, engine, sorting_key, primary_key FROM system.tables"
        " WHERE database = currentDatabase() AND engine NOT LIKE '%View' ORDER BY name"
    ).result_rows
    columns = client.query(
        "SELECT table, name, type, default_kind, default_expression, compression_codec FROM system.columns"
        " WHERE database = currentDatabase() ORDER BY table, position"
    ).result_rows
    return described(tables, columns)


def described(tables: Iterable[Sequence[Any]], columns: Iterable[Sequence[Any]]) -> dict[str, Any]:
    """Tables as `DECLARED` holds them.

    Args:
        tables: name, engine, sorting key, primary key.
        columns: table, then name, type, kind and expression of the default, codec; in order.
    """
    held: dict[str, list[list[str]]] = {}
    for table, *column in columns:
        held.setdefault(table, []).append([str(value) for value in column])
    return {
        table: {"engine": engine, "sorting_key": sorting, "primary_key": primary, "columns": held.get(table, [])}
        for table, engine, sorting, primary in tables
    }


def require_current(connections: Connections) -> None:
    """Checks that the database is exactly at this version's schema.

    Raises:
        SchemaMismatch: it is stale, newer, edited, or was changed by hand; the message says where and what to do.
    """
    with connections.client() as client:
        require_all(applied(client))
        live = live_schema(client)
    require_declared(live, declared_schema())


def require_all(done: dict[int, tuple[str, str]]) -> None:
    """Raises SchemaMismatch when a database has not recorded exactly the packaged migrations."""
    migrations = packaged()
    contradictions(done, migrations)
    missing = [m.name for m in migrations if m.number not in done]
    if missing:
        raise SchemaMismatch(f"the database lacks {', '.join(missing)}: run `tianzhuo migrate` first")


def declared_schema() -> dict[str, Any]:
    """What is in `DECLARED`."""
    found: dict[str, Any] = json.loads(read_bytes(DECLARED))
    return found


def require_declared(live: dict[str, Any], declared: dict[str, Any]) -> None:
    """Raises SchemaMismatch for the first table that is not as it should be."""
    for table in sorted(set(live) | set(declared)):
        if live.get(table) != declared.get(table):
            raise SchemaMismatch(
                f"table {table} is not as declared: expected {_short(declared.get(table))},"
                f" got {_short(live.get(table))}"
            )


def _short(table: dict[str, Any] | None) -> str:
    return "absent" if table is None else json.dumps(table, ensure_ascii=False)
