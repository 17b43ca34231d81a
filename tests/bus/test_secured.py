"""Kafka behind TLS and passwords: every process finds its way in with the settings, and not without."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from services.store.clickhouse import ClickHouseStore
from tests.servers import ClickHouseServer, KafkaServer
from tests.servers.cluster import Cluster, until
from tests.servers.debian import install
from tests.servers.process import free_port
from tests.store.events import document, event

USER, PASSWORD = "tianzhuo", "a-password-of-the-test"


@dataclass(frozen=True)
class Secured:
    """A broker with a listener that wants TLS and a password, beside the plain one of the tests.

    Attributes:
        kafka: the broker.
        environment: the settings that lead in.
        folder: where the certificates are.
    """

    kafka: KafkaServer
    environment: dict[str, str]
    folder: Path


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def _certificates(folder: Path) -> None:
    """ca.pem and, signed by it, broker.pem with its key."""
    new = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2")
    usage = ("-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    for name in ("ca", "other"):
        _openssl(folder, *new, "-subj", f"/CN={name}", *usage, "-keyout", f"{name}.key", "-out", f"{name}.pem")
    _openssl(
        folder,
        "req",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=127.0.0.1",
        "-keyout",
        "broker.key",
        "-out",
        "broker.csr",
    )
    (folder / "broker.ext").write_text("subjectAltName=IP:127.0.0.1\nauthorityKeyIdentifier=keyid\n")
    signing = (
        "x509",
        "-req",
        "-in",
        "broker.csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-days",
        "2",
    )
    _openssl(folder, *signing, "-extfile", "broker.ext", "-out", "broker.pem")
    store = (folder / "broker.key").read_text() + (folder / "broker.pem").read_text()
    (folder / "keystore.pem").write_text(store)


@pytest.fixture(name="secured", scope="module")
def _secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    if shutil.which("openssl") is None:
        install("openssl")
    folder = tmp_path_factory.mktemp("secured")
    _certificates(folder)
    server = KafkaServer(folder / "kafka")
    port = free_port()
    own = "listener.name.secured"
    server.config = {
        "listeners": f"CLIENTS://{server.address},SECURED://127.0.0.1:{port},CONTROLLER://127.0.0.1:{server.controller_port}",
        "listener.security.protocol.map": "CLIENTS:PLAINTEXT,SECURED:SASL_SSL,CONTROLLER:PLAINTEXT",
        f"{own}.ssl.keystore.type": "PEM",
        f"{own}.ssl.keystore.location": str(folder / "keystore.pem"),
        f"{own}.sasl.enabled.mechanisms": "SCRAM-SHA-512",
        f"{own}.scram-sha-512.sasl.jaas.config": ("org.apache.kafka.common.security.scram.ScramLoginModule required;"),
    }
    server.scram = [f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"]
    (folder / "password").write_text(PASSWORD + "\n")
    environment = {
        "TIANZHUO_KAFKA": f"127.0.0.1:{port}",
        "TIANZHUO_KAFKA_SECURITY": "SASL_SSL",
        "TIANZHUO_KAFKA_CA": str(folder / "ca.pem"),
        "TIANZHUO_KAFKA_USER": USER,
        "TIANZHUO_KAFKA_PASSWORD_FILE": str(folder / "password"),
    }
    with server:
        yield Secured(server, environment, folder)


def _topics(secured: Secured, **other: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("tianzhuo")), "topics", "check"]
    environment = {**os.environ, **secured.environment, **other}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_a_capture_goes_through_a_secured_broker_into_the_store(
    secured: Secured, clickhouse_server: ClickHouseServer, tmp_path: Path
) -> None:
    cluster = Cluster(tmp_path, secured.kafka.address, clickhouse_server.url, f"t{uuid4().hex[:12]}")
    store = ClickHouseStore(cluster.store, cluster.database, connections=2)
    store.migrate()
    cluster.fresh_topics()
    assert _topics(secured).returncode == 0
    sent = event()
    with cluster.api(secured.environment) as api, cluster.worker(secured.environment):
        status, _, answer = api.write("/epcis/capture", document(sent))
        assert status == 202, answer
        until(lambda: store.reader.events_by_id(sent["eventID"]), "the event is stored")
    store.close()


@pytest.mark.parametrize(
    ("name", "value"),
    [("TIANZHUO_KAFKA_CA", "other.pem"), ("TIANZHUO_KAFKA_PASSWORD_FILE", "other.pem"), ("TIANZHUO_KAFKA_USER", "")],
)
def test_without_the_right_certificate_or_password_there_is_no_way_in(secured: Secured, name: str, value: str) -> None:
    done = _topics(secured, **{name: str(secured.folder / value) if value else ""})
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [("TIANZHUO_KAFKA_SECURITY", "TLS"), ("TIANZHUO_KAFKA_CA", "broker.csr"), ("TIANZHUO_KAFKA_PASSWORD_FILE", "none")],
)
def test_a_setting_that_cannot_be_used_is_named(secured: Secured, name: str, value: str) -> None:
    done = _topics(secured, **{name: value if name.endswith("SECURITY") else str(secured.folder / value)})
    assert done.returncode == 1
    assert done.stderr.startswith(f"tianzhuo: {name}")
