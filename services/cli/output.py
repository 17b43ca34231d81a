"""What the command writes: results to standard output, one line to standard error when something fails."""

import json
import sys
from typing import Any

from rich.box import Box
from rich.console import Console
from rich.table import Table

ENDLESS = 100_000
"""Characters of a line where nobody looks at a screen: one row is one line, for grep and cut."""


def console() -> Console:
    """Standard output for tables and trees; plain, and without an end of the line, when it is no terminal."""
    here = Console(highlight=False, soft_wrap=True)
    return here if here.is_terminal else Console(highlight=False, soft_wrap=True, width=ENDLESS)


def new_table(*names: str, box: Box | None = None) -> Table:
    """A table whose cells go on in the next line where a screen is narrow: an id is never cut.

    Args:
        names: headings of its columns.
        box: lines around the cells; without them by default.
    """
    table = Table(box=box, header_style="bold")
    for name in names:
        table.add_column(name, overflow="fold")
    return table


def say(text: str) -> None:
    """A line on standard output."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def say_bytes(data: bytes) -> None:
    """Bytes on standard output, nothing added."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def say_json(value: Any) -> None:
    """A JSON document on standard output."""
    say(json.dumps(value, ensure_ascii=False, indent=2))


def fail(text: str) -> int:
    """One line on standard error; returns the exit code 1."""
    sys.stderr.write(f"tianzhuo: {' '.join(text.split())}\n")
    return 1
