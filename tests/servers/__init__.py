"""Real servers for tests and benchmarks, on free loopback ports; `python -m tests.servers` installs what they need."""

from tests.servers.availability import ServerUnavailable, unavailable
from tests.servers.browser import BrowserPrograms, ensure_chromium, open_browser
from tests.servers.clickhouse import ClickHouseServer
from tests.servers.kafka import KafkaServer
from tests.servers.postgres import PostgresServer

__all__ = [
    "BrowserPrograms",
    "ClickHouseServer",
    "KafkaServer",
    "PostgresServer",
    "ServerUnavailable",
    "ensure_chromium",
    "open_browser",
    "unavailable",
]
