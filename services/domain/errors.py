"""Plain domain errors. They know nothing of HTTP; one table in the API maps them to RFC 9457 problems."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is wrong with an input.

    Attributes:
        pointer: RFC 6901 JSON pointer to the place, "" for the whole input.
        value: what stands there, as JSON text, at most 200 characters.
        expected: what was expected, in words.
    """

    pointer: str
    value: str
    expected: str

    def __str__(self) -> str:
        return f"{self.pointer or '/'}: expected {self.expected}, got {self.value}"


class TianzhuoError(Exception):
    """Base of every error that the product raises on purpose."""


class InvalidDocument(TianzhuoError):
    """An input that cannot be accepted; `violations` (never empty) says where and why."""

    def __init__(self, violations: list[Violation]) -> None:
        super().__init__("; ".join(map(str, violations[:3])))
        self.violations = violations


class TooManyEvents(TianzhuoError):
    """A document holds more events than one capture may."""

    def __init__(self, events: int, limit: int) -> None:
        super().__init__(f"the document holds {events} events, one capture takes {limit}")


class InvalidIdentifier(TianzhuoError):
    """A text that is no identifier in any accepted form.

    Attributes:
        text: the text as given.
        expected: what was expected, in words.
    """

    def __init__(self, text: str, expected: str) -> None:
        super().__init__(f"{text!r} is not {expected}")
        self.text = text
        self.expected = expected
