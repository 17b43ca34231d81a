"""The schema of a cluster: each server's own tables, made by the migrations, and `Distributed` ones over all of them.

On every server the database `<name>_shard` holds what the server stores, and `<name>` holds tables of the same names
that lead to all servers, so that every query and insert is the one of a single server.
"""

import re
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from clickhouse_connect.driver.client import Client

from schemas import read_bytes
from services.ports import SchemaMismatch, StoreUnavailable
from services.store.connection import Connections
from services.store.migrations import (
    Migration,
    apply,
    declared_schema,
    described,
    packaged,
    pending,
    require_all,
    require_declared,
)
from services.store.topology import Topology, literal, shard_database

BOOK = "schema_migrations"
"""Each server's own; every other table has a `Distributed` one over it."""
ENGINE = re.compile(r"^ENGINE = (\w*MergeTree)(?:\((.*)\))?$", re.MULTILINE)
CREATED = re.compile(r"^CREATE TABLE IF NOT EXISTS `?(\w+)")


@cache
def sharding_keys() -> dict[str, str]:
    """SQL expression by table, from schemas/sharding.toml."""
    found: dict[str, str] = tomllib.loads(read_bytes("sharding.toml").decode())["keys"]
    return found


def replicated(statement: str, number: int, database: str) -> str:
    """A migration's statement for tables that have replicas.

    The path in Keeper has the migration's number, because a later migration may make another table of the same name.
    The macros `{shard}` and `{replica}` are the servers'.
    """
    created = CREATED.match(statement)
    if created is None:
        return statement
    path = literal(f"/clickhouse/tables/{{shard}}/{database}/{created[1]}_{number:04}")

    def engine(match: re.Match[str]) -> str:
        arguments = ", ".join([path, "'{replica}'", *([match[2]] if match[2] else [])])
        return f"ENGINE = Replicated{match[1]}({arguments})"

    return ENGINE.sub(engine, statement)


def migrate_cluster(database: str, topology: Topology) -> list[str]:
    """Migrates every server of a cluster; returns the names of what at least one of them lacked.

    A migration is applied on all servers before the next one: replicas share what a statement changes.

    Raises:
        SchemaMismatch: a server's tables contradict what is packaged, or the servers are not those of the cluster; the
            message names it.
        StoreFull, StoreUnavailable: a server failed; run again, it goes on where it was.
    """
    if not topology.nodes:
        raise SchemaMismatch(
            f"the servers of cluster {topology.cluster} are to be migrated, but TIANZHUO_STORE_NODES names none"
        )
    if len(set(topology.nodes)) < len(topology.nodes):
        raise SchemaMismatch("TIANZHUO_STORE_NODES names a server twice")
    own = shard_database(database)
    with ExitStack() as stack:
        nodes = []
        for address in topology.nodes:
            with _named(address):
                nodes.append((address, stack.enter_context(closing(Connections(address, own, 1)))))
        for address, node in nodes:
            with _named(address), node.client() as client:
                _require_members(client, topology)
                _require_no_rows(client, database)
        lacking: dict[str, list[Migration]] = {}
        for address, node in nodes:
            with _named(address):
                lacking[address] = pending(node)
        if topology.replicas > 1:
            _require_together(lacking)
        for migration in packaged():
            for address, node in nodes:
                if migration in lacking[address]:
                    with _named(address):
                        apply(node, migration, _rewriting(own, topology))
        for address, node in nodes:
            with _named(address), node.writing() as client:
                _lay_over(client, database, topology)
    names = {migration.name for migrations in lacking.values() for migration in migrations}
    return sorted(names)


def _rewriting(own: str, topology: Topology) -> Callable[[str, int], str]:
    return lambda text, number: replicated(text, number, own) if topology.replicas > 1 else text


@contextmanager
def _named(address: str) -> Iterator[None]:
    """Says in an error which server it is about, without its password."""
    parts = urlsplit(address)
    try:
        yield
    except SchemaMismatch as error:
        raise SchemaMismatch(f"{parts.hostname}:{parts.port or ''}: {error}") from error


def _require_members(client: Client, topology: Topology) -> None:
    """The server must know the cluster, and it must have as many servers as are to be migrated."""
    members = _members(client, topology)
    if len(members) != len(topology.nodes):
        raise SchemaMismatch(
            f"cluster {topology.cluster} has {len(members)} servers in remote_servers"
            f" ({', '.join(members)}), but TIANZHUO_STORE_NODES names {len(topology.nodes)}"
        )


