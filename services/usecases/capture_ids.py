"""Capture ids: UUIDs of version 7 (RFC 9562 §5.7), which tell when the capture began and lie in that order."""

import secrets
from datetime import datetime
from uuid import UUID

from services.domain.times import datetime_of, microseconds_of

_VERSION, _VARIANT = 0x7, 0b10


def new_capture_id(at: datetime) -> UUID:
    """A new id of a capture that begins at a time (aware)."""
    milliseconds = microseconds_of(at) // 1000
    chance = secrets.randbits(74)
    high, low = chance >> 62, chance & (1 << 62) - 1
    return UUID(int=milliseconds << 80 | _VERSION << 76 | high << 64 | _VARIANT << 62 | low)


def begun_at(capture_id: UUID) -> datetime | None:
    """When the capture of this id began, to the millisecond, UTC; None when it is none of our ids."""
    if capture_id.version != _VERSION:
        return None
    return datetime_of((capture_id.int >> 80) * 1000)
