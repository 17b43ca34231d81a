"""Settings of the processes: small frozen classes, read from `TIANZHUO_…` variables here and nowhere else."""

import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from services.domain.errors import TianzhuoError
from services.store.topology import Topology

PREFIX = "TIANZHUO_"
SECURITY = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
ADDRESS = "http(s)://[user[:password]@]host[:port]"


class InvalidSetting(TianzhuoError):
    """A variable has a value that it cannot have."""

    def __init__(self, name: str, value: str, expected: str) -> None:
        super().__init__(f"{name}: expected {expected}, got {value!r}")


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Where events are kept.

    Attributes:
        store: address of a ClickHouse server, http(s)://[user[:password]@]host[:port]; empty: embedded, in `data`
        store_password_file: file with the password of the address's user, when the address has none
        database: database in it
        data: directory of the embedded store and of admin.key
        connections: statements that run at once, and one more that only writes
        reserve_bytes: what stays free on the disk of the embedded store; captures that would go into it are turned away
        cluster: name of the cluster in the servers' remote_servers; empty: one server
        store_nodes: addresses of all servers of the cluster, comma-separated, as for `store`; `migrate` needs them
        replicas: copies of each shard of the cluster; from 2 on tables are Replicated, and inserts wait for all copies
    """

    store: str = ""
    store_password_file: str = ""
    database: str = "tianzhuo"
    data: Path = Path("data")
    connections: int = 8
    reserve_bytes: int = 128 * 1024 * 1024
    cluster: str = ""
    store_nodes: str = ""
    replicas: int = 1

    @property
    def topology(self) -> Topology | None:
        """The cluster, None when it is one server or the embedded store; its addresses as in `dsn`.

        Raises:
            InvalidSetting: the password's file cannot be read.
        """
        if not self.cluster:
            return None
        nodes = filter(None, map(str.strip, self.store_nodes.split(",")))
        return Topology(self.cluster, self.replicas, tuple(map(self._with_password, nodes)))

    @property
    def dsn(self) -> str:
        """The address in one form, with the password of the file: `chdb://` + absolute directory when embedded.

        Raises:
            InvalidSetting: the password's file cannot be read.
        """
        return self._with_password(self.store) if self.store else f"chdb://{self.data.absolute() / 'store'}"

    def _with_password(self, address: str) -> str:
        parts = urlsplit(address)
        if not self.store_password_file or parts.password is not None:
            return address
        password = quote(_secret(PREFIX + "STORE_PASSWORD_FILE", self.store_password_file), safe="")
        # As it stands: what the address percent-encodes stays so.
        user, _, host = parts.netloc.rpartition("@")
        return parts._replace(netloc=f"{user or 'default'}:{password}@{host}").geturl()


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """How the service listens, and what one request may bring.

    Attributes:
        host: address to listen on
        port: port to listen on
        capture_events: events in one capture
        capture_bytes: bytes of one body
        body_idle_seconds: longest pause inside a body
        body_total_seconds: longest time for a whole body
        waiting_bytes: what may be in memory on its way to the store before captures are turned away
        admin_key_file: file with an admin key that counts from the start; empty: `data` gets an admin.key of its own
    """

    host: str = "127.0.0.1"
    port: int = 8080
    capture_events: int = 10_000
    capture_bytes: int = 32 * 1024 * 1024
    body_idle_seconds: float = 15.0
    body_total_seconds: float = 120.0
    waiting_bytes: int = 256 * 1024 * 1024
    admin_key_file: str = ""


@dataclass(frozen=True, slots=True)
class KafkaSettings:
    """Where Kafka is; without `kafka` there is none, and captures go straight into the store.

    Attributes:
        kafka: brokers, host:port, comma-separated; empty: no Kafka
        kafka_security: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL
        kafka_ca: file with the certificates of whoever signed the brokers' (SSL)
        kafka_user: user (SASL, SCRAM-SHA-512)
        kafka_password_file: file with the user's password
        clock_skew: seconds by which the brokers' clocks may differ from this machine's; answers are so much behind
    """

    kafka: str = ""
    kafka_security: str = "PLAINTEXT"
    kafka_ca: str = ""
    kafka_user: str = ""
    kafka_password_file: str = ""
    clock_skew: float = 0.1


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """How the ingest worker groups, waits and gives up.

    Attributes:
        ingest_events: events that one record may hold
        ingest_grid: offsets of one block; the same for all workers
        ingest_block_bytes: bytes of one block, about
        ingest_buffer_bytes: bytes that wait in memory before fetching pauses
        ingest_linger: seconds that a record waits for others
        ingest_session_seconds: how long the group waits for a silent worker before others get its partitions
        ingest_instance: name of this worker that it keeps over restarts: then it gets its partitions back at once
        storm_run: refused records in a row that stop the worker; 0: any number is passed over
        storm_share: share of the last storm_window records of a partition that stops it
        storm_window: see storm_share
        stuck_seconds: without a commit for so long, with work waiting and nothing away, /livez says no
        health_host: address of /livez, /readyz and /metrics
        health_port: port of these; 0: any free one, which the log names
    """

    ingest_events: int = 10_000
    ingest_grid: int = 10_000
    ingest_block_bytes: int = 32 * 1024 * 1024
    ingest_buffer_bytes: int = 128 * 1024 * 1024
    ingest_linger: float = 0.1
    ingest_session_seconds: float = 15.0
    ingest_instance: str = ""
    storm_run: int = 500
    storm_share: float = 0.5
    storm_window: int = 1000
    stuck_seconds: float = 120.0
    health_host: str = "127.0.0.1"
    health_port: int = 8081


@dataclass(frozen=True, slots=True)
class LogSettings:
    """What a process that goes on for long tells of itself.

    Attributes:
        log_format: text or json; empty: text at a terminal, json elsewhere
        log_level: DEBUG, INFO, WARNING or ERROR
    """

    log_format: str = ""
    log_level: str = "INFO"


@dataclass(frozen=True, slots=True)
class TraceSettings:
    """Whether and where a process sends traces (OpenTelemetry).

    Attributes:
        otlp_endpoint: a collector of OTLP over HTTP, e.g. http://127.0.0.1:4318; empty: no traces
        trace_share: share of the requests that are traced; one that comes with a sampled traceparent is in any case
    """

    otlp_endpoint: str = ""
    trace_share: float = 0.1


def _secret(name: str, path: str) -> str:
    """What stands in a secret's file, without blanks around it."""
    try:
        text = Path(path).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSetting(name, path, "a file that can be read") from error
    if not text:
        raise InvalidSetting(name, path, "a file that is not empty")
    return text


