"""Hostile and harmless variants of valid events: what is said of each, and that GS1's schema judges the same."""

from collections.abc import Callable
from pathlib import Path

import pytest

from services.domain.epcis.events import Event
from services.domain.epcis.validation import check_event
from tests.domain.epcis.bad_events import ROWS
from tests.domain.epcis.bad_formats import Bad
from tests.domain.epcis.epcis_samples import BASES, changed, in_document, schema_oracle
from tests.domain.epcis.good_events import GOOD

PLACE = "/epcisBody/eventList/0"


@pytest.fixture(scope="module")
def schema_accepts(shared_epcis: Path) -> Callable[[object], bool]:
    return schema_oracle(shared_epcis)


def test_the_tables_are_large() -> None:
    assert len(ROWS) >= 120
    assert len(GOOD) >= 40


@pytest.mark.parametrize("row", [pytest.param(row, id=name) for name, row in ROWS.items()])
def test_a_bad_event_is_refused_in_words(row: Bad) -> None:
    found = check_event(changed(BASES[row.base], row.changes), PLACE)
    assert isinstance(found, list)
    said = [violation for violation in found if violation.pointer == PLACE + row.pointer]
    assert any(all(word in violation.expected for word in row.words.split()) for violation in said), found
    assert all(len(violation.value) <= 200 and "[A-Z" not in violation.expected for violation in found)


@pytest.mark.parametrize("row", [pytest.param(row, id=name) for name, row in ROWS.items()])
def test_the_schema_refuses_it_too_unless_declared(row: Bad, schema_accepts: Callable[[object], bool]) -> None:
    assert schema_accepts(in_document(changed(BASES[row.base], row.changes))) == bool(row.differs)


@pytest.mark.parametrize(("base", "changes"), [pytest.param(*row, id=name) for name, row in GOOD.items()])
def test_a_good_event_is_accepted(base: str, changes: dict[str, object]) -> None:
    checked = check_event(changed(BASES[base], changes), PLACE)
    assert isinstance(checked, Event), checked


@pytest.mark.parametrize(("base", "changes"), [pytest.param(*row, id=name) for name, row in GOOD.items()])
def test_the_schema_accepts_it_too(
    base: str, changes: dict[str, object], schema_accepts: Callable[[object], bool]
) -> None:
    assert schema_accepts(in_document(changed(BASES[base], changes)))
