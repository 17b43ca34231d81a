"""The domain is a pure function of its arguments: what the import linter cannot see."""

import ast

import pytest

from tests.architecture.tree import ROOT

CLOCK = {"now", "utcnow", "today"}
BUILTINS = {"open", "print", "input", "exec", "eval", "breakpoint"}
MODULES = {"urllib.request", "importlib.metadata", "numpy.random"}


def impurities(source: str) -> list[str]:
    """Name every call that reads a clock, the outside or chance, with its line."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(attr=name)) if name in CLOCK:
                found.append(f"line {node.lineno}: .{name}()")
            case ast.Call(func=ast.Name(id=name)) if name in BUILTINS:
                found.append(f"line {node.lineno}: {name}()")
            case ast.Import(names=names):
                found += [f"line {node.lineno}: {alias.name}" for alias in names if alias.name in MODULES]
            case ast.ImportFrom(module=str(module), names=names):
                wanted = {module, *(f"{module}.{alias.name}" for alias in names)}
                found += [f"line {node.lineno}: {name}" for name in sorted(wanted & MODULES)]
            case _:
                pass
    return found


def test_every_domain_module_is_pure() -> None:
    found = {path.name: impurities(path.read_text()) for path in (ROOT / "services/domain").rglob("*.py")}
    assert {name: calls for name, calls in found.items() if calls} == {}


@pytest.mark.parametrize(
    "planted",
    [
        "from datetime import UTC, datetime\nat = datetime.now(UTC)",
        "import datetime\nday = datetime.date.today()",
        "open('/etc/hosts')",
        "print('here')",
        "import urllib.request",
        "from urllib import request",
        "from numpy.random import default_rng",
    ],
)
def test_planted_impurity_is_found(planted: str) -> None:
    assert impurities(planted)
