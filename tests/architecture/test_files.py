"""What a file of this project may hold: short, finished, and nothing that ties it to one machine."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGES, ROOT, files, modules

LINES = 400

# Written in pieces, so that this file may hold them.
_HOSTS = ("registry.npm" + "js", "py" + "pi.org", "python" + "hosted", "repo.ma" + "ven", "maven" + ".org")
_MORE_HOSTS = ("deb.deb" + "ian", "crates" + ".io", "proxy.gol" + "ang")
BANNED = {
    "a package registry's host": re.compile("|".join(map(re.escape, (*_HOSTS, *_MORE_HOSTS)))),
    "one machine's path": re.compile(r"(?<![\w.])/(work|root|home|Users)" + r"/\w"),
    "unfinished work": re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b"),
    "talk to a reviewer": re.compile(r"\bthis (p" + r"r|pull req" + r"uest|com" + r"mit)\b", re.IGNORECASE),
}


def banned_words(text: str) -> list[str]:
    return [f"{what}: {found.group()}" for what, pattern in BANNED.items() if (found := pattern.search(text))]


def text_of(path: Path) -> str:
    content = path.read_bytes()
    return "" if b"\0" in content else content.decode()


def test_no_file_holds_banned_words() -> None:
    found = {str(path.relative_to(ROOT)): banned_words(text_of(path)) for path in files()}
    assert {path: words for path, words in found.items() if words} == {}


@pytest.mark.parametrize(
    "planted",
    [
        "https://registry.npm" + "js.org/x",
        "wheel from files.python" + "hosted.org",
        "open('/wo" + "rk/main/data')",
        "cd /ro" + "ot/x",
        "# TO" + "DO: later",
        "# see this p" + "r",
    ],
)
def test_planted_word_is_found(planted: str) -> None:
    assert banned_words(planted)


@pytest.mark.parametrize("innocent", ["/v1/work/orders", "services/root/x", "a todo list", "this commits the offset"])
def test_innocent_word_passes(innocent: str) -> None:
    assert banned_words(innocent) == []


def test_every_module_is_short() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in files(".py")}
    assert {path: lines for path, lines in lengths.items() if lines > LINES} == {}


def test_every_folder_with_modules_is_a_package() -> None:
    folders = {path.parent for path in modules()}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


def holds_code(package: Path) -> bool:
    trees = (ast.parse(path.read_text()) for path in package.rglob("*.py"))
    return any(not isinstance(statement, ast.Expr) for tree in trees for statement in tree.body)


def test_no_layer_without_content() -> None:
    layers = [*PACKAGES, *(path.parent for path in modules() if path.name == "__init__.py")]
    assert [layer for layer in layers if not holds_code(layer)] == []


def test_empty_layer_is_found(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").write_text('"""Nothing yet."""\n')
    assert not holds_code(tmp_path)
    (tmp_path / "step.py").write_text("STEP = 1\n")
    assert holds_code(tmp_path)
