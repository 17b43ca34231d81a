"""Declare the schema after a new migration: `.venv/bin/python deploy/declare.py`.

Applies all migrations to an empty embedded store and writes what came out to schemas/declared_schema.json, and the
hash of each new migration to schemas/migrations/HASHES. A migration that has its line there has landed: stores in the
field were made by it, so its file may not change any more.
"""

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from services.domain.errors import TianzhuoError
from services.store.connection import Connections
from services.store.migrations import Migration, live_schema, migrate, packaged

SCHEMAS = Path(__file__).resolve().parent.parent / "schemas"
DECLARED = SCHEMAS / "declared_schema.json"
HASHES = SCHEMAS / "migrations" / "HASHES"
LINE = re.compile(r"(?P<sha256>[0-9a-f]{64})  (?P<name>\S+)\Z")


class Failed(Exception):
    """The schema cannot be declared; the text says why."""


def hashes(recorded: str, migrations: Sequence[Migration]) -> str:
    """The text of HASHES (the format of sha256sum) for these migrations.

    Args:
        recorded: its present text.
        migrations: every packaged migration, in order.

    Raises:
        Failed: a landed migration was changed, renamed or removed.
    """
    now = {migration.name: migration.sha256 for migration in migrations}
    for line in recorded.splitlines():
        match = LINE.match(line)
        if match is None:
            raise Failed(f"{HASHES.name} holds a line that is no hash: {line!r}")
        if now.get(match["name"]) != match["sha256"]:
            raise Failed(
                f"{match['name']} has landed and may not change: write a new migration. If no store but your own was"
                f" ever made by it, delete its line from {HASHES.name} and run this again."
            )
    return "".join(f"{digest}  {name}\n" for name, digest in now.items())


def declared(folder: Path) -> str:
    """The text of declared_schema.json: what all migrations make of an empty store.

    Args:
        folder: an empty folder for that store.

    Raises:
        TianzhuoError: a migration fails, or a number is missing.
    """
    connections = Connections(f"chdb://{folder}", "tianzhuo", 1)
    try:
        migrate(connections)
        with connections.client() as client:
            return json.dumps(live_schema(client), indent=1, ensure_ascii=False) + "\n"
    finally:
        connections.close()


def main() -> int:
    """Write both files, or with --check only compare; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is not current")
    options = parser.parse_args()
    try:
        texts = {HASHES: hashes(HASHES.read_text(), packaged())}
        with tempfile.TemporaryDirectory() as folder:
            texts[DECLARED] = declared(Path(folder))
    except (Failed, TianzhuoError) as reason:
        print(reason, file=sys.stderr)
        return 1
    stale = [path for path, text in texts.items() if path.read_text() != text]
    for path in stale:
        if not options.check:
            path.write_text(texts[path])
        print(f"{path.relative_to(SCHEMAS.parent)} {'is not current' if options.check else 'written'}")
    return 1 if stale and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
