"""Fixtures that every test may use."""

import os
from pathlib import Path

import hypothesis
import pytest

pytest_plugins = ["tests.servers.fixtures"]

CHECKOUT = Path(__file__).resolve().parent.parent

# No test asserts a time, and two busy cores make any deadline a coin toss. CI draws the same examples each run.
hypothesis.settings.register_profile("developer", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "developer")


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The root of the tree under test."""
    return CHECKOUT


@pytest.fixture(scope="session")
def shared_epcis() -> Path:
    """The folder of EPCIS schemas, examples and hash vectors beside the checkout; the test skips without it."""
    folder = CHECKOUT.parent / "shared" / "epcis"
    if not folder.is_dir():
        pytest.skip("the EPCIS material (shared/epcis beside the checkout) is not here")
    return folder
