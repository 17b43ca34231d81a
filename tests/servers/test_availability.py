"""A server that cannot be had skips a developer's tests and fails CI's."""

from pathlib import Path

import pytest

from tests.servers import ServerUnavailable, unavailable
from tests.servers.debian import install


def test_developer_skips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no npm"):
        unavailable("no npm")


def test_ci_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no npm"):
        unavailable("no npm")


def test_missing_package_without_apt_names_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServerUnavailable, match="apt-get install postgresql"):
        install("postgresql")
