"""Runs in the reference implementation's own environment: hashes the documents of a file, one a line."""

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any


def _hashes(lines: list[bytes]) -> list[str]:
    # Only its own environment has the package.
    hash_generator = importlib.import_module("epcis_event_hash_generator.hash_generator")
    json_to_py = importlib.import_module("epcis_event_hash_generator.json_to_py")

    found: list[str] = []
    for line in lines:
        events = json_to_py.event_list_from_epcis_document_json(json.loads(line))
        found += hash_generator.epcis_hashes_from_events(events)
    return found


def reply(file: str) -> dict[str, Any]:
    """The hashes of a file's documents, and how many a second."""
    lines = Path(file).read_bytes().splitlines()
    began = time.perf_counter()
    found = _hashes(lines)
    return {"hashes": found, "rate": len(found) / (time.perf_counter() - began)}


if __name__ == "__main__":
    for question in sys.stdin:
        sys.stdout.write(json.dumps(reply(**json.loads(question))) + "\n")
        sys.stdout.flush()
