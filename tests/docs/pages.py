"""The documentation as tests read it: pages, their blocks of code, links, anchors and generated parts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.architecture.tree import ROOT

README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]

_FENCE = re.compile(r"^```(?P<head>[^\n`]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]\n]*\]\((?P<target>[^)\s]+)\)")
_GENERATED = re.compile(r"<!-- generated: (?P<name>[a-z-]+) -->\n(?P<text>.*?)<!-- end -->", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code.

    Attributes:
        language: the first word after its fence.
        mark: the words behind it, '' when there are none: what a test does with the block.
        text: what stands in it.
        line: where it begins.
    """

    language: str
    mark: str
    text: str
    line: int


def page(name: str) -> Path:
    """A page below docs/."""
    return ROOT / "docs" / f"{name}.md"


def blocks(path: Path) -> list[Block]:
    """All blocks of a page, in order."""
    text = path.read_text()
    return [
        Block(*_head(found["head"]), found["text"], text.count("\n", 0, found.start()) + 1)
        for found in _FENCE.finditer(text)
    ]


def _head(words: str) -> tuple[str, str]:
    language, _, mark = words.strip().partition(" ")
    return language, mark.strip()


def prose(path: Path) -> str:
    """A page without its blocks."""
    return _FENCE.sub("", path.read_text())


def links(path: Path) -> list[str]:
    """The targets of all links of a page."""
    return [found["target"] for found in _LINK.finditer(prose(path))]


def anchors(path: Path) -> set[str]:
    """What a link may name behind its #: the headings as a forge spells them."""
    headings = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def generated(path: Path) -> Iterator[tuple[str, str]]:
    """Name and text of each part of a page that is written by `python -m tests.docs`."""
    for found in _GENERATED.finditer(path.read_text()):
        yield found["name"], found["text"]


def with_generated(path: Path, texts: dict[str, str]) -> str:
    """The page with its generated parts replaced."""
    return _GENERATED.sub(
        lambda found: f"<!-- generated: {found['name']} -->\n{texts[found['name']]}<!-- end -->", path.read_text()
    )


def table(path: Path, first: str) -> list[list[str]]:
    """The rows of the page's table whose first heading is `first`, without heading and rule."""
    rows: list[list[str]] = []
    inside = False
    for line in path.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")] if line.startswith("|") else []
        inside = bool(cells) and (inside or cells[0] == first)
        if inside:
            rows.append(cells)
    assert rows, f"{path.name} has no table that begins with {first}"
    return rows[2:]