def _require_no_rows(client: Client, database: str) -> None:
    """Only `Distributed` tables are ever replaced: the database of a single server stays what it is."""
    found = client.query(
        "SELECT name FROM system.tables WHERE database = {database:String} AND engine != 'Distributed' LIMIT 1",
        parameters={"database": database},
    )
    for (name,) in found.result_rows:
        raise SchemaMismatch(
            f"{database}.{name} is a table of a single server: take another database, and `tianzhuo copy` it there"
        )


def _require_together(lacking: dict[str, list[Migration]]) -> None:
    counts = sorted((len(migrations), address) for address, migrations in lacking.items())
    if counts[-1][0] - counts[0][0] > 1:
        raise SchemaMismatch(
            f"{urlsplit(counts[-1][1]).netloc.rpartition('@')[2]} lacks migrations that other servers have long had: a"
            " new replica takes its tables from one that is there, see docs/operations.md"
        )


def _lay_over(client: Client, database: str, topology: Topology) -> None:
    """Makes the `Distributed` tables of a server; those that are as they should be stay."""
    client.command(f"CREATE DATABASE IF NOT EXISTS `{database}`")
    expected = _expected_over(database, topology)
    there = _over(client, database)
    lead = f"Distributed({literal(topology.cluster)}, {literal(shard_database(database))}, "
    for table in sorted(there.keys() - expected.keys()):
        if there[table]["engine"].startswith(lead):  # over what a migration has dropped
            client.command(f"DROP TABLE `{database}`.`{table}` SYNC")
    for table in sharding_keys():
        if there.get(table) != expected[table]:
            client.command(
                f"CREATE OR REPLACE TABLE `{database}`.`{table}` AS `{shard_database(database)}`.`{table}`"
                f" ENGINE = {expected[table]['engine']}"
            )


def _over(client: Client, database: str) -> dict[str, Any]:
    """The `Distributed` tables of a server, as `_expected_over` has them."""
    where = {"database": database}
    tables = client.query(
        "SELECT name, engine_full, '', '' FROM system.tables WHERE database = {database:String}", parameters=where
    )
    columns = client.query(
        "SELECT table, name, type, default_kind, default_expression, compression_codec FROM system.columns"
        " WHERE database = {database:String} ORDER BY table, position",
        parameters=where,
    )
    return described(tables.result_rows, columns.result_rows)


def _expected_over(database: str, topology: Topology) -> dict[str, Any]:
    """What `described` gives for the `Distributed` tables of a server."""
    declared = declared_schema()
    found = {}
    for table, key in sharding_keys().items():
        place = ", ".join(map(literal, (topology.cluster, shard_database(database), table)))
        found[table] = {
            "engine": f"Distributed({place}, {key})",
            "sorting_key": "",
            "primary_key": "",
            "columns": declared[table]["columns"],
        }
    return found


def _expected_own(topology: Topology) -> dict[str, Any]:
    """What `live_schema` gives for a server's own tables."""
    declared = declared_schema()
    if topology.replicas > 1:
        for name, table in declared.items():
            if name != BOOK and table["engine"].endswith("MergeTree"):
                table["engine"] = "Replicated" + table["engine"]
    return declared


def _members(client: Client, topology: Topology) -> list[str]:
    """The cluster's servers, host:port, by shard and replica.

    Raises:
        SchemaMismatch: the server does not know the cluster, or a shard has another number of replicas.
    """
    rows = client.query(
        "SELECT shard_num, host_name, port FROM system.clusters WHERE cluster = {cluster:String}"
        " ORDER BY shard_num, replica_num",
        parameters={"cluster": topology.cluster},
    ).result_rows
    if not rows:
        raise SchemaMismatch(
            f"the server knows no cluster {topology.cluster!r}: see remote_servers in its configuration"
        )
    shards = [row[0] for row in rows]
    for shard in shards:
        if shards.count(shard) != topology.replicas:
            raise SchemaMismatch(
                f"cluster {topology.cluster}: shard {shard} has {shards.count(shard)} servers in remote_servers,"
                f" TIANZHUO_REPLICAS is {topology.replicas}"
            )
    return [f"{host}:{port}" for _, host, port in rows]


