"""The PostgreSQL peer passes the suite that every store passes, so that it is measured doing the same work."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.bench.postgres_store import PostgresStore
from tests.servers import PostgresServer
from tests.store import test_conformance

OTHERWISE = {
    "test_the_latest_record_time_is_known_even_without_the_captures_record": "a transaction leaves no such event",
    "test_writes_get_on_while_every_other_connection_is_lent": "the benchmark has as many connections as readers",
    "test_an_index_row_without_its_event_does_not_count": "a transaction leaves no such row",
    "test_the_same_delivery_twice_is_one_event_with_the_first_record_time": "record times of its one writer never fall",
}
"""What the peer does another way, and why that is no less."""

CASES = {
    name: case
    for name, case in vars(test_conformance).items()
    if name.startswith("test_") and "store" in inspect.signature(case).parameters and name not in OTHERWISE
}


@pytest.fixture(scope="module")
def peer(postgres_server: PostgresServer) -> Iterator[PostgresStore]:
    store = PostgresStore(postgres_server.dsn, connections=4)
    yield store
    store.close()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_it_does_what_every_store_does(case: Callable[..., Any], peer: PostgresStore) -> None:
    extra = {name: 3000 for name in inspect.signature(case).parameters if name == "count"}
    case(store=peer, **extra)


def test_what_it_does_otherwise_is_in_the_suite() -> None:
    assert set(OTHERWISE) <= set(vars(test_conformance))
