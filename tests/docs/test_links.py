"""What a page names is there: pages, headings, files, functions."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, files
from tests.docs.pages import PAGES, README, anchors, blocks, links, prose

# `services/api/epcis.py` or, with what stands in it, `services/api/epcis.py::capture`.
_NAMED = re.compile(r"`((?:services|schemas|streams|tests|deploy|docs|requirements)/[\w./*-]*)(?:::([\w.]+))?`")
_CODE = {"bash", "console", "http", "json", "mermaid", "python", "sql", "text", "xml", "yaml"}


def broken_links(path: Path) -> list[str]:
    found = []
    for target in links(path):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        other = (path.parent / name).resolve() if name else path
        if not other.exists() or (anchor and anchor not in anchors(other)):
            found.append(target)
    return found


def named(path: Path) -> list[tuple[str, str]]:
    made = tuple(line[1:] for line in (ROOT / ".gitignore").read_text().splitlines() if line.startswith("/"))
    return [
        (name, inside)
        for name, inside in _NAMED.findall(prose(path))
        if "*" not in name and not name.startswith(made)  # what a checkout only has once it was used
    ]


def defined(path: Path) -> set[str]:
    """The functions, classes, methods and constants of a module, methods as `Class.method`."""
    found: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.ClassDef(name=name):
                inner = (child.name for child in node.body if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef))
                found |= {name, *(f"{name}.{method}" for method in inner)}
            case ast.Assign(targets=targets):
                found |= {target.id for target in targets if isinstance(target, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
            case _:
                pass
    return found


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    assert broken_links(path) == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_named_files_and_functions_are_there(path: Path) -> None:
    missing = [
        f"{name}::{inside}" if inside else name
        for name, inside in named(path)
        if not (ROOT / name).exists() or (inside and inside not in defined(ROOT / name))
    ]
    assert missing == []


def test_planted_mistakes_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# One two\n[a](none.md) [b](#three) [c](#one-two)\n`services/api/none.py` `services/ports/store.py::X`\n"
    )
    assert broken_links(page) == ["none.md", "#three"]
    assert named(page) == [("services/api/none.py", ""), ("services/ports/store.py", "X")]
    assert "X" not in defined(ROOT / "services/ports/store.py")
    assert {"Slice", "EventWriter.commit", "Key"} <= defined(ROOT / "services/ports/store.py")


def test_every_page_is_reached_from_the_readme() -> None:
    reached, waiting = {README}, [README]
    while waiting:
        path = waiting.pop()
        for target in links(path):
            other = (path.parent / target.partition("#")[0]).resolve()
            if other.suffix == ".md" and other.exists() and other not in reached:
                reached.add(other)
                waiting.append(other)
    assert set(files(".md")) - reached == set()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_block_says_its_language(path: Path) -> None:
    assert [block.line for block in blocks(path) if block.language not in _CODE] == []
