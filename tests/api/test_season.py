"""A simulated season, captured through HTTP in any order: what is known of each thing is the simulator's truth."""

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from pathlib import Path

import pytest

from tests.api.client import Client, Json
from tests.oracle.chain import Told, instant, is_lot
from tests.oracle.identifiers import canonical
from tests.servers.tianzhuo import TianzhuoServer

SEED, EVENTS = 13, 3000  # a season in which things are moved and unpacked without a scan
SAMPLE = 300
TRUTH_FLAGS = {"packed_twice", "moved_without_unpacking", "unpacked_without_packing", "event_after_end"}


@dataclass
class Season:
    """What the simulator wrote, and a service that has captured it.

    Attributes:
        client: asks the service.
        events: every delivered event.
        planted: what was planted where.
        truth: the answer for each thing of the simulator's sample.
        direct: by thing, the live events that name it, in order; worked out from `events`.
        void: by thing, ids of the withdrawn events that name it.
    """

    client: Client
    events: list[Json]
    planted: list[Json]
    truth: list[Json]
    direct: dict[str, list[Told]] = field(default_factory=dict)
    void: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        distinct = {json.dumps(event, sort_keys=True): event for event in self.events}.values()
        declared = {event["eventID"] for event in distinct if "errorDeclaration" in event}
        told = [Told.of(event, canonical) for event in distinct if "errorDeclaration" not in event]
        for one in sorted(told, key=lambda one: one.order):
            names = one.subjects | one.children | one.inputs | one.outputs | ({one.parent} - {None})
            for thing in names:
                assert thing is not None
                if one.id in declared:
                    self.void.setdefault(thing, set()).add(one.id)
                else:
                    self.direct.setdefault(thing, []).append(one)


def lines(folder: Path, stream: str) -> list[bytes]:
    return [line for path in sorted(folder.glob(f"{stream}*.ndjson")) for line in path.read_bytes().splitlines()]


def pieces(document: bytes, chance: random.Random) -> Iterator[bytes]:
    """The same events in several smaller documents: how they are delivered must not matter."""
    whole = json.loads(document)
    events = whole["epcisBody"]["eventList"]
    chance.shuffle(events)
    for start in range(0, len(events), 120):
        body = {**whole, "epcisBody": {"eventList": events[start : start + 120]}}
        yield json.dumps(body, ensure_ascii=False).encode()


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Season]:
    """The season at a service of its own: documents shuffled, some cut up, some sent twice, four at once."""
    folder = tmp_path_factory.mktemp("season") / "out"
    command = [str(Path(sys.executable).with_name("tianzhuo")), "simulate", "--seed", str(SEED)]
    subprocess.run(
        [*command, "--events", str(EVENTS), "--out", str(folder)], check=True, capture_output=True, timeout=60
    )
    documents = lines(folder, "captures")
    chance = random.Random(SEED)
    sent = [piece for document in documents for piece in pieces(document, chance)]
    sent += documents[::3] + chance.sample(sent, len(sent) // 3)
    chance.shuffle(sent)
    with TianzhuoServer(tmp_path_factory.mktemp("season-server")) as server:
        client = Client(server, server.admin_key)
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(client.capture, sent))
        events = [event for document in documents for event in json.loads(document)["epcisBody"]["eventList"]]
        assert len(events) == EVENTS
        truth, planted = ([json.loads(line) for line in lines(folder, name)] for name in ("truth", "planted"))
        yield Season(client, events, planted, truth)


def units(season: Season, things: list[str]) -> Iterator[tuple[str, Json]]:
    """What the service says of each thing."""
    with ThreadPoolExecutor(4) as threads:
        yield from zip(things, threads.map(season.client.unit, things), strict=True)


