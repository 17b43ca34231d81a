"""The Kubernetes manifests: valid, hardened, and what the compose file says too."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from deploy.make_secrets import make
from services.cli.ingest import END_SECONDS
from tests.architecture.tree import ROOT
from tests.deploy.files import OURS, OVERLAY, compose_process, kubernetes_process, kustomization, manifests, pod, sized
from tests.deploy.files import workloads as read_workloads
from tests.docs.pages import blocks, page

VERSION = "1.34"
WORKLOADS = read_workloads()
SECRETS_AT = "/run/secrets/tianzhuo"
SERVING = {"api": "TIANZHUO_PORT", "ingest": "TIANZHUO_HEALTH_PORT"}


def named(one: Any) -> str:
    return f"{one['kind']}/{one['metadata']['name']}"


def container(name: str) -> Any:
    (found,) = pod(WORKLOADS[name])["containers"]
    return found


@pytest.mark.parametrize("one", manifests(), ids=named)
def test_it_is_valid_by_the_schema_of_kubernetes(one: Any) -> None:
    assert kubernetes_validate.validate(one, VERSION, strict=True) == VERSION


def test_a_planted_mistake_is_found() -> None:
    wrong = read_workloads()["api"]
    pod(wrong)["containers"][0]["readynessProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSION, strict=True)


def render(folder: Path, marks: tuple[str, ...] = ()) -> list[Any]:
    """What kubectl makes of the overlay, with its own secrets and the parts of docs/operations.md so marked."""
    if not shutil.which("kubectl"):
        pytest.skip("there is no kubectl on this machine")
    copy = folder / "kubernetes"
    shutil.copytree(ROOT / "deploy/kubernetes", copy, ignore=shutil.ignore_patterns("secrets"))
    overlay = copy / OVERLAY.relative_to(ROOT / "deploy/kubernetes")
    make(overlay / "secrets")
    for name in ("kafka_password", "kafka_ca"):
        (overlay / "secrets" / name).write_text(name)
    parts = [yaml.safe_load(block.text) for block in blocks(page("operations")) if block.mark in marks]
    assert len(parts) == len(marks)
    whole = kustomization(overlay) | {key: value for part in parts for key, value in part.items()}
    (overlay / "kustomization.yaml").write_text(yaml.safe_dump(whole))
    done = subprocess.run(["kubectl", "kustomize", str(overlay)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    return render(tmp_path_factory.mktemp("overlay"))


def test_a_secured_kafka_is_named_to_every_pod_that_asks_it(tmp_path: Path) -> None:
    rendered = render(tmp_path, ("kafka",))
    assert {kubernetes_validate.validate(one, VERSION, strict=True) for one in rendered} == {VERSION}
    (settings,) = (one["data"] for one in rendered if one["kind"] == "ConfigMap")
    files = {settings[f"TIANZHUO_KAFKA_{name}"] for name in ("PASSWORD_FILE", "CA")}
    held = {one["metadata"]["name"]: one["data"] for one in rendered if one["kind"] == "Secret"}
    for name in ("topics", "api", "ingest"):
        (spec,) = (
            pod(one) for one in rendered if one["metadata"]["name"] == f"tianzhuo-{name}" and "template" in one["spec"]
        )
        (inside,) = spec["containers"]
        at = {one["name"]: one["mountPath"] for one in inside["volumeMounts"]}
        secrets = [volume for volume in spec["volumes"] if "secret" in volume]
        there = {f"{at[one['name']]}/{item['path']}" for one in secrets for item in one["secret"]["items"]}
        assert files <= there, name
        assert all(
            item["key"] in held[one["secret"]["secretName"]] for one in secrets for item in one["secret"]["items"]
        )
        assert spec["securityContext"]["fsGroup"] == spec["securityContext"]["runAsUser"], (
            "who reads files of mode 0440"
        )


def test_the_number_of_workers_that_is_written_down_counts(tmp_path: Path) -> None:
    numbers = {
        one["metadata"]["name"]: one["spec"]["replicas"]
        for one in render(tmp_path, ("replicas",))
        if one["kind"] == "Deployment"
    }
    assert numbers == {"tianzhuo-api": WORKLOADS["api"]["spec"]["replicas"], "tianzhuo-ingest": 4}


def test_the_overlay_becomes_valid_objects(rendered: list[Any]) -> None:
    assert {one["kind"] for one in rendered} >= {"ConfigMap", "Deployment", "Job", "Namespace", "Secret", "Service"}
    assert {kubernetes_validate.validate(one, VERSION, strict=True) for one in rendered} == {VERSION}


def test_the_overlay_gives_every_pod_its_settings_and_secrets(rendered: list[Any]) -> None:
    held = {named(one): one for one in rendered}
    pods = [pod(one) for one in rendered if one["kind"] in {"Deployment", "Job"}]
    assert len(pods) == len(OURS)
    for one in pods:
        (inside,) = one["containers"]
        assert inside["image"] == "registry.example/tianzhuo:0.1.0"
        (source,) = inside["envFrom"]
        settings = held[f"ConfigMap/{source['configMapRef']['name']}"]["data"]
        assert "example" in settings["TIANZHUO_KAFKA"]
        assert settings["TIANZHUO_STORE_PASSWORD_FILE"] == f"{SECRETS_AT}/store_password"
        for volume in one["volumes"]:
            if "secret" in volume:
                data = held[f"Secret/{volume['secret']['secretName']}"]["data"]
                assert {item["key"] for item in volume["secret"]["items"]} <= data.keys()


@pytest.mark.parametrize("name", OURS)
def test_every_pod_has_few_rights(name: str) -> None:
    spec = pod(WORKLOADS[name])
    whole, own = spec["securityContext"], container(name)["securityContext"]
    assert whole["runAsNonRoot"] is True
    assert whole["runAsUser"] == 10001
    assert whole["seccompProfile"] == {"type": "RuntimeDefault"}
    assert own == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert spec["automountServiceAccountToken"] is False
    # A service named tianzhuo would become the variable TIANZHUO_PORT of every pod.
    assert spec["enableServiceLinks"] is False


@pytest.mark.parametrize("name", OURS)
def test_every_pod_has_its_share(name: str) -> None:
    resources = container(name)["resources"]
    assert resources["requests"].keys() == {"cpu", "memory"}
    assert sized(resources["requests"]["memory"]) <= sized(resources["limits"]["memory"])


@pytest.mark.parametrize("name", OURS)
def test_named_secrets_are_mounted(name: str) -> None:
    mounted = {
        item["path"] for volume in pod(WORKLOADS[name])["volumes"] for item in volume.get("secret", {}).get("items", [])
    }
    mounts = {one["mountPath"] for one in container(name)["volumeMounts"]}
    values = kubernetes_process(name).environment.values()
    wanted = {found for value in values for found in re.findall(rf"{SECRETS_AT}/(\w+)", value)}
    if name == "topics":  # reads the shared settings and opens no store
        assert mounted == set()
    else:
        assert wanted == mounted
        assert SECRETS_AT in mounts


def test_the_overlay_makes_the_secrets_that_are_mounted() -> None:
    (generator,) = kustomization(OVERLAY)["secretGenerator"]
    wanted = {
        item["key"]
        for name in OURS
        for volume in pod(WORKLOADS[name])["volumes"]
        for item in volume.get("secret", {}).get("items", [])
    }
    assert {Path(path).name for path in generator["files"]} == wanted


@pytest.mark.parametrize(("name", "variable"), SERVING.items())
def test_probes_ask_the_port_that_the_process_listens_on(name: str, variable: str) -> None:
    inside = container(name)
    (port,) = inside["ports"]
    assert str(port["containerPort"]) == kubernetes_process(name).setting(variable)
    probes = {kind: inside[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")}
    assert {probe["port"] for probe in probes.values()} == {port["name"]}
    assert {kind: probe["path"] for kind, probe in probes.items()} == {
        "startup": "/livez",
        "liveness": "/livez",
        # The API stays in its service while ClickHouse is away: captures go into Kafka.
        "readiness": "/livez" if name == "api" else "/readyz",
    }
    annotations = WORKLOADS[name]["spec"]["template"]["metadata"]["annotations"]
    assert annotations["prometheus.io/port"] == str(port["containerPort"])


def test_nobody_is_killed_at_the_end() -> None:
    assert pod(WORKLOADS["ingest"])["terminationGracePeriodSeconds"] > END_SECONDS
    pause = int(container("api")["lifecycle"]["preStop"]["exec"]["command"][1])
    assert pod(WORKLOADS["api"])["terminationGracePeriodSeconds"] > pause + 30


def test_selectors_find_the_pods() -> None:
    labels = {
        one["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/name"]
        for one in manifests()
        if one["kind"] in {"Deployment", "Job"}
    }
    chosen = [
        one["spec"].get("podSelector", one["spec"].get("selector"))
        for one in manifests()
        if one["kind"] in {"Service", "PodDisruptionBudget", "NetworkPolicy"}
    ]
    assert chosen
    for selector in chosen:
        values = set(re.findall(r"tianzhuo-\w+", str(selector)))
        assert values
        assert values <= labels


@pytest.mark.parametrize("name", OURS)
def test_both_topologies_start_the_same(name: str) -> None:
    here, there = compose_process(name), kubernetes_process(name)
    # One broker, one copy.
    assert here.arguments == tuple("1" if word == "3" else word for word in there.arguments)
    assert here.environment.keys() <= there.environment.keys()
    own = {"TIANZHUO_KAFKA", "TIANZHUO_STORE"}
    for variable in here.environment.keys() - own:
        assert here.environment[variable] == there.environment[variable].replace(SECRETS_AT, "/run/secrets")
