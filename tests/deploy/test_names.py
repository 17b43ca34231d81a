"""Every setting that a deploy file names is one of the product's, and every process takes those that it is given."""

import re
from pathlib import Path

import pytest

from services.settings import PREFIX
from tests.architecture.tree import ROOT, files
from tests.deploy.files import DEFAULTS, OURS, compose_process, kubernetes_process

KNOWN = DEFAULTS.keys()
_VARIABLE = re.compile(rf"{PREFIX}[A-Z_]+\b")


def deploy_files() -> list[Path]:
    inside = [path for path in files() if path.is_relative_to(ROOT / "deploy")]
    return [ROOT / "docker-compose.yml", ROOT / ".dockerignore", *inside]


def unknown(text: str) -> set[str]:
    # `TIANZHUO_` alone is the beginning of all.
    return set(_VARIABLE.findall(text)) - KNOWN - {PREFIX}


@pytest.mark.parametrize("path", deploy_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_setting_is_known(path: Path) -> None:
    assert unknown(path.read_text()) == set()


def test_a_planted_name_is_found() -> None:
    assert unknown("TIANZHUO_HOST: x\nTIANZHUO_HOSTS: y") == {"TIANZHUO_HOSTS"}


@pytest.mark.parametrize("name", OURS)
def test_every_variable_of_a_process_is_a_text(name: str) -> None:
    for process in (compose_process(name), kubernetes_process(name)):
        assert process.environment
        assert process.environment.keys() <= KNOWN
        assert all(isinstance(value, str) and value for value in process.environment.values())


@pytest.mark.parametrize("name", OURS)
def test_no_default_is_said_again(name: str) -> None:
    for process in (compose_process(name), kubernetes_process(name)):
        assert process.environment.items() & DEFAULTS.items() == set()
