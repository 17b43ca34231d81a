"""The linter's own rules of this project can fail, and the fixed commands are there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

READS_ENVIRONMENT = '"""Planted."""\n\nimport os\n\nHOME = os.environ["HOME"]\n'


def ruff(file: str, source: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "ruff"), "check", "--no-cache", "--stdin-filename", file, "-"]
    return subprocess.run(command, cwd=ROOT, input=source, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("file", ["services/store/planted.py", "services/api/planted.py", "schemas/planted.py"])
def test_environment_is_read_in_the_settings_only(file: str) -> None:
    assert "TID251" in ruff(file, READS_ENVIRONMENT).stdout


def test_settings_may_read_the_environment() -> None:
    assert ruff("services/settings.py", READS_ENVIRONMENT).returncode == 0


def test_fixed_make_targets_are_there() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert targets >= {"setup", "run", "test", "check", "bench", "servers", "help"}


def test_ci_runs_the_developers_commands() -> None:
    script = (ROOT / ".ci/run").read_text()
    assert (ROOT / ".ci/run").stat().st_mode & 0o111
    assert "make check" in script
    assert "make test" in script
