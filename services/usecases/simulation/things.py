"""The identified things of one wave: numbered from 0, each with a class, a trade item or owner, and a serial."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from services.usecases.simulation import gs1
from services.usecases.simulation.catalogue import lot_stem, meal_item, serial_stem
from services.usecases.simulation.geography import COUNTIES
from services.usecases.simulation.gs1 import Both, Ints

OPERATOR = COUNTIES
"""Owner number of the operator in Suzhou; 0 to 12 are the counties."""


class Cls(IntEnum):
    """Classes of things; those up to MEAL_LOT are lots."""

    RAW_LOT = 0
    MIXED_LOT = 1
    GRADED_LOT = 2
    PACK_LOT = 3
    MEAL_LOT = 4
    PACK = 5
    CARTON_SSCC = 6
    CARTON_SGTIN = 7
    PALLET = 8
    STORE_PALLET = 9
    CRATE = 10
    TOTE = 11
    LOGGER = 12


def span(cls: Cls) -> int:
    """How many serials of a class a wave may use; wave w uses those from w × span on."""
    return 2**13 if cls is Cls.PACK else 2**10


_LETTER = {Cls.RAW_LOT: "H", Cls.MIXED_LOT: "M", Cls.GRADED_LOT: "G", Cls.PACK_LOT: "P", Cls.MEAL_LOT: "Q"}
_EXTENSION = {Cls.CARTON_SSCC: 1, Cls.PALLET: 3, Cls.STORE_PALLET: 3}
"""Extension digit of an SSCC: keeps the number ranges of one company apart."""


class Things:
    """A growing table of things.

    Attributes:
        wave: number of the wave; part of every serial, so that waves never share a thing.
        cls: class of each thing (`Cls`).
        item: trade item of lots, packs and SGTIN cartons, owner number of the others.
        serial: number that becomes the serial or lot number.
    """

    def __init__(self, wave: int) -> None:
        self.wave = wave
        self._cls: list[NDArray[np.int8]] = []
        self._item: list[Ints] = []
        self._serial: list[Ints] = []
        self._made = [0] * len(Cls)
        self.count = 0

    def new(self, cls: Cls, item: Ints, serial: Ints | None = None) -> Ints:
        """Numbers of new things, one per element of `item`; serials run on unless given.

        Raises:
            OverflowError: the wave holds more things of this class than a wave has serials.
        """
        n = len(item)
        first = self._made[cls]
        if first + n > span(cls):
            raise OverflowError(f"a wave has at most {span(cls)} serials of {cls.name}")
        self._made[cls] += n
        if serial is None:
            serial = self.wave * span(cls) + np.arange(first, first + n, dtype=np.int64)
        self._cls.append(np.full(n, cls, np.int8))
        self._item.append(item.astype(np.int64))
        self._serial.append(serial)
        self.count += n
        return np.arange(self.count - n, self.count, dtype=np.int64)

    @property
    def cls(self) -> NDArray[np.int8]:
        """Class of each thing."""
        return np.concatenate(self._cls)

    @property
    def serial_texts(self) -> list[str]:
        """The serial or lot number of each thing as text ('' for SSCCs, whose serial is part of the number)."""
        texts: list[str] = []
        for cls, serial in zip(self._cls, self._serial, strict=True):
            if len(cls):
                texts.extend(_serials(Cls(int(cls[0])), serial))
        return texts

    def texts(self) -> tuple[list[str], list[str]]:
        """The ids of all things: as EPC URNs, and as canonical Digital Links."""
        urns: list[str] = []
        links: list[str] = []
        for classes, items, serials in zip(self._cls, self._item, self._serial, strict=True):
            if not len(classes):
                continue
            cls = Cls(int(classes[0]))
            if cls in _EXTENSION:
                both = _sscc_texts(cls, items, serials)
            else:
                stems = {i: _stem(cls, i) for i in np.unique(items).tolist()}
                ends = list(zip(items.tolist(), _serials(cls, serials), strict=True))
                both = [stems[i].urn + s for i, s in ends], [stems[i].link + s for i, s in ends]
            urns.extend(both[0])
            links.extend(both[1])
        return urns, links


def _prefix(owner: int) -> str:
    return gs1.OPERATOR_PREFIX if owner == OPERATOR else gs1.county_prefix(owner)


def _serials(cls: Cls, serials: Ints) -> list[str]:
    if cls in _LETTER:
        letter = _LETTER[cls]
        return [f"{letter}{s:09d}" for s in serials.tolist()]
    if cls in _EXTENSION:
        return [""] * len(serials)
    if cls is Cls.LOGGER:
        return [f"LOG{s:09d}" for s in serials.tolist()]
    if cls is Cls.PACK:
        # A random serial has its top bit set: 15 hexadecimal digits. A sequence is a number of 12 digits.
        return [f"{s:015X}" if s >= 2**59 else f"{s:012d}" for s in serials.tolist()]
    return [str(s) for s in serials.tolist()]


def _stem(cls: Cls, item: int) -> Both:
    if cls <= Cls.MEAL_LOT:
        return lot_stem(meal_item() if cls is Cls.MEAL_LOT else item)
    if cls in (Cls.PACK, Cls.CARTON_SGTIN):
        return serial_stem(item)
    if cls is Cls.LOGGER:
        return gs1.giai_stem(_prefix(item))
    return gs1.grai_stem(_prefix(item), 1 if cls is Cls.CRATE else 2)


def _sscc_texts(cls: Cls, owners: Ints, serials: Ints) -> tuple[list[str], list[str]]:
    urns, links = [""] * len(owners), [""] * len(owners)
    for owner in np.unique(owners).tolist():
        mine = np.flatnonzero(owners == owner)
        for i, urn, link in zip(mine.tolist(), *gs1.ssccs(_prefix(owner), _EXTENSION[cls], serials[mine]), strict=True):
            urns[i], links[i] = urn, link
    return urns, links
