"""Checks JSON values against the annotated types, and says in words everything that is wrong with them.

Each type is compiled once into a tree of nodes. A good value costs one `msgspec.convert` and `holds`, which checks what
msgspec cannot (names of further members, unique items, strict times). A bad one is walked again by `explain`, which
reports every place; so the accepted language and the words come from the same annotations.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, UnsetType

from services.domain.epcis.events import OpenPart, Part
from services.domain.epcis.formats import NAME_WORDS, NUMBER_WORDS, is_strict_time, is_uri
from services.domain.errors import Violation

ABSENT = "absent"
MOST_VIOLATIONS = 50  # of one event or envelope: a hostile one must not fill the answer
_LONGEST = 200
_LARGEST = 1.7976931348623157e308


def short_json(value: object) -> str:
    """A value as JSON text of at most 200 characters, cut with an ellipsis."""
    if isinstance(value, str):
        value = value[:_LONGEST]
    text = json.dumps(value, ensure_ascii=False, default=str).encode("utf-8", "replace").decode()
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def step(pointer: str, name: str | int) -> str:
    """The RFC 6901 pointer to a member or element of what `pointer` points to; endless names are cut (…)."""
    text = str(name)
    if len(text) > _LONGEST:
        text = text[: _LONGEST - 1] + "…"
    return f"{pointer}/{text.replace('~', '~0').replace('/', '~1')}"


def _frozen(value: Any) -> object:
    """A hashable twin of a JSON value: equal exactly when JSON Schema calls the values equal (1 is 1.0, not true)."""
    if isinstance(value, dict):
        return frozenset((name, _frozen(item)) for name, item in value.items())
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    return (bool, value) if isinstance(value, bool) else value


def _numbers_fit(values: Iterable[Any]) -> bool:
    """Whether every number inside the values is within the range of a 64-bit float."""
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if isinstance(value, int | float):
            if not -_LARGEST <= value <= _LARGEST:
                return False
        elif isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return True


@dataclass
class Node:
    """One place in the tree of a type. `deep`: `holds` has something to check here or below."""

    words: str = ""
    deep: bool = False

    def holds(self, _value: Any, _built: Any, /) -> bool:
        """Whether a value that msgspec has accepted, and turned into `built`, is right in the rest too."""
        return True

    def explain(self, value: Any, pointer: str, found: list[Violation]) -> None:
        """Adds what is wrong with any value, up to MOST_VIOLATIONS in all."""

    def reject(self, value: object, pointer: str, found: list[Violation]) -> None:
        """Adds that the value as a whole is wrong."""
        if len(found) < MOST_VIOLATIONS:
            found.append(Violation(pointer, short_json(value), self.words))


@dataclass
class Leaf(Node):
    """A text, number, truth value or time."""

    type: Any = None
    is_time: bool = False

    def __post_init__(self) -> None:
        self.deep = self.is_time

    def holds(self, value: str, built: datetime, /) -> bool:
        """Whether a time is RFC 3339 to the letter and in range; nothing else gets here."""
        return is_strict_time(value, built)

    def explain(self, value: Any, pointer: str, found: list[Violation]) -> None:
        """Adds the value if it is not of the type."""
        try:
            built = msgspec.convert(value, self.type)
        except (msgspec.ValidationError, UnicodeEncodeError):  # the latter: half of a surrogate pair
            self.reject(value, pointer, found)
        else:
            if self.is_time and not is_strict_time(value, built):
                self.reject(value, pointer, found)


@dataclass
class Sequence(Node):
    """A list."""

    item: Node = field(default_factory=Node)
    least: int = 0
    unique: bool = False

    def __post_init__(self) -> None:
        self.deep = self.unique or self.item.deep

    def holds(self, value: list[Any], built: list[Any], /) -> bool:
        """Whether items that must be unique are, and the items hold."""
        if self.unique and len(value) > 1 and len(set(map(_frozen, value))) != len(value):
            return False
        return not self.item.deep or all(map(self.item.holds, value, built))

    def explain(self, value: Any, pointer: str, found: list[Violation]) -> None:
        """Adds a value that is no such list, or what is wrong with its items."""
        if not isinstance(value, list) or len(value) < self.least:
            self.reject(value, pointer, found)
            return
        seen: dict[object, int] = {}
        for index, item in enumerate(value):
            if len(found) >= MOST_VIOLATIONS:
                return
            place = step(pointer, index)
            self.item.explain(item, place, found)
            if self.unique and (first := seen.setdefault(_frozen(item), index)) != index:
                again = f"each element only once (it equals element {first})"
                found.append(Violation(place, short_json(item), again))


@dataclass
class Names(Node):
    """An object whose members are free but for their names, which are URIs."""

    deep: bool = True

    def holds(self, value: dict[str, Any], _built: Any, /) -> bool:
        """Whether the names are URIs and the numbers in range."""
        return all(map(is_uri, value)) and _numbers_fit(value.values())

    def explain(self, value: Any, pointer: str, found: list[Violation]) -> None:
        """Adds a value that is no object, or its members that are misnamed."""
        if isinstance(value, dict):
            _explain_extensions(value, value, "uri", pointer, found)
        else:
            self.reject(value, pointer, found)


@dataclass
class Choice(Node):
    """A text, an object, a number or a list, whichever of them the type allows."""

    as_text: Node | None = None
    as_object: bool = False
    as_number: bool = False
    as_list: Node | None = None
    deep: bool = True

    def holds(self, value: Any, _built: Any, /) -> bool:
        """Whether nothing is wrong: msgspec has checked nothing of it."""
        found: list[Violation] = []
        self.explain(value, "", found)
        return not found

    def explain(self, value: Any, pointer: str, found: list[Violation]) -> None:
        """Adds what is wrong with the form that the value has."""
        if isinstance(value, str) and self.as_text:
            before = len(found)
            self.as_text.explain(value, pointer, found)
            if len(found) > before:
                found[before:] = [Violation(pointer, short_json(value), self.words)]
        elif isinstance(value, list) and self.as_list:
            self.as_list.explain(value, pointer, found)
        elif isinstance(value, int | float) and not isinstance(value, bool) and self.as_number:
            explain_numbers(value, pointer, found)
        elif not (isinstance(value, dict) and self.as_object):
            self.reject(value, pointer, found)


@dataclass
class Field:
    """A member of an object: its attribute in the struct, whether it must be there, and its node."""

    attribute: str
    required: bool
    node: Node


@dataclass
class Object(Node):
    """An object with a struct for a type."""

    shape: type[Part] = Part
    fields: dict[str, Field] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.known = frozenset(self.fields)
        self.members = self.shape.MEMBERS
        self.below = [(name, held.attribute, held.node.holds) for name, held in self.fields.items() if held.node.deep]
        self.deep = bool(self.below) or self.members != "closed"
        required = [name for name, held in self.fields.items() if held.required]
        self.words = "an object" + (f" with {', '.join(required)}" if required else "")

    def holds(self, value: dict[str, Any], built: Any, /) -> bool:
        """Whether further members and all below are right; puts further members into `extensions`."""
        if not value.keys() <= self.known and not self._take_extensions(value, built):
            return False
        for name, attribute, holds in self.below:
            if name in value and not holds(value[name], getattr(built, attribute)):
                return False
        return True

    def _take_extensions(self, value: dict[str, Any], built: OpenPart) -> bool:
        extra = {name: item for name, item in value.items() if name not in self.known}
        if self.members == "uri" and not all(map(is_uri, extra)):
            return False
        built.extensions.update(extra)
        return _numbers_fit(extra.values())

    def explain(self, value: Any, pointer: str, found: list[Violation]) -> None:
        """Adds a value that is no object, or what is wrong with its members."""
        if not isinstance(value, dict):
            self.reject(value, pointer, found)
            return
        for name, held in self.fields.items():
            if name in value:
                held.node.explain(value[name], step(pointer, name), found)
            elif held.required and len(found) < MOST_VIOLATIONS:
                found.append(Violation(step(pointer, name), ABSENT, held.node.words))
        _explain_extensions(value, value.keys() - self.known, self.members, pointer, found)


def _explain_extensions(
    value: dict[str, Any], names: Iterable[str], members: str, pointer: str, found: list[Violation]
) -> None:
    for name in sorted(names):
        if len(found) >= MOST_VIOLATIONS:
            return
        place = step(pointer, name)
        if members == "closed":
            found.append(Violation(place, short_json(value[name]), "no such member: this object takes no extensions"))
        elif members == "uri" and not is_uri(name):
            found.append(Violation(place, short_json(value[name]), NAME_WORDS))
        elif not _numbers_fit([value[name]]):
            explain_numbers(value[name], place, found)


def explain_numbers(value: Any, pointer: str, found: list[Violation]) -> None:
    """Adds every number inside a JSON value that is beyond the range of a 64-bit float."""
    if isinstance(value, dict | list):
        for name, item in value.items() if isinstance(value, dict) else enumerate(value):
            explain_numbers(item, step(pointer, name), found)
    elif not _numbers_fit([value]) and len(found) < MOST_VIOLATIONS:
        found.append(Violation(pointer, short_json(value), NUMBER_WORDS))


@cache
def node_of(hint: Any) -> Node:
    """The node of a type hint: a struct, list, annotated leaf, or one of them or UNSET."""
    words, extra, least = "", dict[str, Any](), 0
    kind = hint
    while get_origin(kind) in (Annotated, Union, UnionType):
        if get_origin(kind) is Annotated:
            kind, *notes = get_args(kind)
            for note in (note for note in notes if isinstance(note, Meta)):
                words, extra, least = note.description or words, note.extra or extra, note.min_length or least
        else:
            (kind,) = [part for part in get_args(kind) if part is not UnsetType]
    if extra.keys() & {"text", "list"}:
        several = extra.get("list")
        return Choice(
            words,
            as_text=node_of(extra["text"]),
            as_object="object" in extra,
            as_number="number" in extra,
            as_list=several and node_of(several),
        )
    if "uri_names" in extra:
        return Names(words)
    if get_origin(kind) is list:
        least_words = f" of at least {least} element" if least else ""
        return Sequence(
            words or f"a list{least_words}", item=node_of(get_args(kind)[0]), least=least, unique="unique" in extra
        )
    if isinstance(kind, type) and issubclass(kind, Part):
        return _object_of(kind)
    return Leaf(words, type=hint, is_time=kind is datetime) if kind is not Any else Node()


def _object_of(kind: type[Part]) -> Object:
    hints = get_type_hints(kind, include_extras=True)
    fields = {
        one.encode_name: Field(one.name, one.required, node_of(hints[one.name])) for one in msgspec.structs.fields(kind)
    }
    return Object(shape=kind, fields=fields)
