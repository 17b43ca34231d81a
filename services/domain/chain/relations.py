"""From one event to its entries in the index by thing (the relations of a traceability chain).

Backward entries lie under the thing that something was done to; forward entries lie under the container, the input,
the transformation or the lot, and name what is inside it or comes out of it. Everything is a pure function of the
event, so the same event gives the same bytes whenever and however often it comes.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

import msgspec

from services.domain.epcis.context import Context
from services.domain.epcis.events import EVENT_TYPES
from services.domain.epcis.formats import LONGEST_URI, is_uri
from services.domain.identifiers import CANONICAL, Kind, canonical, gtin_of, kind, lot_key, lot_of

LOT_NUMBER = "urn:epcglobal:cbv:mda:lotNumber"
_GTIN = CANONICAL + "01/"
TRANSFORMATION = "\x01"
"""What keys of transformations begin with: no URI does, so nobody can name a thing like one."""


class Role(StrEnum):
    """How an event names a thing; the values are part of the stored entries."""

    EPC = "e"
    QUANTITY = "q"
    CHILD = "c"
    CHILD_QUANTITY = "d"
    PARENT = "p"
    UNPACKED_ALL = "u"
    """The parent of an AggregationEvent DELETE that names no child: everything comes out."""
    INPUT = "i"
    INPUT_QUANTITY = "j"
    OUTPUT = "o"
    OUTPUT_QUANTITY = "n"
    MEMBER = "m"
    """Forward only: an instance whose commissioning names the lot it belongs to."""


class Entry(msgspec.Struct, array_like=True, frozen=True):
    """What an event says about a thing, apart from who else takes part.

    Attributes:
        role: how the event names the thing.
        event_type, action, biz_step, disposition: as in the event, CBV terms short, '' when absent.
        read_point, biz_location: canonical ids, '' when absent.
        declares_error: whether the event carries an errorDeclaration.
    """

    role: Role
    event_type: str
    action: str
    biz_step: str
    disposition: str
    read_point: str
    biz_location: str
    declares_error: bool

    @property
    def unpacks(self) -> bool:
        """Whether it comes before everything else at its instant (CHAIN: order)."""
        return self.event_type == "AggregationEvent" and self.action == "DELETE"


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Entry).decode


@lru_cache(maxsize=16_384)
def pack(entry: Entry) -> bytes:
    """The stored form of an entry: one byte that puts unpacking first, then msgpack. The same entry, the same bytes."""
    return (b"\x00" if entry.unpacks else b"\x01") + _encode(entry)


@lru_cache(maxsize=16_384)
def unpack(packed: bytes) -> Entry:
    """The reverse of `pack`.

    Raises:
        msgspec.DecodeError: the bytes are no entry.
    """
    return _decode(packed[1:])


class Row(NamedTuple):
    """One row of the index, apart from the event's instant and reference.

    Attributes:
        thing: the key under which it lies.
        entry: packed.
        other: key of the other side. Backward: the container (child roles), the transformation (input and output
            roles; the input, under the transformation), the lot (EPC role of a commissioning that names one), else ''.
            Forward: the content, transformation, output or member.
    """

    thing: str
    entry: bytes
    other: str


def thing_key(canonical_id: str) -> str:
    """The key of a thing in the index: its canonical id, without the resolver's name where an AI number follows it."""
    key = canonical_id.removeprefix(CANONICAL)
    return key if key[:1].isdecimal() else canonical_id


def thing_id(key: str) -> str:
    """The canonical id of a key that `thing_key` made (keys that begin with an AI number are GS1's)."""
    return CANONICAL + key if key[:1].isdecimal() else key


def transformation_key(obj: Mapping[str, Any], content: bytes) -> str:
    """The key under which the inputs and outputs of one transformation meet (CHAIN: a shared transformationID).

    Without one an event is its own transformation, named by what it says: the same inputs and outputs said twice under
    two event ids derive the same from the same.
    """
    named = obj.get("transformationID")
    return TRANSFORMATION + (canonical(named) if named else content[:10].hex())


class Group(msgspec.Struct, frozen=True):
    """Things that an event names in one role, with the same other side.

    Attributes:
        role: the role.
        things: canonical ids, in the order of the event.
        other: see `Row.other`.
    """

    role: Role
    things: Sequence[str]
    other: str = ""


def _texts(value: object) -> list[str]:
    """The ids of a list of a standard name; an event of somebody's own type may hold anything under it."""
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _with_ids_only(obj: Mapping[str, Any]) -> Mapping[str, Any]:
    """An event of somebody's own type without the texts that are no URI: nobody could ask for such a thing."""
    found: dict[str, Any] = {"type": obj["type"]}
    for name, value in obj.items():
        if isinstance(value, list):
            found[name] = [one for one in value if _is_id(one["epcClass"] if _has_class(one) else one)]
        elif _is_id(value):
            found[name] = value
    return found


def _has_class(value: object) -> bool:
    return isinstance(value, dict) and "epcClass" in value


