"""Options that several subcommands share."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.bus.connection import Broker
from services.cli.client import read_key
from services.logs import set_up
from services.settings import (
    InvalidSetting,
    StoreSettings,
    broker_options,
    read_kafka,
    read_log,
    read_store,
    read_trace,
)

ADMIN_KEY = "admin.key"
"""The file in the data directory into which the first start writes a key."""

Commands = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_store(parser: argparse.ArgumentParser) -> None:
    """Which store a command works on."""
    parser.add_argument("--data", type=Path, metavar="DIR", help="directory of the embedded store (default: data)")
    parser.add_argument("--store", metavar="URL", help="a ClickHouse server instead: http://user:password@host:8123")
    parser.add_argument("--database", metavar="NAME", help="database in it (default: tianzhuo)")


def store_settings(arguments: argparse.Namespace) -> StoreSettings:
    """Store settings from the command line and the environment."""
    names = ("data", "store", "database")
    return read_store({name: getattr(arguments, name) for name in names})


def add_kafka(parser: argparse.ArgumentParser) -> None:
    """Where Kafka is."""
    parser.add_argument("--kafka", metavar="HOST:PORT", help="brokers, comma-separated (default: TIANZHUO_KAFKA)")


def broker_of(arguments: argparse.Namespace) -> Broker:
    """The broker that the command line or the environment names.

    Raises:
        InvalidSetting: none is named.
    """
    found = broker_if_any(arguments)
    if found is None:
        raise InvalidSetting("TIANZHUO_KAFKA", "", "brokers, host:port (or --kafka)")
    return found


def broker_if_any(arguments: argparse.Namespace) -> Broker | None:
    """The same; None when none is named."""
    settings = read_kafka({"kafka": arguments.kafka})
    return Broker(settings.kafka, broker_options(settings)) if settings.kafka else None


def add_server(parser: argparse.ArgumentParser) -> None:
    """Which running service a command talks to."""
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="the service (default: %(default)s)")


def add_key(parser: argparse.ArgumentParser, use: str) -> None:
    """Whose key a command shows to the service."""
    parser.add_argument(
        "--key-file", type=Path, metavar="FILE", help=f"{use} (default: admin.key in TIANZHUO_DATA, else in data)"
    )


def key_of(arguments: argparse.Namespace) -> str:
    """The key in that file.

    Raises:
        ServiceFailed: it cannot be read, or holds none.
    """
    return read_key(arguments.key_file or read_store().data / ADMIN_KEY)


@contextmanager
def watched(process: str) -> Iterator[None]:
    """Sets up the log of a process that goes on for long, and within its traces, as its settings say."""
    settings, traces = read_log(), read_trace()
    set_up(process, settings.log_format, settings.log_level)
    if not traces.otlp_endpoint:
        yield
        return
    from services.telemetry import tracing  # noqa: PLC0415 - whoever wants no traces need not load what makes them

    with tracing(process, traces.otlp_endpoint, traces.trace_share):
        yield
