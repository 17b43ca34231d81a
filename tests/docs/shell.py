"""Runs a page's blocks as a reader would who types them one after the other, and compares the answers shown."""

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.architecture.tree import ROOT
from tests.docs.pages import Block, blocks

SERVICE = "http://127.0.0.1:8080"
"""What the pages write where a test's service has its own port."""
CLICKHOUSE = "http://127.0.0.1:8123"
"""The same for a ClickHouse server."""
_SEPARATOR = "\x1e"


@dataclass(frozen=True, slots=True)
class Typed:
    """A block of commands, and the answer that the page shows below it, if it does."""

    command: Block
    answer: Block | None


def typed(path: Path, mark: str = "run") -> list[Typed]:
    """The page's ```bash <mark>``` blocks, each with the ```… answer``` block that follows it."""
    found = blocks(path)
    following: list[Block | None] = [*found[1:], None]
    return [
        Typed(block, after if after is not None and after.mark == "answer" else None)
        for block, after in zip(found, following, strict=True)
        if (block.language, block.mark) == ("bash", mark)
    ]


def home(folder: Path, data: Path) -> Path:
    """A folder that looks like the checkout of somebody who has run `make run`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, target in (("data", data), ("deploy", ROOT / "deploy")):
        (folder / name).symlink_to(target)
    (folder / ".venv").mkdir()
    (folder / ".venv/bin").symlink_to(Path(sys.executable).parent)
    return folder


def run(found: Sequence[Typed], folder: Path, addresses: Mapping[str, str]) -> list[str]:
    """Types the blocks into one shell; returns the output of each.

    Args:
        found: what to type.
        folder: where, see `home`.
        addresses: address in the page → address of the server that runs; outputs show the page's.
    """
    script = "\n".join(f"{one.command.text}printf '{_SEPARATOR}'" for one in found)
    for written, real in addresses.items():
        script = script.replace(written.removeprefix("http://"), real.removeprefix("http://"))
    done = subprocess.run(
        ["bash", "-c", f"set -euo pipefail\nexec 2>&1\nexport COLUMNS=200\n{script}"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    output = done.stdout
    for written, real in addresses.items():
        output = output.replace(real.removeprefix("http://"), written.removeprefix("http://"))
    outputs = output.split(_SEPARATOR)
    assert done.returncode == 0, f"{found[len(outputs) - 1].command.text}\n{outputs[-1]}{done.stderr}"
    return outputs[:-1]


def agrees(shown: str, output: str) -> bool:
    """Whether the output holds what the page shows: … stands for anything, blanks and line breaks do not count."""
    pieces = ["".join(piece.split()) for piece in shown.split("…")]
    return re.search(".*?".join(map(re.escape, pieces)), "".join(output.split()), re.DOTALL) is not None


def disagreements(found: Sequence[Typed], outputs: Sequence[str]) -> list[str]:
    """What the pages show and nobody gets."""
    return [
        f"line {one.command.line}: shown\n{one.answer.text}\ngot\n{output}"
        for one, output in zip(found, outputs, strict=True)
        if one.answer is not None and not agrees(one.answer.text, output)
    ]
