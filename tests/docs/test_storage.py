"""docs/storage.md and deploy/declare.py: what is declared is current, and what has landed cannot change."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from deploy import declare
from services.store.migrations import packaged
from tests.architecture.tree import ROOT
from tests.docs.pages import page, prose


def test_declared_schema_and_hashes_are_what_the_migrations_make() -> None:
    # A process of its own: chDB opens one directory for its whole life.
    command = [sys.executable, str(ROOT / "deploy/declare.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_new_migration_gets_its_line() -> None:
    migrations = packaged()
    new = replace(migrations[0], number=99, name="0099_new.sql", sha256="a" * 64)
    recorded = declare.HASHES.read_text()
    assert declare.hashes(recorded, migrations) == recorded
    assert declare.hashes(recorded, [*migrations, new]) == recorded + f"{'a' * 64}  0099_new.sql\n"


@pytest.mark.parametrize("change", [{"sha256": "b" * 64}, {"name": "0001_other.sql"}])
def test_a_landed_migration_may_not_change(change: dict[str, str]) -> None:
    first, *others = packaged()
    edited = replace(first, name=change.get("name", first.name), sha256=change.get("sha256", first.sha256))
    with pytest.raises(declare.Failed, match=r"0001_events\.sql has landed"):
        declare.hashes(declare.HASHES.read_text(), [edited, *others])


def test_a_broken_line_is_named() -> None:
    with pytest.raises(declare.Failed, match="no hash: 'xyz'"):
        declare.hashes("xyz\n", packaged())


def test_hashes_are_those_of_sha256sum() -> None:
    folder = declare.HASHES.parent
    done = subprocess.run(["sha256sum", "--check", "--strict", "HASHES"], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_table_is_explained(checkout: Path) -> None:
    text = prose(page("storage"))
    schema = (checkout / "schemas/declared_schema.json").read_text()
    tables = [line.split('"')[1] for line in schema.splitlines() if line.startswith(' "')]
    assert len(tables) >= 8
    assert [table for table in tables if f"**`{table}`**" not in text] == []
