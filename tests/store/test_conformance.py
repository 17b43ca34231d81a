"""What every store must do, whatever runs it."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from services.domain.chain.relations import Role, thing_key
from services.domain.epcis.documents import assemble
from services.domain.identifiers import canonical
from services.domain.times import datetime_of
from services.ports import ApiKey, StoreUnavailable
from services.store.clickhouse import ClickHouseStore
from tests.store.events import capture, document, event, gtin_serial, pack, put, sscc

NOON = datetime(2026, 5, 2, 12, tzinfo=UTC)


def key_of(urn: str) -> str:
    return thing_key(canonical(urn))


def contents(store: ClickHouseStore, ids: list[str], at: datetime | None = None) -> dict[str, int]:
    return {name: len(found.contents) for name, found in store.reader.standing(ids, at).items()}


def declared(store: ClickHouseStore, ids: list[str], at: datetime | None = None) -> set[str]:
    return {name for name, found in store.reader.standing(ids, at).items() if found.declared}


def test_an_event_comes_back_with_its_bytes(store: ClickHouseStore) -> None:
    sent = event(**{"example:name": "桃 \u0000 \U0001f351", "recordTime": "2026-05-01T00:00:01Z"})
    made = put(store, sent, at=NOON)
    (found,) = store.reader.events_by_id(sent["eventID"])
    assert found.raw == made.events[0].raw
    assert found.context_raw == made.events[0].context_raw
    assert found.entry == made.events[0].entry
    assert (found.event_time_us, found.zone_minutes) == (made.events[0].event_time_us, 480)
    assert (found.party, found.capture_id, found.position) == ("test", made.capture_id, 0)
    assert datetime_of(found.record_time_us) == NOON


def test_an_event_id_inside_other_members_is_no_trouble(store: ClickHouseStore) -> None:
    once = event(eventID=f"urn:uuid:{uuid4()}")
    twice = event(**{"example:note": "again"})
    twice["example:copy"] = twice["eventID"]
    for sent in (once, twice):
        made = put(store, sent)
        (found,) = store.reader.events_by_id(sent["eventID"])
        assert found.raw == made.events[0].raw


def test_the_same_delivery_twice_is_one_event_with_the_first_record_time(store: ClickHouseStore) -> None:
    sent = event()
    put(store, sent, at=NOON)
    put(store, sent, at=NOON - timedelta(hours=1))
    put(store, sent, at=NOON + timedelta(hours=1))
    (found,) = store.reader.events_by_id(sent["eventID"])
    assert datetime_of(found.record_time_us) == NOON - timedelta(hours=1)
    rows = store.reader.thing_events([key_of(sent["epcList"][0])])
    assert [datetime_of(row.record_time_us) for row in rows] == [NOON - timedelta(hours=1)]


def test_two_contents_under_one_id_are_both_kept(store: ClickHouseStore) -> None:
    sent = event()
    put(store, sent)
    put(store, {**sent, "bizStep": "receiving"})
    assert {found.entry.biz_step for found in store.reader.events_by_id(sent["eventID"])} == {"shipping", "receiving"}


def test_other_contents_under_an_id_are_known_whatever_they_name_and_whenever_they_happened(
    store: ClickHouseStore,
) -> None:
    sent, alone, withdrawn = event(), event(), event(eventID="urn:example:" + "x" * 2_000 + uuid4().hex)
    declaration = {"declarationTime": "2026-05-02T00:00:00Z", "reason": "incorrect_data"}
    put(store, sent, alone, withdrawn, at=NOON)
    put(store, alone, {**withdrawn, "errorDeclaration": declaration}, at=NOON)
    later = NOON + timedelta(seconds=1)
    other = event(eventID=sent["eventID"], eventTime="2026-05-03T09:00:00+08:00")
    put(store, other, at=later)
    ids = [one["eventID"] for one in (sent, alone, withdrawn)] + [f"urn:uuid:{uuid4()}" for _ in range(3_000)]
    assert store.reader.standing(ids) == store.reader.standing(ids, later)
    assert contents(store, ids) == {
        sent["eventID"]: 2, alone["eventID"]: 1, withdrawn["eventID"]: 1
    }  # fmt: skip
    assert contents(store, ids, NOON) == dict.fromkeys((one["eventID"] for one in (sent, alone, withdrawn)), 1)
    assert store.reader.standing([]) == {}


def test_as_of_hides_what_was_recorded_later(store: ClickHouseStore) -> None:
    thing = gtin_serial()
    early, late = event(epcList=[thing]), event(epcList=[thing])
    put(store, early, at=NOON)
    put(store, late, at=NOON + timedelta(seconds=1))
    at = NOON + timedelta(microseconds=999_999)
    assert [row.event_id for row in store.reader.thing_events([key_of(thing)], at)] == [early["eventID"]]
    assert store.reader.events_by_id(late["eventID"], at) == []
    assert len(store.reader.events_by_id(late["eventID"], NOON + timedelta(seconds=1))) == 1


def test_the_index_knows_how_each_thing_is_named(store: ClickHouseStore) -> None:
    box, one, two = sscc(), gtin_serial(), gtin_serial()
    packed = pack(box, [one, two])
    put(store, packed)
    (row,) = store.reader.thing_events([key_of(one)])
    assert (row.entry.role, row.other) == (Role.CHILD, key_of(box))
    (row,) = store.reader.thing_events([key_of(box)])
    assert row.entry.role is Role.PARENT
    inside = store.reader.thing_contents([key_of(box)])
    assert {row.other for row in inside} == {key_of(one), key_of(two)}


def test_an_index_row_without_its_event_does_not_count(store: ClickHouseStore) -> None:
    sent = event()
    rows = store.writer.prepare(capture(sent))
    rows.tables["events"].clear()  # the insert was cut off before the event was stored
    store.writer.commit([rows], NOON)
    assert store.reader.thing_events([key_of(sent["epcList"][0])]) == []


def test_a_declaration_is_found_by_the_id_it_withdraws(store: ClickHouseStore) -> None:
    sent = event()
    put(store, sent, at=NOON)
    declaring = {**sent, "errorDeclaration": {"declarationTime": "2026-05-02T00:00:00Z", "reason": "did_not_occur"}}
    put(store, declaring, at=NOON + timedelta(seconds=1))
    assert declared(store, [sent["eventID"]]) == {sent["eventID"]}
    assert declared(store, [sent["eventID"]], NOON) == set()
    assert [found.entry.declares_error for found in store.reader.events_by_id(sent["eventID"])].count(True) == 1


def test_a_declaration_whose_event_was_refused_withdraws_nothing(store: ClickHouseStore) -> None:
    sent, other = event(), event()
    declaring = {"errorDeclaration": {"declarationTime": "2026-05-02T00:00:00Z", "reason": "did_not_occur"}}
    put(store, sent, other, at=NOON)
    refused = capture({**sent, **declaring})
    rows = store.writer.prepare(refused)
    rows.tables["events"][:] = [b"cut off"]
    with pytest.raises(StoreUnavailable):
        store.writer.commit([rows], NOON + timedelta(seconds=1))
    # What the same declaration says of another event, at the same instant, says nothing of this one.
    put(store, {**sent, **declaring, "eventID": other["eventID"]}, at=NOON + timedelta(seconds=2))
    assert declared(store, [sent["eventID"], other["eventID"]]) == {other["eventID"]}
    # Sent again it counts, from when it was stored.
    store.writer.commit([store.writer.prepare(refused)], NOON + timedelta(seconds=3))
    assert declared(store, [sent["eventID"]], NOON + timedelta(seconds=2)) == set()
    assert declared(store, [sent["eventID"]], NOON + timedelta(seconds=3)) == {sent["eventID"]}


def test_a_declaration_under_any_form_of_an_event_id_withdraws(store: ClickHouseStore) -> None:
    declaring = {"errorDeclaration": {"declarationTime": "2026-05-02T00:00:00Z", "reason": "did_not_occur"}}
    ids = [f"urn:uuid:{uuid4()}", f"urn:UUID:{uuid4()}", f"urn:x:{uuid4().hex[:10]}", f"urn:x:{uuid4().hex[:26]}"]
    ids.append(f"ni:///sha-256;{uuid4().hex}{uuid4().hex}?ver=CBV2.0")
    put(store, *[event(eventID=event_id, **declaring) for event_id in ids])
    assert declared(store, ids) == set(ids)


def test_the_latest_record_time_is_known_even_without_the_captures_record(store: ClickHouseStore) -> None:
    future = datetime(2031, 1, 1, tzinfo=UTC)
    put(store, event(), at=future)
    assert store.reader.latest() == future
    later = future + timedelta(seconds=1)
    rows = store.writer.prepare(capture(event()))
    rows.capture = (b"cut", b"off")
    with pytest.raises(StoreUnavailable):
        store.writer.commit([rows], later)
    assert store.reader.latest() == later


def test_instants_before_1970_and_fractions(store: ClickHouseStore) -> None:
    old = event(eventTime="1913-02-03T04:05:06.123456+08:00")
    made = put(store, old)
    (found,) = store.reader.events_by_id(old["eventID"])
    assert found.event_time_us == made.events[0].event_time_us


def test_index_rows_can_be_asked_for_by_role(store: ClickHouseStore) -> None:
    box, one = sscc(), gtin_serial()
    put(store, pack(box, [one]), pack(box, [], action="DELETE"), event(epcList=[box, one]))
    for thing in (box, one):
        everything = store.reader.thing_events([key_of(thing)])
        assert len({row.entry.role for row in everything}) == len(everything) > 1
        for role in Role:
            assert store.reader.thing_events([key_of(thing)], None, (role,)) == [
                row for row in everything if row.entry.role is role
            ]


def test_a_capture_comes_back_byte_for_byte(store: ClickHouseStore) -> None:
    sent = [event(), event(eventTime="2026-05-03T08:00:00.5+08:00")]
    made = put(store, *sent)
    record = store.reader.capture(made.capture_id)
    assert record is not None
    assert record.success
    assert assemble(record.frame, store.reader.events_of_capture(record)) == document(*sent)
    assert store.reader.capture(uuid4()) is None


def test_captures_are_paged_newest_first(store: ClickHouseStore) -> None:
    ids = [put(store, event()).capture_id for _ in range(5)]
    seen: list[UUID] = []
    last: tuple[datetime, UUID] | None = None
    while True:
        page = store.reader.captures(last, 2)
        if not page or len(seen) > 1000:
            break
        seen.extend(record.capture_id for record in page)
        last = (page[-1].created_at, page[-1].capture_id)
    assert [found for found in seen if found in ids] == ids[::-1]
    assert len(seen) == len(set(seen))


def test_keys_are_kept_and_revoked(store: ClickHouseStore) -> None:
    key = ApiKey("aa" + uuid4().hex[:10], bytes(range(32)), "party 桃", admin=False, label="l", created_at=NOON)
    store.keys.put_key(key)
    assert store.keys.key(key.key_id) == key
    revoked = ApiKey(**{**{name: getattr(key, name) for name in key.__slots__}, "revoked_at": NOON})
    store.keys.put_key(revoked)
    assert store.keys.key(key.key_id) == revoked
    everything = store.keys.keys()
    assert [one for one in everything if one.key_id == key.key_id] == [revoked]
    assert store.keys.key("nobody") is None


@pytest.mark.parametrize("count", [1, 3000])
def test_many_at_once(store: ClickHouseStore, count: int) -> None:
    before = store.reader.count()
    thing = gtin_serial()
    put(
        store,
        *[event(epcList=[thing, gtin_serial()], eventTime=f"2026-05-01T00:00:{n % 60:02d}Z") for n in range(count)],
    )
    assert store.reader.count() == before + count
    assert len(store.reader.thing_events([key_of(thing)])) == count


def test_writes_get_on_while_every_other_connection_is_lent(store: ClickHouseStore) -> None:
    sent = event()
    with ThreadPoolExecutor(1) as threads, ExitStack() as lent:
        for _ in range(4):
            lent.enter_context(store._connections.client())
        made = threads.submit(put, store, sent).result(timeout=60)
    assert [one.raw for one in store.reader.events_by_id(sent["eventID"])] == [made.events[0].raw]
