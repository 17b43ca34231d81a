"""docker-compose.yml: valid, pinned, limited, on loopback, without secrets in it, and scalable where it says so."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from deploy.make_secrets import SECRETS, make
from services.cli.ingest import END_SECONDS
from tests.architecture.tree import ROOT, files
from tests.deploy.files import COMPOSE, OURS, compose, compose_process, sized

SERVICES = compose()["services"]
ONE_SHOT = {"migrate", "topics"}


def valid(file: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("check-jsonschema")), "--builtin-schema", "vendor.compose-spec"]
    return subprocess.run([*command, str(file)], capture_output=True, text=True, check=False)


def client() -> list[str]:
    """The compose client of this machine; the test skips without one."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if (
            shutil.which(command[0])
            and not subprocess.run([*command, "version"], capture_output=True, check=False).returncode
        ):
            return command
    pytest.skip("there is no docker compose on this machine")


def test_it_is_valid_by_the_schema_of_compose() -> None:
    done = valid(COMPOSE)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("there", "planted"), [("command: [serve]", "comand: [serve]"), ("read_only: true", "read_only: [1]")]
)
def test_a_planted_mistake_is_found(there: str, planted: str, tmp_path: Path) -> None:
    assert there in COMPOSE.read_text()
    (tmp_path / "compose.yml").write_text(COMPOSE.read_text().replace(there, planted))
    done = valid(tmp_path / "compose.yml")
    assert done.returncode == 1
    assert "Schema validation errors were encountered" in done.stdout, done


def test_the_client_reads_it(tmp_path: Path) -> None:
    command = client()
    for path in (COMPOSE, *(path for path in files() if path.is_relative_to(ROOT / "deploy"))):
        (tmp_path / path.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, tmp_path / path.relative_to(ROOT))
    make(tmp_path / "deploy/secrets")
    done = subprocess.run([*command, "config", "--quiet"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("name", SERVICES)
def test_every_image_is_pinned(name: str) -> None:
    image = SERVICES[name]["image"]
    assert re.fullmatch(r"[a-z/-]+:v?\d+(\.\d+){2,3}(@sha256:[0-9a-f]{64})?", image), image


def test_our_image_is_of_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert {SERVICES[name]["image"] for name in OURS} == {f"tianzhuo:{version}"}


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_limited(name: str) -> None:
    service = SERVICES[name]
    limits = service["deploy"]["resources"]["limits"]
    assert limits.keys() == {"cpus", "memory", "pids"}
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["logging"] == {"driver": "local"}
    assert ("healthcheck" in service) == (name not in ONE_SHOT)
    assert service["restart"] == ("no" if name in ONE_SHOT else "unless-stopped")


@pytest.mark.parametrize("name", SERVICES)
def test_every_port_is_on_loopback(name: str) -> None:
    assert [port for port in SERVICES[name].get("ports", []) if not port.startswith("127.0.0.1:")] == []


@pytest.mark.parametrize("name", OURS)
def test_our_containers_can_write_nothing_but_their_tmp(name: str) -> None:
    service = SERVICES[name]
    assert (service["read_only"], service["cap_drop"], service["init"]) == (True, ["ALL"], True)
    assert "volumes" not in service
    assert [mount.split(":")[0] for mount in service["tmpfs"]] == ["/tmp"]  # noqa: S108


def mounts(service: Any) -> list[tuple[str, str]]:
    pairs = (text.split(":")[:2] for text in service.get("volumes", []))
    return [(source, target) for source, target in pairs]


@pytest.mark.parametrize("name", SERVICES)
def test_what_is_mounted_is_there(name: str) -> None:
    for source, _ in mounts(SERVICES[name]):
        if source.startswith("."):
            assert (ROOT / source).exists(), source
        else:
            assert source in compose()["volumes"]


def test_volumes_are_used() -> None:
    used = {source for service in SERVICES.values() for source, _ in mounts(service)}
    assert compose()["volumes"].keys() <= used


def test_secrets_are_those_that_the_script_makes() -> None:
    declared = {name: one["file"] for name, one in compose()["secrets"].items()}
    assert declared == {name: f"./deploy/secrets/{name}" for name in SECRETS}
    assert {name for service in SERVICES.values() for name in service.get("secrets", [])} == set(SECRETS)


@pytest.mark.parametrize("name", SERVICES)
def test_a_named_secret_is_given(name: str) -> None:
    service = SERVICES[name]
    named = {found for value in service.get("environment", {}).values() for found in _secrets(str(value))}
    assert named == set(service.get("secrets", []))


def _secrets(value: str) -> list[str]:
    return re.findall(r"/run/secrets/(\w+)", value)


def test_no_secret_is_in_the_environment() -> None:
    values = {
        (name, variable): value
        for name, service in SERVICES.items()
        for variable, value in service.get("environment", {}).items()
        if re.search("PASSWORD|SECRET|TOKEN", variable)
    }
    assert values
    assert {key: value for key, value in values.items() if not value.startswith("/run/secrets/")} == {}


def test_ingest_can_be_scaled() -> None:
    service = SERVICES["ingest"]
    assert not {"ports", "container_name", "hostname"} & service.keys()
    assert "TIANZHUO_INGEST_INSTANCE" not in service["environment"]


def test_what_depends_on_the_schema_waits_for_it() -> None:
    done = {"condition": "service_completed_successfully"}
    assert all(SERVICES[name]["depends_on"] == {"migrate": done, "topics": done} for name in ("api", "ingest"))


def test_nobody_is_killed_at_the_end() -> None:
    seconds = {name: int(SERVICES[name]["stop_grace_period"].removesuffix("s")) for name in ("api", "ingest")}
    assert seconds["ingest"] > END_SECONDS
    assert seconds["api"] > 30


@pytest.mark.parametrize(("name", "setting"), [("api", "WAITING_BYTES"), ("ingest", "INGEST_BUFFER_BYTES")])
def test_what_waits_in_memory_fits_into_it(name: str, setting: str) -> None:
    waiting = int(compose_process(name).setting(f"TIANZHUO_{setting}"))
    assert sized(SERVICES[name]["deploy"]["resources"]["limits"]["memory"]) >= 16 * waiting
