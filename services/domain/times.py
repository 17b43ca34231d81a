"""Instants as the store and the answers hold them: whole microseconds since 1970-01-01 UTC."""

from datetime import UTC, datetime, timedelta

import msgspec

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds_of(at: datetime) -> int:
    """Microseconds since 1970-01-01 UTC of an aware datetime."""
    delta = at - EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def datetime_of(microseconds: int) -> datetime:
    """The reverse of `microseconds_of`, in UTC."""
    return EPOCH + timedelta(microseconds=microseconds)


def parse_time(text: str) -> datetime:
    """An RFC 3339 time with its offset as datetime; digits beyond the sixth of a second are cut off.

    Raises:
        ValueError: the text is no such time.
    """
    whole, dot, rest = text.partition(".")
    if dot:
        digits = len(rest) - len(rest.lstrip("0123456789"))
        if digits > 6:
            text = f"{whole}.{rest[:6]}{rest[digits:]}"
    try:
        at = msgspec.convert(text, datetime)
    except msgspec.ValidationError as error:
        raise ValueError(f"{text!r} is no RFC 3339 time") from error
    if at.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone offset")
    return at


def microseconds(text: str) -> int:
    """Microseconds since 1970-01-01 UTC of an RFC 3339 time. Raises ValueError."""
    return microseconds_of(parse_time(text))


def rfc3339(microseconds: int) -> str:
    """UTC with `Z`; the fraction only when there is one, without trailing zeros."""
    text = datetime_of(microseconds).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = microseconds % 1_000_000
    return f"{text}.{fraction:06d}".rstrip("0") + "Z" if fraction else text + "Z"
