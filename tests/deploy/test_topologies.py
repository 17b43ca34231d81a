"""Each topology as its deploy file has it, on a real broker and a real server: from nothing to an answered look-up."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from services.bus.topics import CAPTURES, declared
from tests.architecture.tree import ROOT
from tests.cli.command import fails
from tests.deploy.deployed import Deployed, Place
from tests.deploy.files import Process, compose, compose_process, kubernetes_process, pod, workloads
from tests.servers.availability import ServerUnavailable, unavailable
from tests.servers.cluster import until

SAMPLE = ROOT / "deploy/sample-event.json"
PALLET = "395210000000000019"
PARTITIONS = next(topic.partitions for topic in declared() if topic.name == CAPTURES)
PORTS = {"api": "TIANZHUO_PORT", "ingest": "TIANZHUO_HEALTH_PORT"}


def compose_probe(name: str) -> list[str] | str:
    found: list[str] = compose()["services"][name]["healthcheck"]["test"]
    return found


def kubernetes_probe(name: str) -> list[str] | str:
    path: str = pod(workloads()[name])["containers"][0]["readinessProbe"]["httpGet"]["path"]
    return path


def one_copy(name: str) -> Process:
    """What the manifests say, for the one broker that is here."""
    found = kubernetes_process(name)
    return replace(found, arguments=tuple("1" if word == "3" else word for word in found.arguments))


TOPOLOGIES: dict[str, tuple[Callable[[str], Process], Callable[[str], list[str] | str]]] = {
    "compose": (compose_process, compose_probe),
    "kubernetes": (one_copy, kubernetes_probe),
}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    found = Place(tmp_path)
    with ExitStack() as running:
        try:
            running.enter_context(found.kafka)
            running.enter_context(found.clickhouse)
        except ServerUnavailable as reason:
            unavailable(str(reason))
        yield found


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_it_starts_stores_answers_and_ends(topology: str, place: Place) -> None:
    process, probe = TOPOLOGIES[topology]
    with ExitStack() as running:

        def started(name: str, folder: str) -> Deployed:
            one = Deployed(place, folder, process(name), PORTS[name], probe(name))
            running.enter_context(one)
            return one

        for name, says in (("migrate", "the schema is current"), ("topics", "topics are as declared")):
            # Twice, as after an upgrade that changes nothing.
            for _ in range(2):
                done = place.once(process(name))
                assert done.returncode == 0, done.stderr
                assert says in done.stdout
        api = started("api", "api")
        workers = [started("ingest", "ingest-1"), started("ingest", "ingest-2")]
        until(
            lambda: (
                sum(one.metric("tianzhuo_ingest_partitions") for one in workers) == PARTITIONS
                and all(one.metric("tianzhuo_ingest_partitions") for one in workers)
            ),
            "two workers share the partitions",
        )

        events = len(json.loads(SAMPLE.read_text())["epcisBody"]["eventList"])
        status, text = api.post("/epcis/capture", SAMPLE.read_bytes(), place.secret("admin_key"))
        assert status == 202, text
        until(lambda: api.get(f"/v1/units?id={PALLET}")[0] == 200, "the pallet is known")
        until(
            lambda: sum(one.metric("tianzhuo_ingest_events_total") for one in workers) == events,
            "the workers count what they stored",
        )
        assert len(api.json(f"/v1/units?id={PALLET}")["events"]) == 2
        assert api.metric("tianzhuo_capture_events_total") == events
        assert api.get("/readyz")[0] == 200
        assert [one.get("/livez")[0] for one in (api, *workers)] == [200, 200, 200]

        assert [one.stop() for one in (workers[0], workers[1], api)] == [0, 0, 0]
    assert place.written == []


def test_the_password_of_the_file_is_what_counts(place: Place) -> None:
    assert place.once(compose_process("migrate")).returncode == 0
    secret = place.secrets / "store_password"
    secret.unlink()
    missing = place.once(compose_process("migrate"))
    fails(missing, "TIANZHUO_STORE_PASSWORD_FILE", "a file that can be read")
    secret.write_text("not it\n")
    refused = place.once(compose_process("migrate"))
    fails(refused, "AUTHENTICATION_FAILED")
    assert "not it" not in refused.stderr
