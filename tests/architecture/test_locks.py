"""The lock files name every package with its hashes, agree with each other and pyproject, and name no host."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.tree import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SHA256 = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def problems(lock: str) -> list[str]:
    """Say what keeps a lock file from being whole and free of hosts."""
    found = [f"host or option: {line}" for line in lock.splitlines() if "://" in line or line.startswith("-")]
    for entry in entries(lock):
        name, *rest = entry.split(" \\")
        if "==" not in name or " @ " in name:
            found.append(f"not pinned: {name}")
        if not rest or not all(SHA256.fullmatch(part.strip()) for part in rest):
            found.append(f"no hash: {name}")
    return found


def entries(lock: str) -> list[str]:
    """Split a lock file into one text per package, without comments."""
    lines = (line for line in lock.splitlines() if line and not line.lstrip().startswith(("#", "-i")))
    return re.split(r"\n(?=\S)", "\n".join(lines))


def pins(name: str) -> dict[str, set[str]]:
    """Read the versions of each package in a lock file; two when Python versions differ."""
    found: dict[str, set[str]] = {}
    for entry in entries((ROOT / "requirements" / name).read_text()):
        package, version = entry.split(" ")[0].split("==")
        found.setdefault(package, set()).add(version)
    return found


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_lock_is_whole(lock: Path) -> None:
    assert problems(lock.read_text()) == []


def test_there_is_a_lock_for_each_purpose() -> None:
    assert [lock.name for lock in LOCKS] == ["build.lock", "dev.lock", "run.lock"]


@pytest.mark.parametrize(
    "planted",
    [
        "six==1.0",
        "six==1.0 \\\n    --hash=md5:00",
        f"six>=1.0 \\\n    --hash=sha256:{'0' * 64}",
        f"--index-url https://example.org/simple\nsix==1.0 \\\n    --hash=sha256:{'0' * 64}",
        f"six @ https://example.org/six.whl \\\n    --hash=sha256:{'0' * 64}",
    ],
)
def test_planted_problem_is_found(planted: str) -> None:
    assert problems(planted)


@pytest.mark.parametrize(
    ("lock", "declared"),
    [
        ("run.lock", PROJECT["project"]["dependencies"]),
        ("dev.lock", PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["dev"]),
        ("build.lock", PROJECT["dependency-groups"]["build"]),
    ],
)
def test_lock_satisfies_what_is_declared(lock: str, declared: list[str]) -> None:
    locked = pins(lock)
    for requirement in map(Requirement, declared):
        versions = locked.get(canonicalize_name(requirement.name), set())
        assert versions, f"{requirement.name} is not in {lock}: make lock"
        assert all(requirement.specifier.contains(version) for version in versions), f"{requirement}: make lock"


def test_developers_run_what_users_run() -> None:
    run, dev = pins("run.lock"), pins("dev.lock")
    assert {name: dev.get(name) for name in run} == run


def test_build_requirement_is_the_locked_one() -> None:
    assert PROJECT["build-system"]["requires"] == PROJECT["dependency-groups"]["build"]
