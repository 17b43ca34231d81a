"""The declared topics: made, and compared with what the broker has."""

import time
import tomllib
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import Any

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import TopicAlreadyExistsError

from schemas import read_bytes
from services.bus.connection import Broker, bus_errors
from services.ports import BusUnavailable

CREATE_MS = 15_000
CAPTURES, READINGS, ALERTS, DEADLETTER = "captures.v1", "readings.v1", "alerts.v1", "deadletter.v1"


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it is declared.

    Attributes:
        name: its name.
        about: what it holds.
        partitions: at least so many.
        config: its settings; every other one is the broker's.
    """

    name: str
    about: str
    partitions: int
    config: Mapping[str, str]


@cache
def declared() -> tuple[Topic, ...]:
    """The topics of schemas/topics.toml, in order."""
    found: dict[str, dict[str, Any]] = tomllib.loads(read_bytes("topics.toml").decode())
    return tuple(
        Topic(
            name,
            said["about"],
            said["partitions"],
            {key: str(value) for key, value in said.items() if key not in {"about", "partitions"}},
        )
        for name, said in found.items()
    )


def _wait_seen(admin: KafkaAdminClient, names: set[str]) -> None:
    """The controller has made them; a broker tells of them a moment later."""
    deadline = time.monotonic() + CREATE_MS / 1000
    while missing := names - set(admin.list_topics()):
        if time.monotonic() > deadline:
            raise BusUnavailable(f"made, but no broker tells of them: {', '.join(sorted(missing))}")
        time.sleep(0.1)


class Topics:
    """The topics of one broker. Methods block and raise BusUnavailable."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def create(self, replication: int, partitions: int | None = None) -> list[str]:
        """Makes what is missing; returns the names of what it made.

        Args:
            replication: copies of each partition.
            partitions: instead of the declared number, for `captures.v1` and `readings.v1`.
        """
        with bus_errors(), closing(self._admin()) as admin:
            there = set(admin.list_topics())
            made = []
            for topic in declared():
                if topic.name in there:
                    continue
                number = partitions if partitions and topic.name in {CAPTURES, READINGS} else topic.partitions
                new = {"num_partitions": number, "replication_factor": replication, "configs": dict(topic.config)}
                try:
                    admin.create_topics({topic.name: new}, timeout_ms=CREATE_MS)
                except TopicAlreadyExistsError:
                    continue  # another process was quicker
                made.append(topic.name)
            _wait_seen(admin, {topic.name for topic in declared()})
        return made

    def check(self, *names: str) -> list[str]:
        """What is not as declared, in words; nothing when all is well.

        Args:
            names: of the topics to look at; all when none is named.
        """
        wrong = []
        with bus_errors(), closing(self._admin()) as admin:
            there = set(admin.list_topics())
            for topic in declared():
                if names and topic.name not in names:
                    continue
                if topic.name not in there:
                    wrong.append(f"{topic.name} is not there: run `tianzhuo topics create`")
                    continue
                config = self._config(admin, topic.name)
                wrong.extend(
                    f"{topic.name}: {name}: expected {value}, got {config.get(name)}"
                    for name, value in topic.config.items()
                    if config.get(name) != value
                )
        return wrong

    def partitions(self, name: str) -> int:
        """How many partitions a topic has; 0 when it is not there."""
        with bus_errors(), closing(self._admin()) as admin:
            found = admin.describe_topics([name])
            return len(found[0]["partitions"]) if found and not found[0].get("error_code") else 0

    def _config(self, admin: KafkaAdminClient, name: str) -> dict[str, str]:
        resource = ConfigResource(ConfigResourceType.TOPIC, name)
        found = admin.describe_configs([resource], config_filter="all")["topic"][name]
        return {setting: said["value"] for setting, said in found.items()}

    def _admin(self) -> KafkaAdminClient:
        return KafkaAdminClient(**self._broker.client(client_id="tianzhuo-topics"))
