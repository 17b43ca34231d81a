"""`tianzhuo`: one command, a module for each subcommand. Exit codes: 0 done, 1 failed, 2 wrong usage."""

import argparse
import sys
from collections.abc import Sequence

from services.cli import copy, deadletter, ingest, keys, migrate, serve, simulate, topics, trace
from services.cli.output import fail
from services.domain.errors import TianzhuoError


def parser() -> argparse.ArgumentParser:
    """The command line, with all its subcommands."""
    root = argparse.ArgumentParser(
        prog="tianzhuo", description="田桌, from field to table: EPCIS 2.0 traceability on ClickHouse."
    )
    commands = root.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for module in (serve, ingest, migrate, topics, deadletter, simulate, trace, copy, keys):
        module.add(commands)
    return root


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        argv: arguments after the command's name; the process's own when None.

    Returns:
        0 done, 1 failed (one line on standard error says why). Wrong usage exits with 2.
    """
    arguments = parser().parse_args(argv)
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
