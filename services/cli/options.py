"""Options that several subcommands share."""

import argparse
from pathlib import Path

from services.settings import StoreSettings, read_store

Commands = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_store(parser: argparse.ArgumentParser) -> None:
    """Which store a command works on."""
    parser.add_argument("--data", type=Path, metavar="DIR", help="directory of the embedded store (default: data)")
    parser.add_argument("--store", metavar="URL", help="a ClickHouse server instead: http://user:password@host:8123")
    parser.add_argument("--database", metavar="NAME", help="database in it (default: tianzhuo)")


def store_settings(arguments: argparse.Namespace) -> StoreSettings:
    """Store settings from the command line and the environment."""
    names = ("data", "store", "database")
    return read_store({name: getattr(arguments, name) for name in names})


def add_server(parser: argparse.ArgumentParser) -> None:
    """Which running service a command talks to."""
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="the service (default: %(default)s)")