def _is_id(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_URI and is_uri(value) is not None


def _things(value: object) -> list[str]:
    """Canonical ids of a list of EPCs."""
    return [canonical(one) for one in _texts(value)]


def _classes(value: object) -> list[str]:
    """Canonical ids of the lots of a quantity list. A class without lot is a product, no thing."""
    elements = value if isinstance(value, list) else []
    ids = [canonical(one) for one in _texts([e.get("epcClass") for e in elements if isinstance(e, dict)])]
    return [i for i in ids if kind(i) is not Kind.CLASS]


def lot_number(obj: Mapping[str, Any], context: Context) -> str:
    """`cbvmda:lotNumber` of the event's ILMD, '' when there is none."""
    for name, value in (obj.get("ilmd") or {}).items():
        if context.expand(name) == LOT_NUMBER and isinstance(value, str):
            return value
    return ""


def _commissioned(epcs: Sequence[str], raw: Sequence[str], lot: str) -> Iterator[Group]:
    """EPC groups of an ObjectEvent ADD: GTINs with serial of a lot carry the lot as the other side."""
    for epc, text in zip(epcs, raw, strict=True):
        gtin = gtin_of(epc) if epc.startswith(_GTIN) and kind(epc) is Kind.INSTANCE else None
        named = lot or (lot_of(text) if gtin and not text.startswith("urn:") else "")  # no URN names both
        yield Group(Role.EPC, (epc,), thing_key(lot_key(gtin, named)) if gtin and named else "")


def groups(obj: Mapping[str, Any], context: Context, content: bytes) -> list[Group]:
    """The backward groups of an event: which things it names, and how.

    Args:
        obj: the decoded, valid JSON object of the event.
        context: its JSON-LD context.
        content: its content digest.
    """
    found: list[Group] = []
    if obj["type"] not in EVENT_TYPES:
        obj = _with_ids_only(obj)
    epcs = _things(obj.get("epcList"))
    quantities = _classes(obj.get("quantityList"))
    event_type, action = obj["type"], obj.get("action")
    if epcs:
        if event_type == "ObjectEvent" and action == "ADD":
            found.extend(_merge(_commissioned(epcs, obj["epcList"], lot_number(obj, context))))
        else:
            found.append(Group(Role.EPC, epcs))
    if quantities:
        found.append(Group(Role.QUANTITY, quantities))
    parent = canonical(given) if isinstance(given := obj.get("parentID"), str) else ""
    children = _things(obj.get("childEPCs"))
    child_lots = _classes(obj.get("childQuantityList"))
    if parent:
        no_child = not obj.get("childEPCs") and not obj.get("childQuantityList")
        everything = event_type == "AggregationEvent" and action == "DELETE" and no_child
        found.append(Group(Role.UNPACKED_ALL if everything else Role.PARENT, (parent,)))
    container = thing_key(parent)
    if children:
        found.append(Group(Role.CHILD, children, container))
    if child_lots:
        found.append(Group(Role.CHILD_QUANTITY, child_lots, container))
    if event_type == "TransformationEvent":
        key = transformation_key(obj, content)
        found.extend(
            Group(role, things, key)
            for role, things in (
                (Role.INPUT, _things(obj.get("inputEPCList"))),
                (Role.INPUT_QUANTITY, _classes(obj.get("inputQuantityList"))),
                (Role.OUTPUT, _things(obj.get("outputEPCList"))),
                (Role.OUTPUT_QUANTITY, _classes(obj.get("outputQuantityList"))),
            )
            if things
        )
    return found


def _merge(singles: Iterator[Group]) -> Iterator[Group]:
    """Neighbouring groups with the same role and other side as one."""
    things: list[str] = []
    last: Group | None = None
    for group in singles:
        if last is not None and group.other != last.other:
            yield Group(last.role, things, last.other)
            things = []
        things.extend(group.things)
        last = group
    if last is not None:
        yield Group(last.role, things, last.other)


INTO = frozenset({Role.INPUT, Role.INPUT_QUANTITY})
OUT_OF = frozenset({Role.OUTPUT, Role.OUTPUT_QUANTITY, Role.CHILD, Role.CHILD_QUANTITY})


def backward(found: Sequence[Group], said: Entry) -> Iterator[Row]:
    """Rows of the backward index; `said` is the event's entry, whatever its role.

    A transformation's inputs are listed under the transformation too, so that the way back is: output, transformation,
    inputs, and a transformation of n inputs and m outputs costs n + m rows and not n × m.
    """
    for group in found:
        packed = pack(in_role(said, group.role))
        for thing in group.things:
            yield Row(thing_key(thing), packed, group.other)
        if group.role in INTO:
            for thing in group.things:
                yield Row(group.other, packed, thing_key(thing))


def forward(found: Sequence[Group], said: Entry) -> Iterator[Row]:
    """Rows of the forward index; `said` as in `backward`."""
    for group in found:
        packed = pack(in_role(said, group.role))
        if group.role in INTO:
            for thing in group.things:
                yield Row(thing_key(thing), packed, group.other)
        elif group.role in OUT_OF:
            for thing in group.things if group.other else ():  # an OBSERVE may leave its container out
                yield Row(group.other, packed, thing_key(thing))
        elif group.role is Role.UNPACKED_ALL:
            yield Row(thing_key(group.things[0]), packed, "")
        elif group.other:
            member = pack(in_role(said, Role.MEMBER))
            for thing in group.things:
                yield Row(group.other, member, thing_key(thing))


def in_role(said: Entry, role: Role) -> Entry:
    """The same entry in another role."""
    return Entry(
        role,
        said.event_type,
        said.action,
        said.biz_step,
        said.disposition,
        said.read_point,
        said.biz_location,
        said.declares_error,
    )


def things(found: Sequence[Group]) -> list[str]:
    """Canonical ids of all things that the event names, in order, each once."""
    return list(dict.fromkeys(chain.from_iterable(g.things for g in found)))
