"""Runs in the reference implementation's own environment: hashes the documents of a file, one a line."""

import json
import sys
import time
from typing import Any


def _hashes(lines: list[bytes]) -> list[str]:
    # Only this environment has the package.
    from epcis_event_hash_generator import hash_generator, json_to_py  # noqa: PLC0415

    found: list[str] = []
    for line in lines:
        events = json_to_py.event_list_from_epcis_document_json(json.loads(line))
        found += hash_generator.epcis_hashes_from_events(events)
    return found


def reply(file: str) -> dict[str, Any]:
    """The hashes of a file's documents, and how many a second."""
    with open(file, "rb") as opened:
        lines = opened.read().splitlines()
    began = time.perf_counter()
    found = _hashes(lines)
    return {"hashes": found, "rate": len(found) / (time.perf_counter() - began)}


if __name__ == "__main__":
    for question in sys.stdin:
        sys.stdout.write(json.dumps(reply(**json.loads(question))) + "\n")
        sys.stdout.flush()
