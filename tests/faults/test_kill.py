"""Killed with -9 under captures, again and again: what was acknowledged is there, once, and nothing is half there."""

import os
import random
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.faults.ledger import Emitters, Ledger, Sending, check, deliver, make
from tests.servers.tianzhuo import TianzhuoServer

SEEDS = (1, 2)
ROUNDS = 50 if os.environ.get("CI") else 12
EMITTERS = 4
START_SECONDS = 2.5
"""About what a start takes, with its migrations: a kill at a random moment of it hits every part."""
COUNT = """
import sys
from contextlib import closing
from services.store.clickhouse import ClickHouseStore
with closing(ClickHouseStore(sys.argv[1], connections=1)) as store:
    print(store.reader.count())
"""


def distinct_events(server: TianzhuoServer) -> int:
    """How many distinct events the files of a stopped service hold."""
    command = [sys.executable, "-c", COUNT, f"chdb://{server.data / 'store'}"]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def killed_in_its_start(server: TianzhuoServer, draw: random.Random) -> None:
    server.launch()
    time.sleep(draw.uniform(0.0, START_SECONDS))
    server.kill()


def killed_under_captures(server: TianzhuoServer, ledger: Ledger, number: int, draw: random.Random) -> list[Sending]:
    """What was sent in the round."""
    before = len(ledger.sent)
    emitters = Emitters(ledger, EMITTERS, number)
    # Every third kill hits the first requests of the process, whose connections and caches are cold.
    emitters.wait(0 if number % 3 == 0 else draw.randint(1, 15))
    time.sleep(draw.uniform(0.0, 0.05))
    emitters.stop(server.kill)
    assert not emitters.refusals
    return ledger.sent[before:]


@pytest.mark.parametrize("seed", SEEDS)
def test_killed_again_and_again(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    server = TianzhuoServer(tmp_path / "server")
    rounds = ROUNDS // len(SEEDS)
    try:
        for _ in range(rounds // 5):  # in the first start, while the schema is made
            killed_in_its_start(server, draw)
        server.start()
        ledger = Ledger(server.port, server.admin_key)
        for number in range(rounds - 2 * (rounds // 5)):
            sent = killed_under_captures(server, ledger, 1000 * seed + number, draw)
            if number % 3 == 0:  # again, while the store finds its parts
                killed_in_its_start(server, draw)
            server.start()
            ledger.check(sent)
        assert any(sending.acknowledged for sending in ledger.sent)
        assert ledger.open()
        ledger.again()
        ledger.again()
        stored = ledger.check(ledger.sent)
        assert server.stop() == 0
        assert stored == sum(len(sending.things) for sending in ledger.sent)
        assert distinct_events(server) == stored
    finally:
        server.kill()


def _parts(server: TianzhuoServer) -> list[Path]:
    """The parts of every table that a capture writes."""
    found: list[Path] = []
    for declaration in (server.data / "store/metadata/tianzhuo").glob("*.sql"):
        name = re.search(r"UUID '(\w{3})(\S+)'", declaration.read_text())
        assert name, declaration
        if declaration.stem not in {"api_keys", "schema_migrations"}:
            found += (server.data / "store/store" / name[1] / (name[1] + name[2])).glob("all_*")
    return found


def test_killed_between_the_stores_note_of_a_block_and_the_block(tmp_path: Path) -> None:
    """A store that remembers blocks notes one before it is there; the same block sent again must not vanish."""
    sending = make(random.Random(7))
    with TianzhuoServer(tmp_path / "server") as server:
        ledger = Ledger(server.port, server.admin_key)
        with ledger.emitter() as emitter:
            deliver(emitter, sending)
        server.kill()
        parts = _parts(server)
        assert len(parts) >= 4
        for part in parts:  # what such a kill leaves: the notes (deduplication_logs) without the parts
            shutil.rmtree(part)
        sending.acknowledged = False
        server.start()
        with ledger.emitter() as emitter:
            assert check(emitter, sending) == 0
        ledger.note(sending)
        ledger.again()
        assert ledger.check([sending]) == len(sending.things)
