"""Prints tables, and writes them down with what a reader needs to repeat them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid

from tests.bench.measure import Table


def show(table: Table) -> None:
    """Prints one table."""
    grid = Grid(*map(escape, table.header), title=escape(table.title), title_justify="left", box=None)
    for row in table.rows:
        grid.add_row(*map(escape, row))
    console = Console(highlight=False, width=160)
    console.print()
    console.print(grid)
    for note in table.notes:
        console.print(f"  {escape(note)}", style="dim")


def write(path: Path, tables: Iterable[Table], machine: list[str], command: str, seconds: float) -> None:
    """Writes all tables as one Markdown page.

    Args:
        path: the page.
        tables: results.
        machine: lines about the machine.
        command: what repeats the run.
        seconds: how long the run took.
    """
    lines = [
        "# Benchmarks",
        "",
        f"Measured on {datetime.now(UTC):%Y-%m-%d} by `{command}`, which took {seconds / 60:.1f} minutes.",
        "All contenders of a table ran in turns within one run, each round beginning with another one. Numbers are",
        "medians over the rounds, smallest and largest in brackets; `×` marks a ratio of medians.",
        "",
        *(f"- {line}" for line in machine),
    ]
    for table in tables:
        lines += ["", f"## {table.title}", "", _row(table.header), _row(["---"] * len(table.header))]
        lines += [_row(row) for row in table.rows]
        if table.notes:
            lines += ["", *(f"- {note}" for note in table.notes)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
