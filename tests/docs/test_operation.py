"""docs/settings.md, docs/chain.md and docs/simulator.md: names that code and pages share, and lines that work."""

import ast
import json
from pathlib import Path

from services.cli.options import ADMIN_KEY
from tests.architecture.tree import ROOT
from tests.docs import shell
from tests.docs.pages import page, table
from tests.servers.tianzhuo import TianzhuoServer

CHAIN, SETTINGS, SIMULATOR = page("chain"), page("settings"), page("simulator")


def raised_flags() -> set[str]:
    """The names of the flags that the product's look-up raises: the first argument of every `Flag(…)`."""
    found: set[str] = set()
    for path in (ROOT / "services/domain").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Name(id="Flag"), args=[ast.Constant(value=str(name)), *_]):
                    found.add(name)
                case _:
                    pass
    return found


def test_every_flag_is_explained() -> None:
    flags = raised_flags()
    assert flags
    assert {row[0].strip("`") for row in table(CHAIN, "flag")} == flags


def test_every_member_of_an_answer_is_explained(tianzhuo: TianzhuoServer) -> None:
    scan = {
        "step": "stored",
        "when": "2026-07-14T06:40:00+08:00",
        "where": "9521000000018",
        "what": "395210000000003010",
    }
    assert tianzhuo.write("/v1/scans", json.dumps(scan).encode())[0] == 201
    members = tianzhuo.json("/v1/units?id=395210000000003010")
    explained = {name.strip("` ") for row in table(CHAIN, "member") for name in row[0].split(",")}
    assert explained == set(members)


def test_the_data_directory_holds_what_the_page_says(tianzhuo: TianzhuoServer) -> None:
    named = {name.strip("`/ ") for row in table(SETTINGS, "name") for name in row[0].split(",")}
    assert ADMIN_KEY in named
    assert {path.name for path in tianzhuo.data.iterdir()} <= named
    assert (tianzhuo.data / ADMIN_KEY).stat().st_mode & 0o777 == 0o600


def test_the_simulators_lines_work_and_its_files_are_explained(tianzhuo: TianzhuoServer, tmp_path: Path) -> None:
    home = shell.home(tmp_path / "home", tianzhuo.data)
    found = shell.typed(SIMULATOR)
    outputs = shell.run(found, home, {shell.SERVICE: tianzhuo.url})
    assert len(found) == 1
    assert "\n\n".join(shell.disagreements(found, outputs)) == ""
    files = {row[0].split("`")[1] for row in table(SIMULATOR, "file")}
    assert {path.name for path in (home / "season").iterdir()} == files
    planted = {json.loads(line)["what"] for line in (home / "season/planted.ndjson").read_text().splitlines()}
    explained = {name.strip("` ") for row in table(SIMULATOR, "`what`") for name in row[0].split(",")}
    assert planted <= explained
