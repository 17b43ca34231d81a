"""`tianzhuo serve`: the HTTP service, embedded by default."""

import argparse
import errno
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from services.api.app import Limits, Services, create_app
from services.api.bounded_http import BoundedHttp
from services.api.requests import BodyLimits
from services.bus.capture_writer import CaptureWriter
from services.bus.connection import Broker
from services.bus.frontier import Frontier
from services.bus.topics import CAPTURES, Topics
from services.cli.options import ADMIN_KEY, add_kafka, add_store, broker_if_any, store_settings, watched
from services.cli.output import fail, say
from services.domain.times import EPOCH
from services.ports import EventWriter
from services.settings import (
    InvalidSetting,
    KafkaSettings,
    LogSettings,
    ServeSettings,
    StoreSettings,
    TraceSettings,
    admin_key,
    describe,
    read_kafka,
    read_serve,
)
from services.store.clickhouse import ClickHouseStore
from services.usecases.capture import CaptureService
from services.usecases.committer import Committer, GroupLimits
from services.usecases.jobs import Jobs
from services.usecases.keys import KeyRefresh, KeyService, UnusableKey
from services.usecases.lookup import Lookup

HIGHEST_PORT = 65_535


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the subcommand."""
    parser = commands.add_parser(
        "serve",
        help="start the service",
        description="Starts the HTTP service. Without --store it is embedded: one process, no broker, data in --data.",
        epilog="Settings (the command line wins):\n"
        + describe(StoreSettings, ServeSettings, KafkaSettings, LogSettings, TraceSettings),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_store(parser)
    add_kafka(parser)
    parser.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=_port, help="port to listen on (default: 8080)")
    parser.set_defaults(run=run)


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"expected 0 to {HIGHEST_PORT}, got {text!r}")
    return int(text)


def _unheard(step: str) -> None:
    """Nobody wants to know."""
    del step


def now() -> datetime:
    """The machine's clock, UTC."""
    return datetime.now(UTC)


def build(
    store: ClickHouseStore,
    settings: ServeSettings,
    broker: Broker | None = None,
    skew: float = 0.0,
    step: Callable[[str], None] = _unheard,
) -> FastAPI:
    """Wires the application on an open store.

    Args:
        store: where everything is read, and without a broker written.
        settings: of the service.
        broker: where captures go when there is one.
        skew: seconds by which its clocks may differ.
        step: as in `services.bus.capture_writer.CaptureWriter`.
    """
    limits = GroupLimits(waiting_bytes=settings.waiting_bytes)
    bus = None if broker is None else CaptureWriter(broker, step)
    writer: EventWriter[Any] = bus or store.writer
    # Over Kafka record times are the broker's.
    last = store.reader.latest() if broker is None else EPOCH
    committer = Committer(writer, now, limits, last)
    frontier = None if broker is None else Frontier(broker, now, timedelta(seconds=skew))
    keys = KeyService(store.keys, now, refreshed=broker is not None)
    known_until = committer.known_until if frontier is None else frontier.known_until
    services = Services(
        capture=CaptureService(writer, store.reader, committer, now, settings.capture_events),
        keys=keys,
        lookup=Lookup(store.reader, known_until),
        committer=committer,
        jobs=Jobs(store.reader, store.letters, known_until),
        beside=() if frontier is None else (frontier, KeyRefresh(keys)),
        writer=bus,
        reader=store.reader,
        store=store,
    )
    body = BodyLimits(settings.capture_bytes, settings.body_idle_seconds, settings.body_total_seconds)
    return create_app(services, Limits(settings.capture_events, body))


def write_admin_key(keys: KeyService, path: Path) -> bool:
    """Issues the first admin key into a file that only its owner reads; False when the file is there already.

    Raises:
        OSError: the file cannot be written.
    """
    if path.exists():
        return False
    token = keys.issue("admin", "made at the first start", admin=True).token
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")  # a kill in between leaves no empty key file
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(token + "\n")
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    return True


def listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        OSError: the port is taken, not ours to take, or none.
    """
    if port > HIGHEST_PORT:
        raise OSError(errno.EINVAL, f"a port is at most {HIGHEST_PORT}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    server = socket.socket(family, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        server.bind((host, port))
        server.listen(2048)
    except OSError:
        server.close()
        raise
    return server


def _http(idle_seconds: float) -> type[BoundedHttp]:
    """The protocol of a connection: a head comes as fast as a part of a body."""

    class Http(BoundedHttp):
        head_seconds = idle_seconds

    return Http


def run(arguments: argparse.Namespace, step: Callable[[str], None] = _unheard) -> int:
    """Serves until stopped; `step` as in `build`."""
    with watched("serve"):
        return _run(arguments, step)


def _run(arguments: argparse.Namespace, step: Callable[[str], None]) -> int:
    """Opens the store, migrates it when it is embedded, and serves until stopped."""
    store_config = store_settings(arguments)
    settings = read_serve({"host": arguments.host, "port": arguments.port})
    broker = broker_if_any(arguments)
    if broker is not None and not store_config.store:
        return fail("with Kafka the store is a ClickHouse server: --store http://host:8123 (ingest needs it too)")
    if broker is not None and (wrong := Topics(broker).check(CAPTURES)):
        return fail("; ".join(wrong))
    try:
        server = listen(settings.host, settings.port)
    except OSError as error:
        return fail(f"cannot listen on {settings.host}:{settings.port}: {error.strerror}")
    with server, closing(_open(store_config)) as store:
        _prepare(store, store_config, settings)
        app = build(store, settings, broker, read_kafka().clock_skew, step)
        say(f"listening on http://{settings.host}:{server.getsockname()[1]}")
        config = uvicorn.Config(
            app,
            http=_http(settings.body_idle_seconds),
            log_config=None,  # see services/logs.py
            access_log=False,
            timeout_graceful_shutdown=30,
            lifespan="on",
        )
        # uvicorn ends in good order and then raises the signal again; by default that would end us before the store.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        uvicorn.Server(config).run(sockets=[server])
    return 0


def _open(config: StoreSettings) -> ClickHouseStore:
    return ClickHouseStore(config.dsn, config.database, config.connections, config.reserve_bytes, config.topology)


def _prepare(store: ClickHouseStore, config: StoreSettings, settings: ServeSettings) -> None:
    if not config.store:
        for name in store.migrate():
            say(f"applied {name}")
    store.require_current()
    keys = KeyService(store.keys, now)
    token = admin_key(settings)
    if token is not None:
        _adopt(keys, token, settings.admin_key_file)
        return
    path = config.data / ADMIN_KEY
    if write_admin_key(keys, path):
        say(f"wrote the admin key to {path}")


def _adopt(keys: KeyService, token: str, path: str) -> None:
    try:
        key = keys.adopt_admin(token, "given at the start")
    except UnusableKey as error:
        raise InvalidSetting("TIANZHUO_ADMIN_KEY_FILE", path, f"a file with an admin key: {error}") from error
    if key.revoked_at is not None:
        say(f"the admin key {key.key_id} in {path} is revoked and does not count")
