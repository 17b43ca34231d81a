"""README.md: what a newcomer types works, and what the page shows comes back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT
from tests.docs import shell
from tests.docs.pages import README
from tests.servers.clickhouse import ClickHouseServer
from tests.servers.tianzhuo import TianzhuoServer


@pytest.fixture(scope="module")
def newcomers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TianzhuoServer]:
    server = TianzhuoServer(tmp_path_factory.mktemp("newcomer"))
    server.start()
    yield server
    server.stop()


def test_the_first_lines_are_the_two_commands() -> None:
    lines = README.read_text().splitlines()[:4]
    assert lines[2].split("#")[0].strip() == "make run"
    assert lines[3].split("#")[0].strip() == "make test"
    makefile = (ROOT / "Makefile").read_text()
    assert "\nrun:" in makefile
    assert "\ntest:" in makefile


def test_the_tour_works(newcomers: TianzhuoServer, clickhouse_server: ClickHouseServer, tmp_path: Path) -> None:
    home = shell.home(tmp_path / "home", newcomers.data)
    addresses = {shell.SERVICE: newcomers.url, shell.CLICKHOUSE: clickhouse_server.url}
    tour = shell.typed(README)
    assert len(tour) == 6
    assert all(one.answer for one in tour)
    assert shell.disagreements(tour, shell.run(tour, home, addresses)) == []
    newcomers.stop()
    stopped = shell.typed(README, "stopped")
    assert len(stopped) == 1
    assert shell.disagreements(stopped, shell.run(stopped, home, addresses)) == []


@pytest.mark.parametrize(
    ("shown", "output", "same"),
    [
        ('{"a": "…", "b": 1}', '{"a":"x","b":1}', True),
        ('{"a": "…", "b": 1}', '{"a":"x","b":2}', False),
        ("one … three", "one two three four", True),
        ("one … three", "three one", False),
    ],
)
def test_answers_are_compared(shown: str, output: str, *, same: bool) -> None:
    assert shell.agrees(shown, output) is same


def test_a_line_that_fails_is_found(newcomers: TianzhuoServer, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```bash run\necho well\n```\n```bash run\ncurl -sf http://127.0.0.1:8080/none/such\n```\n")
    if not newcomers.log.exists():
        newcomers.start()
    home = shell.home(tmp_path / "home", newcomers.data)
    with pytest.raises(AssertionError, match="none/such"):
        shell.run(shell.typed(page), home, {shell.SERVICE: newcomers.url})
