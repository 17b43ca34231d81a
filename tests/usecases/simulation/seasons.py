"""Simulated seasons for tests, written to a folder and read back."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.usecases.simulation import FolderSink, Summary, simulate, stream_captures

Json = dict[str, Any]


def events_of(documents: Iterable[bytes]) -> list[Json]:
    """All events of the documents, in the order of delivery."""
    return [event for text in documents for event in json.loads(text)["epcisBody"]["eventList"]]


@dataclass(frozen=True)
class Season:
    """A simulated folder and what it holds."""

    folder: Path
    summary: Summary
    documents: list[Json]
    truth: list[Json]
    planted: list[Json]
    master: list[Json]

    @property
    def events(self) -> list[Json]:
        return [event for document in self.documents for event in document["epcisBody"]["eventList"]]


def lines(folder: Path, stream: str) -> list[Json]:
    return [
        json.loads(line) for file in sorted(folder.glob(f"{stream}*.ndjson")) for line in file.read_bytes().splitlines()
    ]


def run(folder: Path, seed: int, events: int, **options: Any) -> Season:
    summary = simulate(seed, events, FolderSink(folder), **options)
    documents = [json.loads(text) for text in stream_captures(folder)]
    return Season(folder, summary, documents, *(lines(folder, s) for s in ("truth", "planted", "master")))
