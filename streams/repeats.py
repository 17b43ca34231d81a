"""Which events came before: a memory of the last ones, of fixed size, asked once for each block.

Asking the store instead would be a read of ten thousand random keys for each block, which takes as long as storing it.
"""

from collections.abc import Sequence

import numpy as np

SLOTS = 1 << 20
"""How many events are remembered, about; 8 bytes each."""


class Repeats:
    """Remembers the keys of events that were stored. An event goes where its key's last bits point, over an older one.

    So it may forget, the older the likelier, and never takes a new event for an old one while their keys differ.
    """

    def __init__(self, slots: int = SLOTS) -> None:
        """Remembers nothing yet.

        Args:
            slots: how many; a power of two.
        """
        self._slots = np.zeros(slots, dtype=np.uint64)
        self._mask = np.uint64(slots - 1)

    def count(self, keys: Sequence[bytes]) -> int:
        """How many of these were there before, or stand among them a second time. Remembers them.

        Args:
            keys: 8 bytes of each event that was stored.
        """
        found = np.sort(np.frombuffer(b"".join(keys), dtype="<u8"))
        once = found[np.diff(found, prepend=~found[:1]) != 0]  # many times faster than np.unique, which hashes
        places = once & self._mask
        first = int(np.count_nonzero(self._slots[places] != once))
        self._slots[places] = once
        return len(found) - first

    def forget(self) -> None:
        """What is read again from now on is no repetition."""
        self._slots.fill(0)
