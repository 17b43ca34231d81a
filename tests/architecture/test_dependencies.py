"""The product declares what it imports and imports what it declares."""

import ast
import sys
import tomllib
from importlib.metadata import distribution, packages_distributions

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
    names: set[tuple[str, ...]] = set()
    for path in (*modules(), *(path for path in files(".py") if path.parent == ROOT / "deploy")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {tuple(alias.name.split(".")) for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names |= {(*node.module.split("."), alias.name) for alias in node.names}
    own = {"deploy", "schemas", "services", "streams", "tests"}
    distributions = packages_distributions()
    outside = [name for name in names if name[0] not in own | sys.stdlib_module_names]
    return {canonicalize_name(owner(name, distributions.get(name[0], []))) for name in outside}


def owner(name: tuple[str, ...], candidates: list[str]) -> str:
    """Which distribution brings what is imported by this name; several may share its first part."""
    if len(set(candidates)) < 2:
        return candidates[0] if candidates else name[0]
    for length in range(len(name), 0, -1):
        place = "/".join(name[:length])
        for candidate in candidates:
            if any(str(file).startswith((f"{place}/", f"{place}.py")) for file in distribution(candidate).files or ()):
                return candidate
    return name[0]


def test_everything_imported_is_declared() -> None:
    assert imported() - declared() == set()


def test_everything_declared_is_imported() -> None:
    assert declared() - imported() - LOADED_BY_OTHERS.keys() == set()
