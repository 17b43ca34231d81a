"""ClickHouse's RowBinary: the few types that our tables use. Joining bytes is the cheapest block there is in Python."""

from functools import lru_cache
from struct import Struct
from uuid import UUID

int64 = Struct("<q").pack
uint64 = Struct("<Q").pack
int32 = Struct("<i").pack
uint32 = Struct("<I").pack
int16 = Struct("<h").pack


def varint(number: int) -> bytes:
    """LEB128, as before a String's bytes or an Array's elements."""
    if number < 0x80:
        return bytes((number,))
    head = bytearray()
    while number >= 0x80:
        head.append(number & 0x7F | 0x80)
        number >>= 7
    head.append(number)
    return bytes(head)


def string(data: bytes) -> bytes:
    """A String: its length, then the bytes."""
    return varint(len(data)) + data


def text(value: str) -> bytes:
    """A String from text, UTF-8."""
    return string(value.encode())


@lru_cache(maxsize=4096)
def term(value: str) -> bytes:
    """A String of few distinct values (a LowCardinality column)."""
    return string(value.encode())


def uuid(value: UUID) -> bytes:
    """A UUID: two little-endian 64-bit halves, the high one first."""
    number = value.int
    return uint64(number >> 64) + uint64(number & 0xFFFF_FFFF_FFFF_FFFF)
