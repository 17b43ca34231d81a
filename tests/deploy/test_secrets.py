"""The secrets that an operator makes: kept, locked away, and taken by the service as they are."""

import subprocess
import sys
from pathlib import Path

import pytest

from deploy.make_secrets import SECRETS, make
from tests.architecture.tree import ROOT
from tests.cli.command import fails, tianzhuo
from tests.servers.clickhouse import ClickHouseServer
from tests.servers.tianzhuo import TianzhuoServer

KEY_FILE = "TIANZHUO_ADMIN_KEY_FILE"


def run(folder: Path) -> str:
    script = [sys.executable, str(ROOT / "deploy/make_secrets.py"), str(folder)]
    return subprocess.run(script, capture_output=True, text=True, check=True).stdout


def test_they_are_made_once_and_locked_away(tmp_path: Path) -> None:
    folder = tmp_path / "new/secrets"
    said = run(folder)
    assert all(name in said for name in SECRETS)
    assert folder.stat().st_mode & 0o777 == 0o700
    held = {name: (folder / name).read_text() for name in SECRETS}
    assert {(folder / name).stat().st_mode & 0o777 for name in SECRETS} == {0o444}
    assert len(set(held.values())) == len(SECRETS)
    (folder / "grafana_password").unlink()
    assert "made grafana_password" in run(folder)
    assert "all secrets are there" in run(folder)
    assert {name: (folder / name).read_text() == text for name, text in held.items()} == {
        name: name != "grafana_password" for name in SECRETS
    }


def test_git_does_not_take_them() -> None:
    for folder in (
        "deploy/secrets",
        "deploy/kubernetes/overlays/example/secrets",
        "deploy/kubernetes/overlays/a/secrets",
    ):
        command = ["git", "check-ignore", "--quiet", f"{folder}/admin_key"]
        assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0, folder


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    make(tmp_path / "secrets")
    return tmp_path / "secrets/admin_key"


def test_the_admin_key_counts_from_the_start_and_no_other_is_made(key_file: Path, tmp_path: Path) -> None:
    key = key_file.read_text().strip()
    with TianzhuoServer(tmp_path / "served", {KEY_FILE: str(key_file)}) as server:
        assert server.write("/v1/keys", b'{"party": "base 7"}', key=key)[0] == 201
        assert not (server.data / "admin.key").exists()
        server.stop()
        # The same again: it is there, and no second one.
        server.start()
        keys = server.json("/v1/keys", {"Authorization": f"Bearer {key}"})
        assert [one["admin"] for one in keys] == [True, False]
        assert keys[0]["id"] == key.split("_")[1]


def test_a_revoked_admin_key_stays_revoked(key_file: Path, tmp_path: Path) -> None:
    key = key_file.read_text().strip()
    with TianzhuoServer(tmp_path / "served", {KEY_FILE: str(key_file)}) as server:
        status, _, _ = server.request(
            "DELETE", f"/v1/keys/{key.split('_')[1]}", headers={"Authorization": f"Bearer {key}"}
        )
        assert status == 200
        server.stop()
        server.start()
        assert server.write("/v1/keys", b'{"party": "base 7"}', key=key)[0] == 401
        assert "is revoked and does not count" in server.log.read_text()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("let me in\n", "12 hexadecimal digits"),
        ("tz_0123456789ab_short\n", "43 characters"),
        ("\n", "a file that is not empty"),
    ],
)
def test_what_is_no_key_is_refused_and_not_shown(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(text)
    done = tianzhuo("serve", "--data", tmp_path / "data", "--port", "0", variables={KEY_FILE: str(tmp_path / "key")})
    fails(done, KEY_FILE, words)
    assert not text.strip() or text.strip() not in done.stderr


def test_a_key_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    variables = {KEY_FILE: str(tmp_path / "none")}
    fails(tianzhuo("serve", "--data", tmp_path / "data", "--port", "0", variables=variables), KEY_FILE, "can be read")


def test_the_password_in_an_address_wins_over_the_file(clickhouse_server: ClickHouseServer, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("not it\n")
    variables = {"TIANZHUO_STORE_PASSWORD_FILE": str(tmp_path / "password"), "TIANZHUO_DATABASE": "named"}
    port = clickhouse_server.http_port
    # The server's user has an empty password.
    done = tianzhuo("migrate", "--store", f"http://default:@127.0.0.1:{port}", variables=variables)
    assert done.returncode == 0, done.stderr
    fails(tianzhuo("migrate", "--store", f"http://127.0.0.1:{port}", variables=variables), "password is incorrect")
