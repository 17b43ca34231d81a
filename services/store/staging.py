"""Where blocks wait on their way into the embedded store.

clickhouse-connect's chdb backend hands each inserted block over in a file of `tempfile`'s folder. Evidence belongs
neither in the machine's shared folder nor to its quota, so the process's `tempfile` is pointed into the data directory
while the store is open. What a killed process left there was never acknowledged as such: it is removed at opening.
"""

import shutil
import tempfile
from pathlib import Path

FOLDER = "incoming"


class Staging:
    """The folder for blocks in flight, as long as the embedded store is open. The store must be ours alone."""

    def __init__(self, store: Path) -> None:
        """Empties the folder and points `tempfile` to it, unless an open store of this process has done so.

        Raises:
            OSError: the folder cannot be made.
        """
        self._folder = str(store / FOLDER)
        self._before = tempfile.tempdir
        if self._before != self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
        (store / FOLDER).mkdir(mode=0o700, exist_ok=True)
        tempfile.tempdir = self._folder

    def close(self) -> None:
        """Points `tempfile` to where it pointed before."""
        if tempfile.tempdir == self._folder:
            tempfile.tempdir = self._before
