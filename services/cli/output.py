"""What the command writes: results to standard output, one line to standard error when something fails."""

import json
import sys
from typing import Any

from rich.console import Console


def console() -> Console:
    """Standard output for tables and trees; plain when it is no terminal."""
    return Console(highlight=False)


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
