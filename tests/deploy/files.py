"""The deploy files as tests read them: compose services, Kubernetes objects, and with what either starts a process."""

import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from services.settings import PREFIX
from tests.architecture.tree import ROOT
from tests.docs.generated import SETTINGS

COMPOSE = ROOT / "docker-compose.yml"
DOCKERFILE = ROOT / "deploy/Dockerfile"
BASE = ROOT / "deploy/kubernetes/base"
OVERLAY = ROOT / "deploy/kubernetes/overlays/example"
ALERTS = ROOT / "deploy/prometheus/alerts.yml"
DASHBOARD = ROOT / "deploy/grafana/dashboards/tianzhuo.json"

OURS = ("migrate", "topics", "api", "ingest")
"""The processes of the product, in the order in which they are started."""

DEFAULTS = {PREFIX + field.name.upper(): str(field.default) for cls in SETTINGS for field in fields(cls)}
"""What counts where a process has no such variable."""


@dataclass(frozen=True, slots=True)
class Process:
    """What a container of the product is started with.

    Attributes:
        arguments: of `tianzhuo`.
        environment: variables, as the file has them.
    """

    arguments: tuple[str, ...]
    environment: dict[str, str]

    def setting(self, variable: str) -> str:
        """What counts: the variable's value, or the product's default."""
        return self.environment.get(variable, DEFAULTS[variable])


def compose() -> Any:
    """The compose file, anchors and merge keys resolved."""
    return yaml.safe_load(COMPOSE.read_text())


def compose_process(name: str) -> Process:
    """A service of the compose file; its image's entry point is `tianzhuo`."""
    service = compose()["services"][name]
    return Process(tuple(service["command"]), service["environment"])


def manifests() -> list[Any]:
    """All objects of the Kubernetes base."""
    files = kustomization(BASE)["resources"]
    return [one for name in files for one in yaml.safe_load_all((BASE / name).read_text())]


def kustomization(folder: Path) -> Any:
    """A folder's kustomization."""
    return yaml.safe_load((folder / "kustomization.yaml").read_text())


def workloads() -> dict[str, Any]:
    """Name without `tianzhuo-` → the jobs and deployments."""
    return {
        one["metadata"]["name"].removeprefix("tianzhuo-"): one
        for one in manifests()
        if one["kind"] in {"Deployment", "Job"}
    }


def pod(workload: Any) -> Any:
    """The pod's specification."""
    return workload["spec"]["template"]["spec"]


def kubernetes_process(name: str) -> Process:
    """A container of the base, with the variables of the config map that it names."""
    (container,) = pod(workloads()[name])["containers"]
    generated = {one["name"]: one["literals"] for one in kustomization(BASE)["configMapGenerator"]}
    environment: dict[str, str] = {}
    for source in container["envFrom"]:
        environment |= dict(line.split("=", 1) for line in generated[source["configMapRef"]["name"]])
    environment |= {one["name"]: one["value"] for one in container.get("env", [])}
    return Process(tuple(container["args"]), environment)


def sized(text: str) -> int:
    """Bytes of `512M` (compose) or `512Mi` (Kubernetes); both count in 1024s."""
    found = re.fullmatch(r"(\d+)([MG])i?", text)
    assert found, text
    return int(found[1]) << {"M": 20, "G": 30}[found[2]]


def instructions() -> list[list[str]]:
    """The Dockerfile's instructions, as words."""
    text = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", DOCKERFILE.read_text(), flags=re.MULTILINE))
    return [line.split() for line in text.splitlines() if line.strip()]


def copied() -> list[str]:
    """What the Dockerfile copies from the checkout, as it names it."""
    return [
        source
        for word, *rest in instructions()
        if word == "COPY" and not rest[0].startswith("--from")
        for source in rest[:-1]
    ]
