"""A simulated season as a folder: NDJSON files that are rotated by size, and a manifest with their hashes.

    captures-00000.ndjson …  one EPCISDocument of at most 500 events per line, in the order of delivery
    truth-00000.ndjson …     one answer to "where does it come from" per line, see `truth`
    planted.ndjson           what was planted where, see `notes`
    master.ndjson            master data of every place that occurs and of all trade items
    manifest.json            seed, counts, example units, size, lines and SHA-256 of each file; written last

Nothing in the folder depends on when or where it was made: the same seed and number of events give the same bytes.
"""

from collections.abc import Iterator
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec

from services.usecases.simulation.summary import Stream, Summary

ROTATE_BYTES = 256 * 2**20
"""A file is closed when it has at least this size."""
FORMAT = 1
_ROTATED: frozenset[Stream] = frozenset({"captures", "truth"})


class Sink(Protocol):
    """Where a simulation writes."""

    def write(self, stream: Stream, line: bytes) -> None:
        """Takes one JSON text without a line break."""

    def close(self, summary: Summary) -> None:
        """Takes the summary, after everything else."""


class _Output:
    """The files of one stream."""

    def __init__(self, folder: Path, stream: Stream, rotate: int) -> None:
        self._folder, self._stream, self._rotate = folder, stream, rotate
        self._file: BinaryIO | None = None
        self.done: list[dict[str, object]] = []

    def write(self, line: bytes) -> None:
        if self._file is None:
            number = f"-{len(self.done):05d}" if self._stream in _ROTATED else ""
            self._path = self._folder / f"{self._stream}{number}.ndjson"
            self._file = self._path.open("xb", buffering=2**20)
            self._hash, self._bytes, self._lines = sha256(), 0, 0
        self._file.write(line)
        self._file.write(b"\n")
        self._hash.update(line)
        self._hash.update(b"\n")
        self._bytes += len(line) + 1
        self._lines += 1
        if self._stream in _ROTATED and self._bytes >= self._rotate:
            self.close()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
            known = {"name": self._path.name, "bytes": self._bytes, "lines": self._lines}
            self.done.append(known | {"sha256": self._hash.hexdigest()})


class FolderSink:
    """Writes the folder that this module describes.

    Args:
        folder: made when it is not there; must be empty.
        rotate_bytes: size at which captures and truth files are closed.

    Raises:
        FileExistsError: there is something in the folder already.
    """

    def __init__(self, folder: Path, rotate_bytes: int = ROTATE_BYTES) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise FileExistsError(f"{folder} is not empty: a simulation wants a new folder")
        self._folder, self._rotate = folder, rotate_bytes
        self._outputs: dict[Stream, _Output] = {}

    def write(self, stream: Stream, line: bytes) -> None:
        """Appends one line to the stream's current file."""
        output = self._outputs.get(stream)
        if output is None:
            output = self._outputs[stream] = _Output(self._folder, stream, self._rotate)
        output.write(line)

    def close(self, summary: Summary) -> None:
        """Closes all files and writes the manifest."""
        files: list[dict[str, object]] = []
        for stream in sorted(self._outputs):
            self._outputs[stream].close()
            files.extend(self._outputs[stream].done)
        manifest = {"format": FORMAT, **asdict(summary), "files": files}
        text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
        (self._folder / "manifest.json").write_bytes(text + b"\n")


def stream_captures(folder: Path) -> Iterator[bytes]:
    """The EPCISDocuments of a simulated folder in the order of delivery.

    Raises:
        FileNotFoundError: the folder holds no captures.
    """
    files = sorted(folder.glob("captures-*.ndjson"))
    if not files:
        raise FileNotFoundError(f"{folder} holds no captures-00000.ndjson: is it a simulated season?")
    for file in files:
        with file.open("rb") as lines:
            yield from (line.rstrip(b"\n") for line in lines)
