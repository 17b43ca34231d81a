"""Each topology as its deploy file has it, on a real broker and a real server: from nothing to an answered look-up."""

import json
import re
import subprocess
import sys
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
from tests.docs import shell
from tests.docs.pages import blocks, page
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


def typed(place: Place, api: Deployed) -> list[str]:
    """What the lines print that docs/operations.md has an operator type: a capture, and a key for an emitter."""
    program = str(Path(sys.executable).with_name("tianzhuo"))
    outputs = []
    for line in shell.typed(page("operations"), "compose")[0].command.text.replace("\\\n", "").splitlines():
        local = line.replace(shell.SERVICE, api.url).replace("deploy/secrets", str(place.secrets))
        script = f'set -euo pipefail; tianzhuo() {{ {program} "$@"; }}; {local}'
        done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        outputs.append(done.stdout)
    return outputs


def statements(word: str) -> list[str]:
    """The SQL of docs/operations.md that begins with a word."""
    found = [text for block in blocks(page("operations")) for text in re.findall(rf'"({word} [^"]+)"', block.text)]
    assert found, word
    return found


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
        captured, key = typed(place, api)
        assert captured.startswith("HTTP/1.1 202 ")
        assert api.post("/v1/keys", b'{"party": "x"}', key.strip())[0] == 403, "the new key is no admin key"
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


def test_a_backup_brings_everything_back(place: Place) -> None:
    assert place.once(compose_process("migrate")).returncode == 0
    place.ask("INSERT INTO tianzhuo.event_ids (id_hash, event_second) VALUES (7, 8)")
    folder = f"'{place.clickhouse.path}/lib/backups/one'"
    for word in ("BACKUP", "DROP", "RESTORE"):
        (statement,) = statements(word)
        place.ask(statement.replace("'/var/lib/clickhouse/backups/$name'", folder))
        if word == "DROP":
            assert place.ask("EXISTS DATABASE tianzhuo").strip() == "0"
    assert place.ask("SELECT id_hash, event_second FROM tianzhuo.event_ids FORMAT TSV").split()[0] == "7"
    done = place.once(replace(compose_process("migrate"), arguments=("migrate", "--check")))
    assert done.returncode == 0, done.stderr
