"""Record times over restarts, and what is settled, by the service and the look-ups on a real store."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.store.clickhouse import ClickHouseStore
from services.usecases.lookup import Lookup, UnknownEvent
from tests.api.client import Client
from tests.servers.clickhouse import ClickHouseServer
from tests.servers.tianzhuo import TianzhuoServer
from tests.store.events import document, event, gtin_serial, put

NOON = datetime(2026, 5, 2, 12, tzinfo=UTC)


def test_a_clock_that_is_behind_the_store_hides_nothing(clickhouse_server: ClickHouseServer, tmp_path: Path) -> None:
    store = ClickHouseStore(clickhouse_server.url, "ahead", connections=4)
    store.migrate()
    thing, ahead = gtin_serial(), datetime.now(UTC) + timedelta(hours=1)
    sent = event(epcList=[thing])
    put(store, sent, at=ahead)
    environment = {"TIANZHUO_DATABASE": "ahead"}
    with TianzhuoServer(tmp_path, environment, store=clickhouse_server.url) as server:
        emitter = Client(server, server.admin_key)
        assert emitter.direct(thing) == [sent["eventID"]]
        after = event(epcList=[thing], eventTime="2026-05-02T08:00:00+08:00")
        emitter.capture(document(after))
        assert emitter.direct(thing) == [sent["eventID"], after["eventID"]]
        (kept,) = emitter.event(after["eventID"])
        assert datetime.fromisoformat(kept["recordTime"]) > ahead
    store.close()


def test_an_event_is_not_known_as_of_a_time_that_is_not_settled(store: ClickHouseStore) -> None:
    sent = event()
    put(store, sent, at=NOON + timedelta(seconds=1))
    lookup = Lookup(store.reader, lambda: NOON)
    with pytest.raises(UnknownEvent):
        lookup.events([sent["eventID"]], NOON + timedelta(hours=1))
    assert len(lookup.events([sent["eventID"]])) == 1
    later = Lookup(store.reader, lambda: NOON + timedelta(minutes=1))
    assert len(later.events([sent["eventID"]], NOON + timedelta(hours=1))) == 1
