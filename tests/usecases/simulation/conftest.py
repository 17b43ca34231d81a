"""Two small simulated seasons, made once."""

import pytest

from tests.usecases.simulation.seasons import Season, run


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Season:
    """1,000 events: two and a bit waves, every thing in the truth."""
    return run(tmp_path_factory.mktemp("season") / "small", 11, 1_000)


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Season:
    """20,000 events, as in the demonstration; a twentieth of the things in the truth."""
    return run(tmp_path_factory.mktemp("season") / "large", 12, 20_000)
