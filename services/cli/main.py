"""`tianzhuo`: one command, a module for each subcommand. Exit codes: 0 done, 1 failed, 2 wrong usage."""

import argparse
import logging
import sys
from collections.abc import Sequence
from importlib import import_module

from services.cli.output import fail
from services.domain.errors import TianzhuoError

COMMANDS = ("serve", "ingest", "migrate", "topics", "deadletter", "simulate", "trace", "copy", "keys")
"""A module for each, in this package."""


def parser(commands: Sequence[str] = COMMANDS) -> argparse.ArgumentParser:
    """The command line with these subcommands."""
    root = argparse.ArgumentParser(
        prog="tianzhuo", description="田桌, from field to table: EPCIS 2.0 traceability on ClickHouse."
    )
    added = root.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in commands:
        import_module(f"services.cli.{name}").add(added)
    return root


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        argv: arguments after the command's name; the process's own when None.

    Returns:
        0 done, 1 failed (one line on standard error says why). Wrong usage exits with 2.
    """
    words = sys.argv[1:] if argv is None else argv
    # Only the module of the command that is called: a look-up need not load the service and its store.
    arguments = parser([name for name in words[:1] if name in COMMANDS] or COMMANDS).parse_args(words)
    # The driver also logs what it raises; what is raised becomes the one line.
    logging.getLogger("clickhouse_connect").setLevel(logging.CRITICAL)
    try:
        return int(arguments.run(arguments))
    except TianzhuoError as error:
        return fail(str(error))
    except OSError as error:
        return fail(str(error))
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
