"""`tianzhuo migrate`: bring the store's schema to this version."""

import argparse
from contextlib import closing

from services.cli.options import add_store, store_settings
from services.cli.output import fail, say
from services.store.clickhouse import ClickHouseStore
from services.store.cluster import migrate_cluster


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the subcommand."""
    parser = commands.add_parser("migrate", help="bring the store's schema to this version")
    add_store(parser)
    parser.add_argument("--check", action="store_true", help="change nothing; fail when the schema is not current")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Migrates, or checks."""
    settings = store_settings(arguments)
    if arguments.check and not settings.store and not (settings.data / "store").is_dir():
        return fail(f"{settings.data} holds no store")
    topology = settings.topology
    applied: list[str] = []
    if topology is not None and not arguments.check:
        # Before the store is opened: its address may lead to any of the servers.
        applied = migrate_cluster(settings.database, topology)
    with closing(ClickHouseStore(settings.dsn, settings.database, 2, settings.reserve_bytes, topology)) as store:
        if topology is None and not arguments.check:
            applied = store.migrate()
        store.require_current()
    for name in applied:
        say(f"applied {name}")
    say("the schema is current")
    return 0