def _convert(name: str, text: str, default: object) -> Any:
    """A variable's text as the type of its default."""
    if isinstance(default, Path):
        return Path(text)
    if not isinstance(default, int | float):
        return text
    try:
        number = type(default)(text)
    except ValueError as error:
        raise InvalidSetting(name, text, "a number") from error
    if not 0 <= number < 2**53:
        raise InvalidSetting(name, text, "a number from 0 on")
    return number


def read_store(given: Mapping[str, Any] | None = None) -> StoreSettings:
    """Store settings: `given` (from the command line, None left out), else the environment, else the defaults.

    Raises:
        InvalidSetting: a variable cannot be read, an address is none, or there is a cluster without a server.
    """
    settings = StoreSettings(**_values(StoreSettings, given or {}))
    if settings.store and not _is_address(settings.store):
        raise InvalidSetting(PREFIX + "STORE", shown(settings.store), ADDRESS)
    if settings.cluster:
        _check_cluster(settings)
    elif settings.replicas != 1:
        raise InvalidSetting(PREFIX + "REPLICAS", str(settings.replicas), "1 without TIANZHUO_CLUSTER")
    return settings


def _check_cluster(settings: StoreSettings) -> None:
    if not re.fullmatch(r"[A-Za-z0-9_.-]+", settings.cluster):
        raise InvalidSetting(PREFIX + "CLUSTER", settings.cluster, "letters, digits and _ . -")
    if not settings.store:
        raise InvalidSetting(PREFIX + "CLUSTER", settings.cluster, "nothing without TIANZHUO_STORE (or --store)")
    if settings.replicas < 1:
        raise InvalidSetting(PREFIX + "REPLICAS", str(settings.replicas), "a number from 1 on")
    for node in settings.topology.nodes if settings.topology else ():
        if not _is_address(node):
            raise InvalidSetting(PREFIX + "STORE_NODES", shown(node), ADDRESS + ", comma-separated")


