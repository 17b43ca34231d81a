"""Contracts as data: ClickHouse migrations and queries, reference data. Read through this module only."""

from importlib.resources import files


def read_bytes(relative: str) -> bytes:
    """The bytes of a packaged file.

    Args:
        relative: path below `schemas`, with forward slashes, e.g. `queries/count_events.sql`.

    Raises:
        FileNotFoundError: there is no such file.
    """
    return files(__name__).joinpath(relative).read_bytes()


def names(folder: str) -> list[str]:
    """The names of the files in a packaged folder, sorted."""
    return sorted(entry.name for entry in files(__name__).joinpath(folder).iterdir() if entry.is_file())
