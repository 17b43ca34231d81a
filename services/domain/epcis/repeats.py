"""Refuses objects that give one member name twice (I-JSON, RFC 7493 §2.3): a decoder would silently drop the first.

Decoding tells nothing of it, and looking at every name costs more than decoding. But a dropped member takes its name
with it: the text then holds more strings than what was decoded from it. Counting them is cheap.
"""

import json
from collections import Counter
from typing import Any

import msgspec
import numpy as np

from services.domain.epcis.structure import MOST_VIOLATIONS, short_json, step
from services.domain.errors import InvalidDocument, Violation

WORDS = "each member name only once in an object"
SHORT = 2048
"""Bytes up to which Python counts faster than numpy, about."""
LARGEST_EXPLAINED = 4 * 1024 * 1024
"""Bytes of a text in which the place is looked for: reading it again takes many times its size."""
_QUOTE = ord('"')
_encode = msgspec.json.Encoder().encode


def check_unique(text: bytes, value: Any) -> None:
    """Refuses a JSON text in which an object has two members of one name.

    Args:
        text: the JSON text.
        value: what was decoded from it.

    Raises:
        InvalidDocument: names every such member, up to MOST_VIOLATIONS.
    """
    if has_repeats(text, value):
        raise InvalidDocument(repeats(text))


def has_repeats(text: bytes, *values: Any) -> bool:
    """Whether an object in a JSON text has two members of one name.

    Args:
        text: the JSON text.
        values: what was decoded from it; together they hold each of its strings once.
    """
    return _quotes(text) != sum(_quotes(_encode(value)) for value in values)


def repeats(text: bytes, pointer: str = "") -> list[Violation]:
    """The members of a JSON text whose name another member of the same object has; of a huge text the whole of it.

    Args:
        text: a JSON text, not nested too deeply.
        pointer: where it stands in its document.
    """
    if len(text) > LARGEST_EXPLAINED:
        return [Violation(pointer, short_json(text[:100].decode(errors="replace")), WORDS)]
    found: list[Violation] = []
    _look(json.loads(text, object_pairs_hook=_object), pointer, found)
    return found


def _quotes(text: bytes) -> int:
    """How many quotation marks begin or end a string."""
    if b"\\" not in text:
        if len(text) < SHORT:
            return text.count(b'"')
        return int(np.count_nonzero(np.frombuffer(text, np.uint8) == _QUOTE))
    plain = text.replace(b"\\\\", b"")
    return plain.count(b'"') - plain.count(b'\\"')


class _Repeating(dict[str, Any]):
    """An object with a name that stands in it more than once.

    Attributes:
        names: which.
    """

    names: frozenset[str]


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(members)
    if len(plain) == len(members):
        return plain
    found = _Repeating(plain)
    found.names = frozenset(name for name, times in Counter(name for name, _ in members).items() if times > 1)
    return found


def _look(value: Any, pointer: str, found: list[Violation]) -> None:
    """Gathers repeated names; of an overridden member nothing more is said."""
    if isinstance(value, dict):
        repeated = value.names if isinstance(value, _Repeating) else frozenset()
        for name, item in value.items():
            if name in repeated and len(found) < MOST_VIOLATIONS:
                found.append(Violation(step(pointer, name), short_json(item), WORDS))
            _look(item, step(pointer, name), found)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _look(item, step(pointer, index), found)
