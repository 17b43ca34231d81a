"""Imports go down only: the linter passes on the tree and fails on every kind of planted violation."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGES, ROOT

PLANTED = [
    ("services/domain/planted.py", "import asyncio", "no clock"),
    ("services/domain/planted.py", "from os import environ", "no clock"),
    ("services/domain/planted.py", "def late() -> None:\n    import time", "no clock"),
    ("services/domain/deep/planted.py", "import clickhouse_connect", "no clock"),
    ("services/domain/planted.py", "import services.store", "go down only"),
    ("services/store/planted.py", "import services.usecases", "go down only"),
    ("services/store/planted.py", "import services.bus", "go down only"),
    ("services/usecases/planted.py", "import services.api", "go down only"),
    ("services/api/planted.py", "import services.cli", "go down only"),
    ("schemas/planted.py", "import services.domain", "go down only"),
    ("schemas/planted.py", "import numpy", "is data"),
    ("services/helpers/planted.py", "import services.domain", "in one of the layers"),
]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for package in PACKAGES:
        shutil.copytree(package, tmp_path / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def write_module(file: Path, text: str) -> None:
    for package in (file.parent, file.parent.parent):
        package.mkdir(parents=True, exist_ok=True)
        if package.name != "services":
            (package / "__init__.py").touch()
    file.write_text(text + "\n")


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)


def test_tree_keeps_every_contract(copy: Path) -> None:
    done = lint(copy)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("file", "code", "contract"), PLANTED, ids=[f"{file}: {code}" for file, code, _ in PLANTED])
def test_planted_violation_fails(copy: Path, file: str, code: str, contract: str) -> None:
    # What the planted line imports has to exist, as in a tree where somebody made this mistake.
    for layer in ("store", "bus", "usecases", "api", "cli"):
        if layer in code and not (copy / "services" / layer).with_suffix(".py").exists():
            write_module(copy / "services" / layer / "here.py", "HERE = True")
    write_module(copy / file, code)
    done = lint(copy)
    broken = [line for line in done.stdout.replace("\n", " ").split("Contracts:")[0].split("KEPT") if "BROKEN" in line]
    assert done.returncode == 1, done.stdout + done.stderr
    assert any(contract in line for line in broken), done.stdout


def test_linter_looks_at_every_package() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    assert settings["root_packages"] == [package.name for package in PACKAGES]