def shown(address: str) -> str:
    """An address without its password, in which a slash may stand unescaped."""
    return re.sub(r"//.*@", "//…@", address)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def read_serve(given: Mapping[str, Any] | None = None) -> ServeSettings:
    """The same for `tianzhuo serve`."""
    return ServeSettings(**_values(ServeSettings, given or {}))


def read_kafka(given: Mapping[str, Any] | None = None) -> KafkaSettings:
    """The same for Kafka."""
    return KafkaSettings(**_values(KafkaSettings, given or {}))


def read_ingest(given: Mapping[str, Any] | None = None) -> IngestSettings:
    """The same for `tianzhuo ingest`."""
    return IngestSettings(**_values(IngestSettings, given or {}))


def read_log() -> LogSettings:
    """The same for the log.

    Raises:
        InvalidSetting: a variable cannot be read.
    """
    settings = LogSettings(**_values(LogSettings, {}))
    if settings.log_format not in {"", "text", "json"}:
        raise InvalidSetting(PREFIX + "LOG_FORMAT", settings.log_format, "text or json")
    if settings.log_level not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise InvalidSetting(PREFIX + "LOG_LEVEL", settings.log_level, "DEBUG, INFO, WARNING or ERROR")
    return settings


def read_trace() -> TraceSettings:
    """The same for traces.

    Raises:
        InvalidSetting: a variable cannot be read.
    """
    settings = TraceSettings(**_values(TraceSettings, {}))
    if settings.otlp_endpoint and not _is_address(settings.otlp_endpoint):
        raise InvalidSetting(PREFIX + "OTLP_ENDPOINT", shown(settings.otlp_endpoint), "http(s)://host[:port]")
    if settings.trace_share > 1:
        raise InvalidSetting(PREFIX + "TRACE_SHARE", str(settings.trace_share), "a number from 0 to 1")
    return settings


def admin_key(settings: ServeSettings) -> str | None:
    """The admin key in the file that the settings name; None when they name none.

    Raises:
        InvalidSetting: the file cannot be read.
    """
    return _secret(PREFIX + "ADMIN_KEY_FILE", settings.admin_key_file) if settings.admin_key_file else None


def broker_options(settings: KafkaSettings) -> tuple[tuple[str, Any], ...]:
    """Options of kafka-python and aiokafka beside the addresses.

    Raises:
        InvalidSetting: the security is none of the four, or a file cannot be read.
    """
    if settings.kafka_security not in SECURITY:
        raise InvalidSetting(PREFIX + "KAFKA_SECURITY", settings.kafka_security, ", ".join(SECURITY))
    options: dict[str, Any] = {}
    if settings.kafka_security != "PLAINTEXT":
        options["security_protocol"] = settings.kafka_security
    if settings.kafka_security.endswith("SSL"):
        try:
            options["ssl_context"] = ssl.create_default_context(cafile=settings.kafka_ca or None)
        except OSError as error:  # ssl.SSLError is one
            raise InvalidSetting(PREFIX + "KAFKA_CA", settings.kafka_ca, "a file with certificates (PEM)") from error
    if settings.kafka_user:
        password = _secret(PREFIX + "KAFKA_PASSWORD_FILE", settings.kafka_password_file)
        options["sasl_mechanism"] = "SCRAM-SHA-512"
        options["sasl_plain_username"] = settings.kafka_user
        options["sasl_plain_password"] = password
    return tuple(options.items())


def _values(cls: type, given: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in fields(cls):
        name = PREFIX + field.name.upper()
        if given.get(field.name) is not None:
            found[field.name] = given[field.name]
        elif name in os.environ:
            found[field.name] = _convert(name, os.environ[name], field.default)
    return found


def describe(*classes: type) -> str:
    """Every variable of these classes with its default and meaning, for `--help`."""
    lines: list[str] = []
    for cls in classes:
        meanings = _meanings(cls)
        lines.extend(f"  {PREFIX}{f.name.upper()}={f.default}\n      {meanings[f.name]}" for f in fields(cls))
    return "\n".join(lines)


def _meanings(cls: type) -> dict[str, str]:
    text = (cls.__doc__ or "").partition("Attributes:")[2]
    pairs = (line.strip().partition(": ") for line in text.splitlines() if ": " in line)
    return {name: meaning for name, _, meaning in pairs}
