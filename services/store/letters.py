"""Dead letters in ClickHouse."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from services.domain.errors import Violation
from services.domain.times import microseconds_of
from services.ports import Letter, Record, StoredLetter
from services.store import sql
from services.store.connection import Connections
from services.store.sql import plain

START = ("", -1, -1)


class Letters:
    """Implements `services.ports.LetterBook` for ClickHouse."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def _rows(self, name: str, **parameters: Any) -> list[tuple[Any, ...]]:
        with self._connections.client() as client:
            return sql.rows(client, name, **parameters)

    def offsets(self, topic: str, partition: int, first: int, end: int) -> list[int]:
        """See `services.ports.LetterBook.offsets`."""
        rows = self._rows("letter_offsets", topic=topic, partition=partition, first=first, end=end)
        return [int(row[0]) for row in rows]

    def letters(self, after: tuple[str, int, int] | None, limit: int) -> list[StoredLetter]:
        """See `services.ports.LetterBook.letters`."""
        topic, partition, offset = after or START
        return self._with_replays(self._rows("letters", topic=topic, partition=partition, offset=offset, limit=limit))

    def letter(self, topic: str, partition: int, offset: int) -> StoredLetter | None:
        """See `services.ports.LetterBook.letter`."""
        found = self._with_replays(self._rows("letter", topic=topic, partition=partition, offset=offset))
        return found[0] if found else None

    def letters_of(self, capture_id: UUID) -> list[StoredLetter]:
        """See `services.ports.LetterBook.letters_of`."""
        return self._with_replays(self._rows("letters_of_capture", capture_id=str(capture_id)))

    def _with_replays(self, rows: Sequence[tuple[Any, ...]]) -> list[StoredLetter]:
        letters = [_letter(row) for row in rows]
        found: dict[str, tuple[list[str], list[str]]] = {}
        if letters:
            for letter, record, ids in self._rows("replays", letters=[one.record.origin for one in letters]):
                records, mended = found.setdefault(plain(letter), ([], []))
                records.append(plain(record))
                mended.extend(one for one in map(plain, ids) if one not in mended)
        return [StoredLetter(one, *found.get(one.record.origin, ([], []))) for one in letters]


def _letter(row: tuple[Any, ...]) -> Letter:
    (topic, partition, offset, recorded, stage, errors, capture_id, party, replay_of, has_key, key, has_value, value,
     headers) = row  # fmt: skip
    record = Record(
        topic=plain(topic),
        partition=partition,
        offset=offset,
        time_us=microseconds_of(recorded),
        key=key if has_key else None,
        value=value if has_value else None,
        headers=[(plain(name), _bytes(content)) for name, content in headers],
    )
    violations = msgspec.json.decode(errors, type=list[Violation])
    return Letter(record, plain(stage), violations, capture_id, plain(party), plain(replay_of))


def _bytes(value: bytes | str) -> bytes:
    return value if isinstance(value, bytes) else value.encode()
