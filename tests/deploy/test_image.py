"""The image: what the Dockerfile copies is all that the product needs, and all that .dockerignore lets through."""

import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from tests.architecture.tree import PACKAGES, ROOT, files
from tests.deploy.files import OURS, compose, copied, instructions, pod, workloads

IGNORE = (ROOT / ".dockerignore").read_text()
JUNK = [
    ".git/config",
    ".venv/bin/python",
    "data/admin.key",
    "deploy/secrets/store_password",
    "services/__pycache__/settings.cpython-311.pyc",
    "services/api/__pycache__/app.cpython-311.pyc",
    "tianzhuo.egg-info/PKG-INFO",
]


def let_through(path: str) -> bool:
    """Whether a file of the checkout gets to the builder: the last line that fits it or a folder above it decides."""
    above = [str(one) for one in (PurePosixPath(path), *PurePosixPath(path).parents) if str(one) != "."]
    ignored = False
    for line in IGNORE.splitlines():
        pattern = line.removeprefix("!").strip()
        if not pattern or pattern.startswith("#"):
            continue
        anywhere = pattern.startswith("**/")
        tried = [PurePosixPath(one).name for one in above] if anywhere else above
        # `*` does not cross a slash.
        rest = pattern.removeprefix("**/")
        if any(fnmatch(one, rest) and one.count("/") == rest.count("/") for one in tried):
            ignored = not line.startswith("!")
    return not ignored


def needed() -> set[str]:
    """Files of the checkout that the Dockerfile copies."""
    everything = {str(path.relative_to(ROOT)) for path in files()}
    return {path for path in everything for source in copied() if path == source or path.startswith(f"{source}/")}


def test_every_source_is_there() -> None:
    assert [source for source in copied() if not (ROOT / source).exists()] == []


def test_the_builder_sees_what_is_copied_and_nothing_else() -> None:
    seen = {path for path in (*(str(path.relative_to(ROOT)) for path in files()), *JUNK) if let_through(path)}
    assert seen == needed()


def test_every_layer_is_copied() -> None:
    assert {package.name for package in PACKAGES} <= set(copied())


def test_it_runs_as_a_number_that_is_not_root() -> None:
    last = max(place for place, words in enumerate(instructions()) if words[0] == "FROM")
    users = [words[1] for words in instructions()[last:] if words[0] == "USER"]
    assert users == ["10001:10001"]


def test_it_starts_in_the_one_folder_that_can_be_written() -> None:
    (place,) = (words[1] for words in instructions() if words[0] == "WORKDIR" and words[1] != "/src")
    for name in OURS:
        assert [mount.split(":")[0] for mount in compose()["services"][name]["tmpfs"]] == [place]
        (container,) = pod(workloads()[name])["containers"]
        assert {one["mountPath"]: one["name"] for one in container["volumeMounts"]}[place] == "tmp"


def test_the_base_is_pinned_and_the_same_for_both_stages() -> None:
    bases = {words[1] for words in instructions() if words[0] == "FROM"}
    assert len(bases) == 1
    assert re.fullmatch(r"python:\d+\.\d+\.\d+-slim-bookworm(@sha256:[0-9a-f]{64})?", bases.pop())


def test_everything_installed_has_a_hash() -> None:
    installs = [part.split() for words in instructions() for part in " ".join(words).split("&&") if " install " in part]
    assert len(installs) == 3
    for words in installs:
        assert "--no-deps" in words
        assert "--require-hashes" in words or "--no-index" in words


def test_what_is_copied_is_a_whole_product(tmp_path: Path) -> None:
    tree, installed = tmp_path / "src", tmp_path / "installed"
    for name in needed():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tree / name)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    wheels = ["wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(tmp_path / "wheels"), "."]
    subprocess.run([*pip, *wheels], cwd=tree, check=True, capture_output=True)
    (wheel,) = (tmp_path / "wheels").glob("*.whl")
    target = ["install", "--no-deps", "--no-index", "--no-compile", "--target", str(installed), str(wheel)]
    subprocess.run([*pip, *target], check=True, capture_output=True)
    # -P and PYTHONPATH: its modules come from there, not from the checkout.
    run = [sys.executable, "-P", "-m", "services.cli.main", "--help"]
    done = subprocess.run(
        run, cwd=tmp_path, env={"PYTHONPATH": str(installed)}, capture_output=True, text=True, check=True
    )
    assert "tianzhuo" in done.stdout
    where = [sys.executable, "-P", "-c", "import services, streams.app; print(services.__file__)"]
    done = subprocess.run(
        where, cwd=tmp_path, env={"PYTHONPATH": str(installed)}, capture_output=True, text=True, check=True
    )
    assert Path(done.stdout.strip()).is_relative_to(installed)
