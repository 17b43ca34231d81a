"""Parts of the pages that are made from the code are current: `python -m tests.docs` writes them."""

from pathlib import Path

import pytest

from services.domain.scans.steps import FIELDS, STEPS
from services.settings import describe
from tests.docs.generated import PARTS, SETTINGS, parts
from tests.docs.pages import PAGES, generated, with_generated


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return parts()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_page_is_current(path: Path, texts: dict[str, str]) -> None:
    stale = [name for name, text in generated(path) if text != texts[name]]
    assert stale == [], "run: python -m tests.docs"


def test_every_part_stands_in_a_page() -> None:
    assert {name for path in PAGES for name, _ in generated(path)} == set(PARTS)


def test_parts_tell_everything(texts: dict[str, str]) -> None:
    assert all(f"| `{name}` |" in texts["scan-fields"] for name in FIELDS)
    assert all(f"| `{name}` |" in texts["scan-steps"] for name in STEPS)
    variables = [line.split("=")[0].strip() for line in describe(*SETTINGS).splitlines()[::2]]
    assert all(f"| `{name}` |" in texts["settings"] for name in variables)
    assert len(variables) == texts["settings"].count("TIANZHUO_")


def test_stale_page_is_found_and_mended(tmp_path: Path, texts: dict[str, str]) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- generated: tables -->\nold\n<!-- end -->\nafter\n")
    assert list(generated(page)) == [("tables", "old\n")]
    page.write_text(with_generated(page, texts))
    assert list(generated(page)) == [("tables", texts["tables"])]
    assert page.read_text().startswith("before\n")
    assert page.read_text().endswith("\nafter\n")
