"""A copy brings everything, once, wherever it is cut off; and the comparison finds every difference."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from os import urandom
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas import read_bytes
from services.domain.epcis.documents import assemble
from services.ports import ApiKey, Key, Slice
from services.store.clickhouse import ClickHouseStore
from services.store.layout import FIRST, TABLES, layout
from services.store.rowbinary import int64
from services.store.transfer import Transfer
from services.usecases.copy import CopyLimits, CopyState, compare, copy
from tests.servers.clickhouse import ClickHouseServer
from tests.store.events import capture, document, event, gtin_serial, pack, put, sscc

NOON = datetime(2026, 6, 2, 12, tzinfo=UTC)
SMALL = CopyLimits(rows=40, size=6_000, proof_rows=70)
DECLARED = json.loads(read_bytes("declared_schema.json"))


class PowerCut(Exception):
    """The copying process ended here."""


class CutOff(Transfer):
    """A store whose client dies at one write, before the rows are stored or after."""

    def __init__(self, store: ClickHouseStore) -> None:
        super().__init__(store._connections)
        self.writes_left = -1
        self.after = False

    def write(self, table: str, block: bytes, token: str) -> None:
        self.writes_left -= 1
        if self.writes_left == 0 and not self.after:
            raise PowerCut
        super().write(table, block, token)
        if self.writes_left == 0:
            raise PowerCut


def transfer(store: ClickHouseStore) -> Transfer:
    return Transfer(store._connections)


def silent(task: str, rows: int, total: int) -> None:
    assert task
    assert rows >= 0
    assert total >= 0


def run(source: Transfer, target: Transfer, limits: CopyLimits = SMALL, state: CopyState | None = None) -> None:
    copy(source, target, state or CopyState(uuid4().hex), lambda _: None, silent, limits)


def differing(source: Transfer, target: Transfer) -> list[str]:
    return [one.table for one in compare(source, target, silent, SMALL) if not one.equal]


def command(store: ClickHouseStore, statement: str) -> None:
    with store._connections.client() as client:
        client.command(statement)


def merge(store: ClickHouseStore) -> None:
    for table in TABLES:
        command(store, f"OPTIMIZE TABLE {table} FINAL")


def stop_merges(store: ClickHouseStore) -> None:
    """So that a test can count duplicates."""
    for table in TABLES:
        command(store, f"SYSTEM STOP MERGES {store._connections.database}.{table}")


def fresh(server: ClickHouseServer) -> ClickHouseStore:
    store = ClickHouseStore(server.url, f"c{uuid4().hex}", connections=3)
    store.migrate()
    return store


def fill(store: ClickHouseStore) -> None:
    """A bit of everything: unicode, control characters, old instants, declarations, deliveries that come again."""
    box = sscc()
    sent = [event(eventTime=f"2026-05-01T00:00:{n % 7:02d}.{n:06d}Z", epcList=[gtin_serial()]) for n in range(60)]
    odd = event(**{"example:name": "桃 \u0000\t\n\\ ' \U0001f351"}, eventTime="1913-02-03T04:05:06.123456+08:00")
    packed = pack(box, [gtin_serial() for _ in range(40)])
    declaring = {**sent[0], "errorDeclaration": {"declarationTime": "2026-05-02T00:00:00Z", "reason": "did_not_occur"}}
    put(store, *sent, odd, packed, at=NOON)
    put(store, declaring, *sent[:20], at=NOON + timedelta(seconds=1))
    put(store, *sent[5:9], {**sent[9], "bizStep": "receiving"}, at=NOON - timedelta(hours=1))
    key = ApiKey(f"k{uuid4().hex[:8]}", bytes(range(32)), "田桌", admin=True, label="\\N\t'", created_at=NOON)
    store.keys.put_key(key)
    store.keys.put_key(replace(key, revoked_at=NOON))
    store.keys.put_key(replace(key, key_id=key.key_id + "b"))


@pytest.fixture(scope="module")
def source(clickhouse_server: ClickHouseServer) -> Iterator[ClickHouseStore]:
    store = fresh(clickhouse_server)
    stop_merges(store)
    fill(store)
    yield store
    store.close()


@pytest.fixture
def target(clickhouse_server: ClickHouseServer) -> Iterator[ClickHouseStore]:
    store = fresh(clickhouse_server)
    yield store
    store.close()


def test_every_table_with_data_is_copied() -> None:
    assert set(TABLES) == DECLARED.keys() - {"schema_migrations", "boot"}
    for table in TABLES:
        plan = layout(table)
        assert (set(plan.columns.split(", ")) == set(plan.key)) == (table not in FIRST)


def test_embedded_to_server_and_its_answers(embedded_store: ClickHouseStore, target: ClickHouseStore) -> None:
    sent = event(**{"example:name": "桃 \u0000 \U0001f351"})
    other = event()
    made = put(embedded_store, sent, other, at=NOON)
    put(embedded_store, sent, at=NOON + timedelta(seconds=1))
    fill(embedded_store)
    run(transfer(embedded_store), transfer(target), CopyLimits(rows=1000, size=100_000))
    assert differing(transfer(embedded_store), transfer(target)) == []
    assert target.reader.count() == embedded_store.reader.count() > 60
    (found,) = target.reader.events_by_id(sent["eventID"])
    assert (found,) == tuple(embedded_store.reader.events_by_id(sent["eventID"]))
    assert found.raw == made.events[0].raw
    record = target.reader.capture(made.capture_id)
    assert record is not None
    assert record == embedded_store.reader.capture(made.capture_id)
    brought = target.reader.events_of_capture(record)
    assert assemble(record.frame, brought) == document(sent, other)
    assert target.keys.keys() == embedded_store.keys.keys()


def test_server_to_embedded(source: ClickHouseStore, embedded_store: ClickHouseStore) -> None:
    before = embedded_store.reader.count()
    put(embedded_store, event())  # the target holds rows of its own: none may be harmed
    run(transfer(source), transfer(embedded_store))
    assert embedded_store.reader.count() == before + 1 + source.reader.count()
    assert set(map(repr, source.keys.keys())) <= set(map(repr, embedded_store.keys.keys()))


@given(writes=st.lists(st.tuples(st.integers(1, 30), st.booleans()), max_size=4))
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_copy_cut_off_anywhere_goes_on_and_doubles_nothing(
    clickhouse_server: ClickHouseServer, source: ClickHouseStore, writes: list[tuple[int, bool]]
) -> None:
    target = fresh(clickhouse_server)
    stop_merges(target)
    reading, writing = transfer(source), CutOff(target)
    states = [CopyState(uuid4().hex)]
    for writing.writes_left, writing.after in [*writes, (-1, False)]:
        try:
            copy(reading, writing, states[-1], states.append, silent, SMALL)
        except PowerCut:
            continue
    assert differing(reading, writing) == []
    assert len(states) > 10
    for table in TABLES:  # and there are no more duplicates than in the source
        assert writing.count_rows(table) == reading.count_rows(table)
    target.close()


def test_another_copy_over_the_first_changes_no_answer(source: ClickHouseStore, target: ClickHouseStore) -> None:
    stop_merges(target)
    run(transfer(source), transfer(target))
    run(transfer(source), transfer(target), CopyLimits(rows=33))
    assert transfer(target).count_rows("events") == 2 * transfer(source).count_rows("events")
    assert differing(transfer(source), transfer(target)) == []


def test_later_deliveries_are_copied_too(source: ClickHouseStore, target: ClickHouseStore) -> None:
    stop_merges(target)
    run(transfer(source), transfer(target))
    assert [transfer(target).count_rows(table) for table in TABLES] == [
        transfer(source).count_rows(table) for table in TABLES
    ]


def test_merged_and_unmerged_have_one_fingerprint(source: ClickHouseStore, target: ClickHouseStore) -> None:
    run(transfer(source), transfer(target))
    merge(target)
    assert transfer(target).count_rows("events") < transfer(source).count_rows("events")
    assert transfer(target).count_rows("api_keys") < transfer(source).count_rows("api_keys")
    assert differing(transfer(source), transfer(target)) == []


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("events", "ALTER TABLE events DELETE WHERE event_time = (SELECT max(event_time) FROM events)"),
        ("events", "ALTER TABLE events UPDATE raw = concat(raw, ' ') WHERE position = 3"),
        ("events", "ALTER TABLE events UPDATE position = 9999 WHERE position = 61"),
        ("event_ids", "ALTER TABLE event_ids DELETE WHERE id_hash = (SELECT min(id_hash) FROM event_ids)"),
        ("event_ids", "INSERT INTO event_ids VALUES (1, '2026-01-01 00:00:00')"),
        ("thing_events", "ALTER TABLE thing_events DELETE WHERE thing = (SELECT max(thing) FROM thing_events)"),
        ("thing_contents", "ALTER TABLE thing_contents DELETE WHERE others = (SELECT min(others) FROM thing_contents)"),
        ("captures", "ALTER TABLE captures UPDATE frame = '' WHERE success"),
        ("api_keys", "ALTER TABLE api_keys UPDATE admin = 0 WHERE 1"),
        ("api_keys", "ALTER TABLE api_keys DELETE WHERE toYear(revoked_at) > 1970"),
        # The same event, recorded at the same time, with another content: which one readers get is chance.
        (
            "events",
            "INSERT INTO events SELECT * REPLACE (raw || ' ' AS raw) FROM events WHERE position = 40",
        ),
    ],
)
def test_a_change_by_hand_is_found(source: ClickHouseStore, target: ClickHouseStore, table: str, change: str) -> None:
    run(transfer(source), transfer(target))
    command(target, f"{change} SETTINGS mutations_sync = 2" if change.startswith("ALTER") else change)
    assert differing(transfer(source), transfer(target)) == [table]


def test_a_new_copy_brings_back_what_was_lost(source: ClickHouseStore, target: ClickHouseStore) -> None:
    run(transfer(source), transfer(target))
    command(target, "ALTER TABLE events DELETE WHERE position % 2 SETTINGS mutations_sync = 2")
    assert differing(transfer(source), transfer(target)) == ["events"]
    run(transfer(source), transfer(target))
    assert differing(transfer(source), transfer(target)) == []


@given(rows=st.integers(7, 90), size=st.none() | st.integers(2_000, 40_000))
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("table", ["events", "thing_events", "api_keys"])
def test_slices_of_any_size_are_the_table(source: ClickHouseStore, table: str, rows: int, size: int | None) -> None:
    reading = transfer(source)
    whole = reading.cut(table, None, 100_000)
    assert whole is not None
    after: Key | None = None
    pieces: list[Slice] = []
    while (piece := reading.cut(table, after, rows, size)) is not None:
        assert 1 <= piece.rows <= rows
        pieces.append(piece)
        after = piece.until
    assert b"".join(map(reading.read, pieces)) == reading.read(whole)
    parts = [reading.fingerprint(piece) for piece in pieces]
    assert sum(parts[1:], parts[0]) == reading.fingerprint(whole)


def test_slices_keep_to_their_size(source: ClickHouseStore) -> None:
    piece = transfer(source).cut("events", None, 100_000, 20_000)
    assert piece is not None
    assert 1 < piece.rows < 60
    assert len(transfer(source).read(piece)) < 40_000


def test_keys_of_any_length_and_bytes(store: ClickHouseStore) -> None:
    (one,) = capture(event(eventTime="1931-02-03T04:05:06Z")).events
    long = replace(one, event_id="urn:x:" + "桃" * 100_000, content=b"\x00\xff'\\\n\t{}%?=;--"[:16].ljust(16, b"\x00"))
    made = replace(capture(event()), events=[long, replace(long, position=1, content=b"\xff" * 16)])
    store.writer.commit([store.writer.prepare(made)], NOON)
    reading = transfer(store)
    first = reading.cut("events", (str(long.event_time_us - 1), "", ""), 1)
    while first is not None and long.event_id.encode() not in reading.read(first):
        first = reading.cut("events", first.until, 1)
    assert first is not None
    second = reading.cut("events", first.until, 1)
    assert second is not None
    assert long.event_id.encode() in reading.read(second)
    assert (first.rows, second.rows) == (1, 1)
    assert reading.fingerprint(first).rows == reading.fingerprint(second).rows == 1
    assert first.until[2] == long.content.hex().upper()


def test_a_block_with_the_same_token_is_stored_once(store: ClickHouseStore) -> None:
    writing = transfer(store)
    put(store, event(), event())
    token = uuid4().hex
    # Rows of event_ids that nobody has: a hash and a second each.
    block = b"".join(urandom(4) + int64(second * 1_000_000) for second in range(3))
    with merges_stopped(store):
        before = writing.count_rows("event_ids")
        for _ in range(2):
            writing.write("event_ids", block, token)
            assert writing.count_rows("event_ids") == before + 3


@contextmanager
def merges_stopped(store: ClickHouseStore) -> Iterator[None]:
    with store._connections.client() as client:
        client.command("SYSTEM STOP MERGES event_ids")
        try:
            yield
        finally:
            client.command("SYSTEM START MERGES event_ids")
