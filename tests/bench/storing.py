"""Bytes on disk for one event: of each table, freshly loaded and merged, against the JSON and PostgreSQL."""

from collections import defaultdict

from tests.bench.loaded import FRESH, MERGED, PEER, Loaded, loaded
from tests.bench.measure import Bench, Disagreement, Table, number

COLUMNS = 10


def run(bench: Bench) -> list[Table]:
    """Weighs the smallest of the loaded stores."""
    season = loaded(bench, bench.sizes.stores[0])
    return [_tables(season), _columns(season)]


def _by_table(season: Loaded, name: str) -> dict[str, float]:
    """Bytes an event of each table that holds anything."""
    found: dict[str, float] = defaultdict(float)
    for table, _, size, _, _ in season.sizes[name]:
        found[table] += int(size) / season.events
    return found


def _tables(season: Loaded) -> Table:
    weights = {name: _by_table(season, name) for name in season.sizes}
    tables = sorted(weights[MERGED], key=lambda table: -weights[MERGED][table])
    tables += [table for table in weights.get(PEER, ()) if table not in tables]
    rows = [(table, *(_bytes(weights[name].get(table)) for name in season.sizes)) for table in tables]
    totals = {name: sum(weight.values()) for name, weight in weights.items()}
    rows.append(("all", *(_bytes(total) for total in totals.values())))
    json_bytes = season.json_bytes / season.events
    rows.append(("JSON ÷ all", *(f"{number(json_bytes / total)}×" for total in totals.values())))
    if PEER in totals:
        rows.append(("PostgreSQL ÷ all", *(f"{number(totals[PEER] / total)}×" for total in totals.values())))
    held = {name: _rows(season, name) for name in (FRESH, MERGED)}
    if held[FRESH] < held[MERGED] or held[MERGED] == 0:
        raise Disagreement(f"merging changed {held[FRESH]} events to {held[MERGED]}")
    notes = [
        (
            f"Bytes for one event; {season.events:,} simulated events, delivered as JSON documents of"
            f" {number(json_bytes)} bytes an event, @context and frame included."
        ),
        f"Freshly loaded: {season.inserts} inserts, merges stopped. Merged: after OPTIMIZE FINAL.",
        *season.notes,
    ]
    if PEER in season.sizes:
        kinds: dict[str, float] = defaultdict(float)
        for _, kind, size, _, _ in season.sizes[PEER]:
            kinds[kind] += int(size) / season.events
        said = ", ".join(f"{kind} {number(size)}" for kind, size in kinds.items())
        notes.append(
            f"PostgreSQL, after VACUUM: {said}; jsonb beside the bytes, btrees on event id and content, event time, and"
            " on thing and instant."
        )
    return Table("Storage", ("table", *season.sizes), rows, notes)


def _columns(season: Loaded) -> Table:
    total = sum(int(size) for _, _, size in season.columns)
    heaviest = season.columns[:COLUMNS]
    rows = [
        (f"{table}.{column}", _bytes(int(size) / season.events), f"{100 * int(size) / total:.1f} %")
        for table, column, size in heaviest
    ]
    notes = ["Merged, as wide parts: compact ones, which small tables have, do not tell columns apart."]
    return Table("Storage by column", ("column", "bytes for one event", "of all"), rows, notes)


def _rows(season: Loaded, name: str) -> int:
    return sum(int(rows) for table, _, _, rows, _ in season.sizes[name] if table == "events")


def _bytes(value: float | None) -> str:
    return "" if value is None else number(value)
