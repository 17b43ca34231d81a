"""The truth agrees with the independent reading of the definition, and with what was planted."""

import json
import random
from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.usecases.simulation.render import render_documents
from services.usecases.simulation.truth import Chains
from services.usecases.simulation.wave import Wave, make_wave
from tests.oracle.chain import Chain
from tests.usecases.simulation.seasons import Json, Season, events_of


def answers(wave: Wave) -> dict[str, Json]:
    chains = Chains(wave)
    named = [t for t in range(len(wave.cls)) if chains.named(t)]
    return {str(a["unit"]): json.loads(json.dumps(a)) for a in map(chains.back, named)}


def without_as_of(answer: Json) -> Json:
    return {k: v for k, v in answer.items() if k != "as_of"}


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 2**32), share=st.sampled_from([0.3, 0.6, 1.0]), shift=st.integers(0, 4))
def test_the_truth_is_what_the_definition_says_of_the_written_events(seed: int, share: float, shift: int) -> None:
    wave = make_wave(seed, 0)
    wave = wave.cut(int(len(wave.sequence) * share))
    oracle = Chain(events_of(text for text, _ in render_documents(wave)))
    for unit, answer in list(answers(wave).items())[shift::5]:
        assert oracle.back(unit) == without_as_of(answer)


def test_the_truth_holds_for_whole_waves_with_all_their_troubles() -> None:
    flags: Counter[str] = Counter()
    void = 0
    for seed in range(3):
        wave = make_wave(seed, 1)
        oracle = Chain(events_of(text for text, _ in render_documents(wave)))
        every = answers(wave)
        troubled = {wave.links[u] for p in wave.planted for u in p.units if wave.links[u] in every}
        for unit in sorted(troubled)[::3]:
            assert oracle.back(unit) == without_as_of(every[unit])
        flags.update(f["flag"] for a in every.values() for f in a["flags"])
        void += sum(bool(a["void"]) for a in every.values())
    assert void
    assert {"no_origin", "moved_without_unpacking"} <= set(flags)


@pytest.mark.parametrize("seed", range(4))
def test_the_answer_does_not_depend_on_order_or_duplication(seed: int) -> None:
    wave = make_wave(seed, 0)
    told = events_of(text for text, _ in render_documents(wave))
    shuffled = told + told[::3]
    random.Random(seed).shuffle(shuffled)
    one, other = Chain(told), Chain(shuffled)
    for unit in list(answers(wave))[::25]:
        assert one.back(unit) == other.back(unit)


def test_showcase_units_are_what_they_say(large: Season) -> None:
    oracle = Chain(first_waves(large, 1_600))
    shown = large.summary.showcase
    assert set(shown) == {
        "sold_pack",
        "store_pack",
        "missing_hop",
        "pallet",
        "lot",
        "late_lot",
        "corrected",
        "meal",
        "warm_pack",
    }
    back = {name: oracle.back(x["unit"]) for name, x in shown.items()}
    for name in ("sold_pack", "store_pack", "pallet", "lot", "meal", "warm_pack"):
        assert back[name]["complete"], name
    assert [m["what"] for m in back["missing_hop"]["missing"]] == ["receipt"]
    assert back["corrected"]["void"]
    assert len(back["sold_pack"]["origins"]) > 1
    assert len(back["lot"]["ancestors"]) > 1
    counties = {c["unit"].split("/")[4][1:9] for c in back["meal"]["ancestors"]}
    assert len(counties) == 2


def first_waves(season: Season, events: int) -> list[Json]:
    return season.events[:events]


def test_small_seasons_show_everything(small: Season) -> None:
    planted = Counter(p["what"] for p in small.planted)
    assert {"late_village", "missing_scan", "correction", "duplicate", "temperature_excursion"} <= set(planted)
    assert len(small.summary.counties) >= 4
    shown = small.summary.showcase
    assert {"sold_pack", "missing_hop", "pallet", "lot", "late_lot", "corrected"} <= set(shown)
    truth = {t["unit"]: t for t in small.truth}
    steps = {e["eventID"]: e["bizStep"] for e in small.events}
    whole = truth[shown["sold_pack"]["unit"]]
    assert whole["complete"]
    told = {steps[e["event"]] for e in whole["events"]}
    assert {"creating_class_instance", "shipping", "receiving", "departing", "picking", "retail_selling"} <= told
    assert any(e["via"] for e in whole["events"])


def test_planted_troubles_are_visible_where_they_say(large: Season) -> None:
    deliveries = Counter(e["eventID"] for e in large.events if "errorDeclaration" not in e)
    declared = {e["eventID"]: e["errorDeclaration"] for e in large.events if "errorDeclaration" in e}
    made = {
        e["eventID"]: (document["creationDate"], e["eventTime"], number)
        for number, document in reversed(list(enumerate(large.documents)))
        for e in document["epcisBody"]["eventList"]
    }
    last = {e["eventID"]: n for n, d in enumerate(large.documents) for e in d["epcisBody"]["eventList"]}
    for p in large.planted:
        first = p["events"][0]
        if p["what"] == "missing_scan":
            assert first not in deliveries
        elif p["what"] == "duplicate" and first not in declared:
            assert deliveries[first] == 2
            assert last[first] > made[first][2]
        elif p["what"] == "correction":
            assert declared[first]["reason"] == p["reason"]
            assert declared[first].get("correctiveEventIDs", []) == p["events"][1:]
        elif p["what"] == "late_village":
            for event in set(p["events"]) & set(made):
                created, happened, _ = made[event]
                assert datetime.fromisoformat(created) - datetime.fromisoformat(happened) > timedelta(days=2)
    assert set(declared) == {p["events"][0] for p in large.planted if p["what"] == "correction"}


def test_temperature_troubles_are_in_the_readings(large: Season) -> None:
    readings: dict[str, list[tuple[float, float]]] = {}
    for e in large.events:
        for element in e.get("sensorElementList", ()):
            device = element["sensorMetadata"]["deviceID"]
            for r in element["sensorReport"]:
                readings.setdefault(device, []).append((datetime.fromisoformat(r["time"]).timestamp(), r["value"]))
    kinds = Counter(p["what"] for p in large.planted)
    assert kinds["temperature_excursion"]
    assert kinds["temperature_gap"]
    curves = {urn.rpartition(".")[2]: sorted(set(curve)) for urn, curve in readings.items()}
    for p in large.planted:
        if not p["what"].startswith("temperature"):
            continue
        device = p["units"][-1].partition("LOG")[2]
        curve = curves[f"LOG{device}"]
        since, to = (datetime.fromisoformat(p[k]).timestamp() for k in ("from", "to"))
        inside = [v for t, v in curve if since <= t <= to]
        if p["what"] == "temperature_excursion":
            assert max(inside) == p["peak_c"] > p["high_c"]
        else:
            assert [t for t, _ in curve if since <= t <= to] == [since, to]
            assert to - since > 2 * 3600
