"""The product declares what it imports and imports what it declares."""

import ast
import sys
import tomllib
from importlib.metadata import packages_distributions

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.tree import ROOT, files, modules

LOADED_BY_OTHERS = {
    "chdb": "clickhouse-connect, for chdb:// addresses",
    "httptools": "uvicorn",
    "uvloop": "uvicorn",
}


def declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {canonicalize_name(Requirement(text).name) for text in project["dependencies"]}


def imported() -> set[str]:
    """The distributions that the product's modules import, by canonical name."""
    names: set[str] = set()
    for path in (*modules(), *(path for path in files(".py") if path.parent == ROOT / "deploy")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
    own = {"deploy", "schemas", "services", "streams", "tests"}
    distributions = packages_distributions()
    outside = names - own - sys.stdlib_module_names
    return {canonicalize_name(distributions[name][0]) if name in distributions else name for name in outside}


def test_everything_imported_is_declared() -> None:
    assert imported() - declared() == set()


def test_everything_declared_is_imported() -> None:
    assert declared() - imported() - LOADED_BY_OTHERS.keys() == set()
