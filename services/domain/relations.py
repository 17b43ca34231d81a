"""From one event to its entries in the index by thing (the relations of a traceability chain).

Backward entries lie under the thing that something was done to; forward entries lie under the container, the input,
the transformation or the lot, and name what is inside it or comes out of it. Everything is a pure function of the
event, so the same event gives the same bytes whenever and however often it comes.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import chain
from typing import Any, NamedTuple

import msgspec

from services.domain.context import Context
from services.domain.identifiers import CANONICAL, Kind, canonical, gtin_of, kind, lot_key, lot_of

LOT_NUMBER = "urn:epcglobal:cbv:mda:lotNumber"


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
    """What one event says about one thing, as far as a chain needs it.

    Attributes:
        event_id: eventID, the emitter's or the event hash.
        content: the first 2 bytes of the event's content digest: enough to tell an entry whose event was never stored
            from that of another content under the same event id.
        role: how the event names the thing.
        other: backward: the container (child roles), the transformation key (input and output roles), the lot (EPC
            role of a commissioning that names one), else ''. Forward: the content, output, transformation or member.
        event_type, action, biz_step, disposition: as in the event, CBV terms short, '' when absent.
        read_point, biz_location: canonical ids, '' when absent.
        declares_error: whether the event carries an errorDeclaration.
    """

    event_id: str
    content: bytes
    role: Role
    other: str
    event_type: str
    action: str
    biz_step: str
    disposition: str
    read_point: str
    biz_location: str
    declares_error: bool


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[Role, str, str, str, str, str, str, str, bool]).decode


class Packed(NamedTuple):
    """The stored form of an entry, in two columns: what is random compresses badly, so it stands apart.

    Attributes:
        event: 2 bytes of the content digest, then the event id, packed.
        entry: one byte that puts unpacking before everything else at an instant, then what the event says as msgpack.
    """

    event: bytes
    entry: bytes


def pack(entry: Entry) -> Packed:
    """The stored form of an entry: the same entry, the same bytes."""
    unpacking = entry.event_type == "AggregationEvent" and entry.action == "DELETE"
    said = (
        entry.role,
        entry.other,
        entry.event_type,
        entry.action,
        entry.biz_step,
        entry.disposition,
        entry.read_point,
        entry.biz_location,
        entry.declares_error,
    )
    return Packed(
        entry.content[:2] + pack_event_id(entry.event_id), (b"\x00" if unpacking else b"\x01") + _encode(said)
    )


def unpack(event: bytes, entry: bytes) -> Entry:
    """The reverse of `pack`.

    Raises:
        msgspec.DecodeError: the bytes are no entry.
    """
    return Entry(unpack_event_id(event[2:]), event[:2], *_decode(entry[1:]))


_UUID = re.compile(r"urn:uuid:([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})")
_HASH = re.compile(r"ni:///sha-256;([0-9a-f]{64})\?ver=CBV2\.0")


def pack_event_id(event_id: str) -> bytes:
    """An event id in few bytes: UUIDs and event hashes as binary behind one byte, anything else as it is."""
    if (match := _UUID.fullmatch(event_id)) is not None:
        return b"\x01" + bytes.fromhex("".join(match.groups()))
    if (match := _HASH.fullmatch(event_id)) is not None:
        return b"\x02" + bytes.fromhex(match[1])
    return event_id.encode()


def unpack_event_id(packed: bytes) -> str:
    """The reverse of `pack_event_id`."""
    if packed[:1] == b"\x01":
        digits = packed[1:].hex()
        return f"urn:uuid:{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
    if packed[:1] == b"\x02":
        return f"ni:///sha-256;{packed[1:].hex()}?ver=CBV2.0"
    return packed.decode()


def thing_key(canonical_id: str) -> str:
    """The key of a thing in the index: its canonical id, without the resolver's name when it is GS1's."""
    return canonical_id.removeprefix(CANONICAL)


def thing_id(key: str) -> str:
    """The canonical id of a key that `thing_key` made (keys that begin with an AI number are GS1's)."""
    return CANONICAL + key if key[:1].isdigit() else key


def transformation_key(obj: Mapping[str, Any], event_id: str) -> str:
    """The key under which the inputs and outputs of one transformation meet (CHAIN: a shared transformationID)."""
    return "tf:" + canonical(str(obj.get("transformationID") or event_id))


class Group(msgspec.Struct, frozen=True):
    """Things that an event names in one role, with the same other side.

    Attributes:
        role: the role.
        things: canonical ids, in the order of the event.
        other: see `Entry.other`.
    """

    role: Role
    things: Sequence[str]
    other: str = ""


def _classes(quantities: Sequence[Mapping[str, Any]] | None) -> list[str]:
    """The lots of a quantity list. A class without lot is a product, no thing."""
    ids = (canonical(q["epcClass"]) for q in quantities or ())
    return [i for i in ids if kind(i) is not Kind.CLASS]


def lot_number(obj: Mapping[str, Any], context: Context) -> str:
    """`cbvmda:lotNumber` of the event's ILMD, '' when there is none."""
    for name, value in (obj.get("ilmd") or {}).items():
        if context.expand(name) == LOT_NUMBER and isinstance(value, str):
            return value
    return ""


def _commissioned(epcs: Sequence[str], raw: Sequence[str], lot: str) -> Iterator[Group]:
    """EPC groups of an ObjectEvent ADD: instances of a lot carry the lot as the other side."""
    for epc, text in zip(epcs, raw, strict=True):
        gtin = gtin_of(epc) if kind(epc) is Kind.INSTANCE else None
        named = lot or (lot_of(text) if gtin else "")
        yield Group(Role.EPC, (epc,), thing_key(lot_key(gtin, named)) if gtin and named else "")


def groups(obj: Mapping[str, Any], context: Context, event_id: str) -> list[Group]:
    """The backward groups of an event: which things it names, and how.

    Args:
        obj: the decoded, valid JSON object of the event.
        context: its JSON-LD context.
        event_id: its event id.
    """
    found: list[Group] = []
    epcs = [canonical(e) for e in obj.get("epcList") or ()]
    quantities = _classes(obj.get("quantityList"))
    event_type, action = obj["type"], obj.get("action")
    if epcs:
        if event_type == "ObjectEvent" and action == "ADD":
            found.extend(_merge(_commissioned(epcs, obj["epcList"], lot_number(obj, context))))
        else:
            found.append(Group(Role.EPC, epcs))
    if quantities:
        found.append(Group(Role.QUANTITY, quantities))
    parent = obj.get("parentID")
    children = [canonical(e) for e in obj.get("childEPCs") or ()]
    child_lots = _classes(obj.get("childQuantityList"))
    if parent:
        parent = canonical(parent)
        no_child = not obj.get("childEPCs") and not obj.get("childQuantityList")
        everything = event_type == "AggregationEvent" and action == "DELETE" and no_child
        found.append(Group(Role.UNPACKED_ALL if everything else Role.PARENT, (parent,)))
    container = thing_key(parent or "")
    if children:
        found.append(Group(Role.CHILD, children, container))
    if child_lots:
        found.append(Group(Role.CHILD_QUANTITY, child_lots, container))
    if event_type == "TransformationEvent":
        key = transformation_key(obj, event_id)
        found.extend(
            Group(role, things, key)
            for role, things in (
                (Role.INPUT, [canonical(e) for e in obj.get("inputEPCList") or ()]),
                (Role.INPUT_QUANTITY, _classes(obj.get("inputQuantityList"))),
                (Role.OUTPUT, [canonical(e) for e in obj.get("outputEPCList") or ()]),
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


def backward(found: Sequence[Group], base: Entry) -> Iterator[tuple[str, Packed]]:
    """(thing key, packed entry) rows of the backward index; `base` is the event's entry, role and other side aside.

    A transformation's inputs are listed under the transformation too, so that the way back is: output, transformation,
    inputs, and a transformation of n inputs and m outputs costs n + m rows and not n × m.
    """
    for group in found:
        packed = pack(msgspec.structs.replace(base, role=group.role, other=group.other))
        for thing in group.things:
            yield thing_key(thing), packed
        if group.role in INTO:
            for thing in group.things:
                yield group.other, pack(msgspec.structs.replace(base, role=group.role, other=thing_key(thing)))


def forward(found: Sequence[Group], base: Entry) -> Iterator[tuple[str, Packed]]:
    """(thing key, packed entry) rows of the forward index."""
    for group in found:
        if group.role in INTO:
            packed = pack(msgspec.structs.replace(base, role=group.role, other=group.other))
            for thing in group.things:
                yield thing_key(thing), packed
        elif group.role in OUT_OF:
            for thing in group.things:
                yield group.other, pack(msgspec.structs.replace(base, role=group.role, other=thing_key(thing)))
        elif group.role is Role.UNPACKED_ALL:
            yield thing_key(group.things[0]), pack(msgspec.structs.replace(base, role=group.role, other=""))
        elif group.other:
            for thing in group.things:
                yield group.other, pack(msgspec.structs.replace(base, role=Role.MEMBER, other=thing_key(thing)))


def things(found: Sequence[Group]) -> list[str]:
    """Canonical ids of all things that the event names, in order, each once."""
    return list(dict.fromkeys(chain.from_iterable(g.things for g in found)))