def test_units_are_the_simulators_truth(season: Season) -> None:
    """Events, stays, flags and withdrawn events of every thing of which the truth is written."""
    truth = {answer["unit"]: answer for answer in season.truth}
    assert len(truth) > 100
    seen = {"containers": 0, "flags": 0, "void": 0}
    for thing, unit in units(season, sorted(truth)):
        told = truth[thing]
        direct = [
            (one["event"], instant(one["event_time"]))
            for one in told["events"]
            if one["of"] == thing and not one["via"]
        ]
        assert [(deed["event"], instant(deed["event_time"])) for deed in unit["events"]] == direct, thing
        stays = [by_stay(stay) for stay in told["containers"] if stay["unit"] == thing]
        assert sorted(map(by_stay, unit["containers"])) == sorted(stays), thing
        flags = {
            one["flag"]: one["events"] for one in told["flags"] if one["unit"] == thing and one["flag"] in TRUTH_FLAGS
        }
        assert {one["flag"]: sorted(one["events"]) for one in unit["flags"]} == flags, thing
        assert set(unit["void"]) == season.void.get(thing, set()), thing
        assert set(unit["void"]) <= set(told["void"]), thing
        for name in seen:
            seen[name] += len(unit[name])
    assert min(seen.values()) > 0, seen


def by_stay(stay: Json) -> tuple[datetime, str, bool, datetime]:
    """A stay in a container: since when, in which, whether it lasts, until when."""
    since = instant(stay["from"])
    return since, stay["container"], stay["to"] is None, instant(stay["to"]) if stay["to"] else since


def test_origins_are_commissioned_as_the_truth_says(season: Season) -> None:
    origins = {one["unit"]: one["event"] for answer in season.truth for one in answer["origins"]}
    assert len(origins) > 20
    known = [thing for thing in sorted(origins) if thing in season.direct]
    assert any(event is None for event in origins.values())
    for thing, unit in units(season, known):
        commissioned = unit["commissioned"]
        assert (commissioned and commissioned["event"]) == origins[thing], thing


def planted_things(season: Season) -> set[str]:
    return {thing for one in season.planted for thing in one.get("units", ())} & (
        season.direct.keys() | season.void.keys()
    )


def test_units_are_what_the_documents_say(season: Season) -> None:
    """A sample of all things and every planted one: events in order, how each names it, commissioning, end, void."""
    everything = sorted(season.direct.keys() | season.void.keys())
    sample = set(random.Random(SEED).sample(everything, SAMPLE)) | planted_things(season)
    for thing, unit in units(season, sorted(sample)):
        direct = season.direct.get(thing, [])
        assert [(d["event"], instant(d["event_time"])) for d in unit["events"]] == [
            (one.id, one.at) for one in direct
        ], thing
        assert {one["action"] or "" for one in unit["events"]} == {one.action for one in direct}, thing
        for (event_id, named), one in zip(roles(unit), direct, strict=True):
            assert event_id == one.id
            assert named in named_by(one, thing), (thing, one)
        made = [one.id for one in direct if one.type == "ObjectEvent" and one.action == "ADD"]
        assert (unit["commissioned"] or {"event": None})["event"] == (made[0] if made else None), thing
        ends = [] if is_lot(thing) else [one.at for one in direct if ends_life(one, thing)]
        assert (unit["ended"] and instant(unit["ended"])) == (ends[0] if ends else None), thing
        assert set(unit["void"]) == season.void.get(thing, set()), thing
        assert unit["kind"] == ("lot" if is_lot(thing) else "instance"), thing


def roles(unit: Json) -> list[tuple[str, str]]:
    return [
        (event_id, next(group)["named_as"]) for event_id, group in groupby(unit["events"], key=lambda d: d["event"])
    ]


def named_by(one: Told, thing: str) -> set[str]:
    """How the API may say that an event names a thing."""
    ways = {
        "parent": {one.parent},
        "child": one.children,
        "input": one.inputs,
        "output": one.outputs,
        "epc": one.subjects,
        "quantity": one.subjects,
    }
    return {way for way, things in ways.items() if thing in things}


def ends_life(one: Told, thing: str) -> bool:
    return (one.type == "ObjectEvent" and one.action == "DELETE") or thing in one.inputs
