"""What rows leave out comes back exactly, whatever the bytes are."""

import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.domain.times import datetime_of, microseconds_of
from services.store.clickhouse import ClickHouseStore
from services.store.packing import pack_id, pack_raw, unpack_id, unpack_raw
from tests.store.events import event, put

UUID_ID, HASH_ID = f"urn:uuid:{uuid4()}", f"ni:///sha-256;{'0123456789abcdef' * 4}?ver=CBV2.0"
PIECES = [
    *(mark + kind for mark in ("\x00", "\x01") for kind in ("", "w", "i", "t", "t3", "z0", "p")),
    *('"readPoint":{"id":"', '"bizLocation":{"id":"', '"', "urn:epc:id:sgln:1.2.3", "桃"),
    *("2026-05-01T08:00:00", ".123", ".123456", ".000", "+08:00", "Z", "2026-05-01T00:00:00", "-00:30"),
    *(UUID_ID, "t", "i", "1"),
]
FIRST, LAST = datetime(1900, 1, 2, tzinfo=UTC), datetime(2298, 12, 30, tzinfo=UTC)
TIMES = st.integers(microseconds_of(FIRST), microseconds_of(LAST)).map(datetime_of)
ZONES = st.integers(-14 * 60, 14 * 60)
URN, LINK = "urn:epc:id:sgln:0614141.00001.0", "https://id.gs1.org/414/0614141000012"


@given(st.text(min_size=1) | st.sampled_from([UUID_ID, HASH_ID]))
@example(UUID_ID.upper())
@example(UUID_ID.replace("-", ""))
@example(UUID_ID + "\n")
@example(f"urn:uuid:{'ab' * 32}")
@example(HASH_ID.replace("a", "A"))
@example(f"ni:///sha-256;{'ab' * 16}?ver=CBV2.0")
@example(HASH_ID.removesuffix("?ver=CBV2.0"))
@example("urn:example:0001")
@example("x" * 32)
@example("\0" * 32)
@example("\0" * 31 + "x")
@example("\0" * 15)
def test_event_ids_come_back(event_id: str) -> None:
    packed = pack_id(event_id)
    assert unpack_id(packed) == event_id
    assert (len(packed) in (16, 32)) == (event_id in (UUID_ID, HASH_ID))


@given(
    st.lists(st.sampled_from(PIECES)).map("".join), st.sampled_from([UUID_ID, HASH_ID, "t", "i", "\x01"]), TIMES, ZONES
)
@example('"2026-05-01T08:00:00.123+08:00""2026-05-01T08:00:00.123+08:00"', UUID_ID,
         datetime(2026, 5, 1, 0, 0, 0, 123_000, UTC), 480)  # fmt: skip
@example("\x01i2026-05-01T08:00:00.123+08:00", UUID_ID, datetime(2026, 5, 1, tzinfo=UTC), 480)
def test_bytes_come_back(raw: str, event_id: str, at: datetime, zone: int) -> None:
    said = (event_id.encode(), microseconds_of(at), zone)
    assert unpack_raw(pack_raw(raw.encode(), *said), *said) == raw.encode()


@given(TIMES, ZONES, st.sampled_from(["seconds", "milliseconds", "microseconds"]), st.sampled_from(["Z", "offset"]))
def test_a_time_is_left_out_as_emitters_write_it(at: datetime, zone: int, to: str, end: str) -> None:
    local = at.astimezone(timezone(timedelta(minutes=zone)))
    written = at.isoformat(timespec=to).replace("+00:00", "Z") if end == "Z" else local.isoformat(timespec=to)
    said = (UUID_ID.encode(), microseconds_of(datetime.fromisoformat(written)), zone)
    raw = json.dumps({"eventID": UUID_ID, "eventTime": written}).encode()
    packed = pack_raw(raw, *said)
    assert len(packed) < len('{"eventID": "", "eventTime": ""}') + 6
    assert unpack_raw(packed, *said) == raw


@pytest.mark.parametrize(
    "members",
    [
        {"eventTime": "2026-05-01T08:00:00.123456789+08:00"},
        {"eventTime": "2026-05-01T00:00:00.5Z", "example:again": "2026-05-01T00:00:00.5Z"},
        {"eventTime": "2026-05-01T05:30:00.120-02:30", "eventTimeZoneOffset": "-02:30"},
        {"eventTime": "1969-12-31T23:59:58.500Z", "eventTimeZoneOffset": "-00:00"},
        {"eventID": "urn:example:0001"},
        {"eventID": None},
        {"readPoint": {"id": URN}},
        {"readPoint": {"id": URN}, "bizLocation": {"id": URN}},
        {"bizLocation": {"id": LINK}},
        {"readPoint": {"id": LINK}, "bizLocation": {"id": URN}},
    ],
)  # fmt: skip
def test_events_come_back_from_the_store(store: ClickHouseStore, members: dict[str, object]) -> None:
    for compact in (False, True):
        sent = event(**{"example:number": uuid4().hex, **members})
        (one,) = put(store, sent, compact=compact).events
        (found,) = [f for f in store.reader.events_by_id(one.event_id) if f.content == one.content]
        assert (found.raw, found.entry, found.event_time_us) == (one.raw, one.entry, one.event_time_us)
        assert (found.event_id, found.zone_minutes) == (one.event_id, one.zone_minutes)
        with store._connections.client() as client:
            shown = client.query(
                "SELECT event_id, biz_location, toUnixTimestamp64Micro(record_time) FROM events"
                " WHERE content = unhex(%s)",
                [found.content.hex()],
            )
        assert shown.result_rows == [(one.event_id, one.entry.biz_location, found.record_time_us)]
