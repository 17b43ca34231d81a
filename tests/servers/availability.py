"""What happens when a server cannot be had: a skip for a developer, a failure in CI."""

import os
from typing import NoReturn


class ServerUnavailable(Exception):
    """A server cannot be had on this machine; the text says why and what would help."""


def in_ci() -> bool:
    """Tell whether CI runs this, where a missing server is a failure."""
    return os.environ.get("CI", "").lower() not in {"", "0", "false"}


def unavailable(reason: str) -> NoReturn:
    """Skip the running test with the reason, or fail it in CI."""
    import pytest  # noqa: PLC0415  # the benchmarks and the installer use this package without pytest

    if in_ci():
        pytest.fail(f"{reason} (CI needs every server)", pytrace=False)
    pytest.skip(reason)
