"""Characters of identifiers: percent-encoding has one canonical form."""

from urllib.parse import quote, unquote_to_bytes

_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~'")


def encoded(value: str) -> str:
    """A value as it stands in a canonical id: unreserved characters and the apostrophe plain, the rest as %XX."""
    return value if _PLAIN.issuperset(value) else quote(value, safe="'")


def decoded(text: str) -> str | None:
    """A percent-encoded value in plain characters; None when it is not ASCII (no GS1 value is)."""
    if "%" not in text:
        return text if text.isascii() else None
    try:
        return unquote_to_bytes(text).decode("ascii")
    except UnicodeError:
        return None
