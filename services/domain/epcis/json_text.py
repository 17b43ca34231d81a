"""Decodes JSON text once, bounded, and says where it breaks when it does."""

import json
import re
from typing import Any

import msgspec

from services.domain.epcis.repeats import check_unique
from services.domain.epcis.structure import explain_numbers, short_json
from services.domain.errors import InvalidDocument, Violation

# A declared limit: EPCIS needs fewer than 10 levels; extensions rarely need 10 more.
DEEPEST = 64

_DECODE = msgspec.json.Decoder().decode
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_AT_BYTE = re.compile(r"(?:JSON is malformed: )?(?P<reason>.*?) \(byte (?P<byte>\d+)\)")
_LONE_SURROGATE = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])")


def decode_unique(text: bytes) -> Any:
    """As `decode`, and no object has two members of one name.

    Raises:
        InvalidDocument: as `decode`; or names the members.
    """
    value = decode(text)
    check_unique(text, value)
    return value


def decode(
    text: bytes, pointer: str = "", whole: bytes | None = None, start: int = 0, deepest: int | None = DEEPEST
) -> Any:
    """The value of a JSON text (RFC 8259, UTF-8): numbers finite, objects and arrays not too deep.

    Of members that are given twice the last one counts: see `decode_unique`.

    Args:
        text: what to decode.
        pointer: where it stands in its document, for the error.
        whole: the document that it was cut out of at byte `start`, for the error's line and column.
        start: see `whole`.
        deepest: how many objects and arrays may be inside each other; None when that is checked already.

    Raises:
        InvalidDocument: it is not such a text; says where it breaks.
    """
    try:
        value = _DECODE(text)
    except RecursionError:
        raise InvalidDocument([_too_deep(text, pointer)]) from None
    except msgspec.ValidationError:
        raise InvalidDocument(_out_of_range(text, pointer)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidDocument([_broken(text, error, text if whole is None else whole, start)]) from None
    if deepest is not None and text.count(b"{") + text.count(b"[") > deepest and _is_deeper(value, deepest):
        raise InvalidDocument([_too_deep(text, pointer)])
    return value


def check_bytes(body: bytes) -> None:
    """Refuses what UTF-8 JSON never has: a byte order mark, a NUL byte (which the frame of a document relies on).

    Raises:
        InvalidDocument: says what stands where.
    """
    if body.startswith(_BYTE_ORDER_MARK):
        words = "UTF-8 without a byte order mark (it starts with the bytes EF BB BF)"
        raise InvalidDocument([Violation("", _around(body, 0), words)])
    if (nul := body.find(b"\0")) >= 0:
        raise InvalidDocument([_syntax(body, nul, "a NUL byte (UTF-16 or UTF-32 is not accepted)")])


def _is_deeper(value: Any, deepest: int) -> bool:
    level = [value]
    for _ in range(deepest):
        level = [
            item
            for held in level
            for item in (held.values() if isinstance(held, dict) else held)
            if isinstance(item, dict | list)
        ]
        if not level:
            return False
    return True


def _too_deep(text: bytes, pointer: str) -> Violation:
    return Violation(pointer, _around(text, 0), f"at most {DEEPEST} objects and arrays inside each other")


def _out_of_range(text: bytes, pointer: str) -> list[Violation]:
    found: list[Violation] = []
    try:
        numbers = json.loads(text, parse_int=lambda digits: int(digits) if len(digits) < 300 else float(digits))
        explain_numbers(numbers, pointer, found)
    except RecursionError:
        return [_too_deep(text, pointer)]
    except ValueError:
        pass  # what follows the number is broken too
    return found or [Violation(pointer, _around(text, 0), "numbers within the range of a 64-bit float")]


def _broken(text: bytes, error: Exception, whole: bytes, start: int) -> Violation:
    if isinstance(error, UnicodeDecodeError):
        try:
            text.decode()
        except UnicodeDecodeError as invalid:
            return _syntax(whole, start + invalid.start, "a byte that is not UTF-8")
    if lone := _LONE_SURROGATE.search(text):
        return _syntax(whole, start + lone.start(), "half of a surrogate pair, which is no character")
    if found := _AT_BYTE.search(str(error)):
        past = found["reason"] == "trailing characters"  # msgspec counts these from 1
        return _syntax(whole, start + int(found["byte"]) - past, found["reason"])
    return _syntax(whole, start + len(text), "it ends too early")


def _syntax(whole: bytes, byte: int, reason: str) -> Violation:
    line = whole.count(b"\n", 0, byte) + 1
    column = byte - whole.rfind(b"\n", 0, byte)
    words = f"JSON text in UTF-8 (RFC 8259); it breaks at line {line}, column {column} (byte {byte}): {reason}"
    return Violation("", _around(whole, byte), words)


def _around(text: bytes, byte: int) -> str:
    return short_json(text[max(0, byte - 20) : byte + 20].decode("utf-8", "replace"))
