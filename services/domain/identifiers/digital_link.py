"""GS1 Digital Link URIs of any domain: read into application identifiers, written in canonical form.

Source: GS1 Digital Link URI Syntax, uncompressed form; canonical as CBV 2.0 §8.9 constrains it (domain id.gs1.org, no
query string, GTIN of 14 digits, only the finest qualifier).
"""

import re
from typing import NamedTuple

from services.domain.identifiers.gs1_keys import (
    CANONICAL,
    KEYS_BY_NAME,
    Key,
    Qualifier,
    percent_decode,
    percent_encode,
)

# RFC 3986: scheme and host in any case; the path is searched; query and fragment say nothing about identity.
_URI = re.compile(r"[Hh][Tt][Tt][Pp][Ss]?://[^/?#\s]+/([^?#]*)").match
# A key, its value and a name and a value for every qualifier: a longer rest of a path cannot be one.
_MOST_SEGMENTS = 2 + 2 * max(len(key.qualifiers) for key in KEYS_BY_NAME.values())


class Identity(NamedTuple):
    """What an identifier identifies.

    Attributes:
        key: the GS1 key.
        value: its value, padded, decoded.
        qualifiers: application identifier → value, decoded, in path order.
    """

    key: Key
    value: str
    qualifiers: dict[str, str]

    @property
    def finest(self) -> tuple[str, str] | None:
        """The qualifier that belongs to the canonical id: serial before third-party serial before lot."""
        best: Qualifier | None = None
        for ai in self.qualifiers:
            one = self.key.by_name[ai]
            if one.rank > (best.rank if best else 0):
                best = one
        if best is None or (best.ai, self.qualifiers[best.ai]) == ("254", "0"):
            return None  # extension 0 says that there is none (TDS, SGLN)
        return best.ai, self.qualifiers[best.ai]

    @property
    def stem(self) -> str:
        """The canonical id without the value of its qualifier; all of it when there is none."""
        finest = self.finest
        text = f"{CANONICAL}{self.key.ai}/{percent_encode(self.value)}"
        return f"{text}/{finest[0]}/" if finest else text

    @property
    def canonical(self) -> str:
        """The canonical id."""
        finest = self.finest
        return self.stem + percent_encode(finest[1]) if finest else self.stem


def read_link(text: str) -> Identity | None:
    """What a Digital Link URI identifies, None when the text is no such URI.

    The path may begin with segments of the domain's own; from the first key on, everything has to be a qualifier of
    that key, each once and in the order of the standard. The check digit is not verified, see the package.
    """
    match = _URI(text)
    if match is None:
        return None
    segments = match[1].split("/")[-_MOST_SEGMENTS:]
    for start, name in enumerate(segments[:-1]):
        key = KEYS_BY_NAME.get(name)
        if key is not None and (identity := _read(key, segments[start + 1 :])) is not None:
            return identity
    return None


def _read(key: Key, segments: list[str]) -> Identity | None:
    if len(segments) % 2 == 0:
        return None
    decoded = percent_decode(segments[0])
    value = key.normal(decoded) if decoded is not None else None
    if value is None:
        return None
    qualifiers: dict[str, str] = {}
    order = iter(key.qualifiers)
    for name, segment in zip(segments[1::2], segments[2::2], strict=True):
        qualifier = key.by_name.get(name)
        if qualifier is None or qualifier not in order:  # membership consumes: the order of the path is kept
            return None
        text = percent_decode(segment)
        if text is None or not qualifier.accepts(text):
            return None
        qualifiers[qualifier.ai] = text
    return Identity(key, value, qualifiers)
