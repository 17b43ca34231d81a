"""`tianzhuo migrate`: bring the store's schema to this version."""

import argparse
from contextlib import closing

from services.cli.options import add_store, store_settings
from services.cli.output import fail, say
from services.store.clickhouse import ClickHouseStore


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
    with closing(ClickHouseStore(settings.dsn, settings.database, 2, settings.reserve_bytes)) as store:
        applied = [] if arguments.check else store.migrate()
        store.require_current()
    for name in applied:
        say(f"applied {name}")
    say("the schema is current")
    return 0
