"""The run: same seed same bytes, exact counts, a short run is the beginning of a long one."""

import json
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.usecases.simulation import FolderSink, documents, simulate, stream_captures, truth_stride
from services.usecases.simulation.wave import DOCUMENT_EVENTS, make_wave
from tests.usecases.simulation.seasons import Season, events_of, run


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_same_seed_gives_the_same_bytes_and_another_seed_does_not(small: Season, tmp_path: Path) -> None:
    again = run(tmp_path / "again", 11, 1_000)
    other = run(tmp_path / "other", 10, 1_000)
    assert contents(again.folder) == contents(small.folder)
    ids = {e["eventID"] for e in small.events}
    assert not ids & {e["eventID"] for e in other.events}


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**64), events=st.integers(1, 2_500))
def test_exactly_as_many_deliveries_as_asked_for(seed: int, events: int) -> None:
    texts = list(documents(seed, events))
    sizes = [len(events_of([text])) for text in texts]
    assert sum(sizes) == events
    assert all(0 < size <= DOCUMENT_EVENTS for size in sizes)


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 2**32), events=st.integers(1, 1_500), more=st.integers(1, 1_500))
def test_a_short_run_is_the_beginning_of_a_long_one(seed: int, events: int, more: int) -> None:
    assert events_of(documents(seed, events)) == events_of(documents(seed, events + more))[:events]


def test_a_wave_depends_on_seed_and_number_alone() -> None:
    alone = make_wave(5, 2)
    make_wave(6, 1)
    again = make_wave(5, 2)
    assert alone.ids == again.ids
    assert alone.links == again.links
    before, after = make_wave(5, 1), make_wave(5, 3)
    instances = [set(w.links) for w in (before, alone, after)]
    assert not any(a & b for a, b in pairwise(instances))
    assert not any(set(a.ids) & set(b.ids) for a, b in pairwise((before, alone, after)))


def test_rotation_changes_files_and_not_their_content(small: Season, tmp_path: Path) -> None:
    simulate(11, 1_000, FolderSink(tmp_path / "pieces", rotate_bytes=50_000))
    assert len(list((tmp_path / "pieces").glob("captures-*.ndjson"))) > 1
    assert list(stream_captures(tmp_path / "pieces")) == list(stream_captures(small.folder))


def test_captures_of_the_folder_are_the_documents(small: Season) -> None:
    assert list(stream_captures(small.folder)) == list(documents(11, 1_000))


def test_truth_is_the_same_whatever_the_sample(small: Season, tmp_path: Path) -> None:
    sample = run(tmp_path / "sample", 11, 1_000, truth_every=7)
    every = {t["unit"]: t for t in small.truth}
    assert 0 < len(sample.truth) < len(every) / 4
    assert all(every[t["unit"]] == t for t in sample.truth)
    assert len(every) == small.summary.units == small.summary.truth_units
    planted = {p["what"] for p in sample.planted}
    told = {t["unit"] for t in sample.truth}
    assert planted == {p["what"] for p in sample.planted if p["units"][0] in told}


def test_the_manifest_counts_what_is_there(large: Season) -> None:
    manifest = json.loads((large.folder / "manifest.json").read_text())
    assert {f["name"] for f in manifest["files"]} == {f.name for f in large.folder.iterdir()} - {"manifest.json"}
    for file in manifest["files"]:
        content = (large.folder / file["name"]).read_bytes()
        assert (len(content), content.count(b"\n")) == (file["bytes"], file["lines"])
        assert sha256(content).hexdigest() == file["sha256"]
    events = large.events
    assert manifest["events"] == len(events) == 20_000
    assert manifest["distinct_events"] == len({json.dumps(e) for e in events})
    assert manifest["documents"] == len(large.documents)
    assert sum(manifest["steps"].values()) == len(events)
    assert manifest["truth_units"] == len(large.truth)
    assert sum(manifest["planted"].values()) == len(large.planted)


def test_progress_is_told_and_ends_at_the_total(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    simulate(1, 1_200, FolderSink(tmp_path / "out"), on_progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (1_200, 1_200)
    assert [done for done, _ in told] == sorted({done for done, _ in told})


@pytest.mark.parametrize(("seed", "events", "named"), [(-1, 10, "seed"), (1, 0, "events"), (1, 10**10, "events")])
def test_arguments_out_of_range_are_named(seed: int, events: int, named: str) -> None:
    with pytest.raises(ValueError, match=rf"^{named}: expected .* got -?\d+"):
        next(documents(seed, events))


def test_a_folder_in_use_and_a_folder_without_season_are_refused(small: Season, tmp_path: Path) -> None:
    with pytest.raises(FileExistsError, match="not empty"):
        FolderSink(small.folder)
    with pytest.raises(FileNotFoundError, match="simulated season"):
        next(stream_captures(tmp_path))
    with pytest.raises(ValueError, match=r"^truth_every: expected at least 1, got 0"):
        simulate(1, 10, FolderSink(tmp_path / "new"), truth_every=0)


def test_the_truth_stays_small() -> None:
    assert truth_stride(1_000) == 1
    strides = [truth_stride(n) for n in (2_001, 20_000, 10**6, 10**7, 10**8)]
    assert strides == sorted(strides)
    assert 10**8 / truth_stride(10**8) < 50_000
