"""The file in which `tianzhuo copy` remembers how far it came."""

import os
from pathlib import Path
from uuid import uuid4

import msgspec

from services.domain.errors import TianzhuoError
from services.usecases.copy import CopyState


class ForeignState(TianzhuoError):
    """A state file that is none, or belongs to another copy."""


class Pair(msgspec.Struct, frozen=True):
    """What a copy's state is good for.

    Attributes:
        source: which store is read, without secrets.
        target: which store is filled, likewise.
        schema: hex digest of the schema that both have.
    """

    source: str
    target: str
    schema: str


class _Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pair: Pair
    state: CopyState


class StateFile:
    """A copy's state on disk, replaced as a whole."""

    def __init__(self, path: Path, pair: Pair) -> None:
        """Touches nothing yet.

        Args:
            path: the file; it may not be there.
            pair: which copy it is for.
        """
        self.path = path
        self._pair = pair

    def load(self) -> CopyState:
        """What was saved last, or the state of a new copy.

        Raises:
            ForeignState: the file holds something else.
            OSError: it cannot be read.
        """
        if not self.path.exists():
            return CopyState(uuid4().hex)
        try:
            content = msgspec.json.decode(self.path.read_bytes(), type=_Content)
        except msgspec.DecodeError as error:
            raise ForeignState(f"{self.path} is no state of a copy: {error}") from error
        if content.pair != self._pair:
            raise ForeignState(
                f"{self.path} belongs to another copy, from {content.pair.source} to {content.pair.target} at schema"
                f" {content.pair.schema[:12]}; remove it, or name another file with --state"
            )
        return content.state

    def save(self, state: CopyState) -> None:
        """Keeps a state; it is on disk when this returns."""
        part = self.path.with_name(self.path.name + ".part")
        with part.open("wb") as file:
            file.write(msgspec.json.encode(_Content(self._pair, state)))
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.path)

    def remove(self) -> None:
        """Forgets the copy: it is complete."""
        self.path.unlink(missing_ok=True)