def require_current_cluster(connections: Connections, topology: Topology) -> None:
    """Checks that every server that answers is exactly at this version's schema.

    Raises:
        SchemaMismatch: one is not; the message names it.
        StoreUnavailable: no server of a shard answers.
    """
    with connections.client() as client:
        members = _members(client, topology)
        asked = _Members(client, topology, members)
        try:
            _require_all_current(asked, connections.database, topology)
        except SchemaMismatch as error:
            answering = asked.answering()
            if gone := [member for number, member in asked.there.items() if number not in answering]:
                raise StoreUnavailable(f"{gone[0]} went away while it was asked") from error
            raise


def _require_all_current(asked: "_Members", database: str, topology: Topology) -> None:
    asked.require_same_view()
    own = asked.schemas(shard_database(database), "engine")
    over = asked.schemas(database, "engine_full")
    for number, member in asked.there.items():
        try:
            held = own.get(number, {})
            require_all(asked.applied(number, shard_database(database)) if BOOK in held else {})
            require_declared(held, _expected_own(topology))
            require_declared(over.get(number, {}), _expected_over(database, topology))
        except SchemaMismatch as error:
            raise SchemaMismatch(f"{member}: {error}") from error


class _Members:
    """Questions to every server of a cluster that is there, by its number in `clusterAllReplicas`.

    Attributes:
        there: host:port by number.
    """

    def __init__(self, client: Client, topology: Topology, members: list[str]) -> None:
        self._client = client
        self._topology = topology
        # clusterAllReplicas makes each replica a shard, in the order of system.clusters.
        self.there = {number: members[number - 1] for number in sorted(self.answering())}
        for first in range(0, len(members), topology.replicas):
            shard = range(first + 1, first + 1 + topology.replicas)
            if not any(number in self.there for number in shard):
                raise StoreUnavailable(f"no server of shard {first // topology.replicas + 1} answers: {members[first]}")

    def answering(self) -> set[int]:
        """The numbers of the servers that answer now."""
        return {int(row[0]) for row in self._ask("system.one", "shardNum()")}

    def _ask(self, table: str, what: str, rest: str = "") -> list[Any]:
        # Sorted here: the servers answer in any order.
        everywhere = f"clusterAllReplicas({literal(self._topology.cluster)}, {table})"
        query = ("SELECT", what, "FROM", everywhere, rest)
        return sorted(self._client.query(" ".join(query), settings={"skip_unavailable_shards": 1}).result_rows)

    def require_same_view(self) -> None:
        """Rows go where the server that takes them thinks they belong: all must think the same."""
        view = "arraySort(groupArray((shard_num, shard_weight, replica_num, host_name, port)))"
        where = f"WHERE cluster = {literal(self._topology.cluster)} GROUP BY shardNum()"
        views = {int(number): view for number, view in self._ask("system.clusters", f"shardNum(), {view}", where)}
        first = min(self.there)
        for number, member in self.there.items():
            if views.get(number) != views[first]:
                raise SchemaMismatch(
                    f"{member}: its remote_servers say of cluster {self._topology.cluster} {views.get(number)},"
                    f" those of {self.there[first]} say {views[first]}"
                )

    def schemas(self, database: str, engine: str) -> dict[int, dict[str, Any]]:
        """`live_schema` of a database, by server; `engine` says which column of system.tables stands for it."""
        where = f"WHERE database = {literal(database)}"
        keys = "sorting_key, primary_key" if engine == "engine" else "'', ''"
        tables = self._ask(
            "system.tables", f"shardNum(), name, {engine}, {keys}", where + " AND engine NOT LIKE '%View'"
        )
        what = "shardNum(), table, position, name, type, default_kind, default_expression, compression_codec"
        columns = self._ask("system.columns", what, where)
        return {
            number: described(
                [row[1:] for row in tables if row[0] == number],
                [(row[1], *row[3:]) for row in columns if row[0] == number],
            )
            for number in self.there
        }

    def applied(self, number: int, database: str) -> dict[int, tuple[str, str]]:
        """`migrations.applied` of one server."""
        rows = self._ask(f"`{database}`.{BOOK}", "shardNum(), applied_at, number, name, sha256")
        return {int(row[2]): (str(row[3]), str(row[4])) for row in rows if row[0] == number}
