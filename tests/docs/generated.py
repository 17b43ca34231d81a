"""The parts of the pages that are made from the code, by name. `python -m tests.docs` writes them into the pages."""

import argparse
import json
from collections.abc import Iterable
from dataclasses import fields
from inspect import getdoc

from schemas import read_bytes
from services.api.problems import TABLE
from services.bus.topics import declared as declared_topics
from services.cli.main import parser
from services.domain.scans.fields import UNITS
from services.domain.scans.steps import ALWAYS, ANYWHERE, FIELDS, STEPS
from services.metrics import rows as metric_rows
from services.settings import (
    PREFIX,
    IngestSettings,
    KafkaSettings,
    LogSettings,
    ServeSettings,
    StoreSettings,
    TraceSettings,
    describe,
)
from tests.domain.epcis.test_validation_fuzz import DECLARED

SETTINGS = (StoreSettings, ServeSettings, KafkaSettings, IngestSettings, LogSettings, TraceSettings)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(head)
    lines = [head, ["---"] * len(head), *map(list, rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def scan_fields() -> str:
    def goes_with(name: str) -> str:
        if name in ALWAYS:
            return "every step, needed"
        if name in ANYWHERE:
            return "every step"
        return _code(step for step, kind in STEPS.items() if name in kind.fields)

    return _table(("field", "what it says", "goes with"), ((f"`{n}`", FIELDS[n], goes_with(n)) for n in FIELDS))


def scan_steps() -> str:
    def in_order(names: Iterable[str]) -> str:
        wanted = set(names)
        return _code(name for name in FIELDS if name in wanted) or "–"

    rows = (
        (f"`{name}`", step.words, in_order(step.needs), in_order(step.may - step.needs)) for name, step in STEPS.items()
    )
    return _table(("step", "say it when", "needs besides `step`, `when`, `where`", "may have"), rows)


def scan_events() -> str:
    rows = (
        (f"`{name}`", step.event, step.action or "–", step.biz_step or "–", step.disposition or "–")
        for name, step in STEPS.items()
    )
    return _table(("step", "EPCIS event", "action", "bizStep", "disposition"), rows)


def scan_units() -> str:
    names: dict[tuple[str, float], list[str]] = {}
    for name, unit in UNITS.items():
        names.setdefault(unit, []).append(name)
    rows = ((_code(written), uom or "none (pieces)", f"{each:g}") for (uom, each), written in names.items())
    return _table(("written as", "stored as UN/ECE code", "one is"), rows)


def settings() -> str:
    said = describe(*SETTINGS).splitlines()
    meanings = {line.strip(): meaning.strip() for line, meaning in zip(said[::2], said[1::2], strict=True)}
    rows = []
    for cls in SETTINGS:
        for field in fields(cls):
            name = PREFIX + field.name.upper()
            default = f"`{field.default}`" if str(field.default) else "empty"
            rows.append((f"`{name}`", default, meanings[f"{name}={field.default}"].removesuffix(".")))
    return _table(("variable", "default", "meaning"), rows)


def problems() -> str:
    rows = (
        (f"{kind.status.value}", f"`epcisException:{kind.type}`", kind.title, (getdoc(error) or "").splitlines()[0])
        for error, kind in sorted(TABLE.items(), key=lambda pair: (pair[1].status, pair[1].title))
    )
    return _table(("status", "`type`", "`title`", "when"), rows)


def tables() -> str:
    declared = json.loads(read_bytes("declared_schema.json"))
    rows = (
        (f"`{name}`", table["engine"], f"`{table['sorting_key']}`", str(len(table["columns"])))
        for name, table in declared.items()
    )
    return _table(("table", "engine", "sorting key", "columns"), rows)


def commands() -> str:
    actions = (action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    rows = ((f"`tianzhuo {one.dest}`", one.help or "") for action in actions for one in action._choices_actions)
    return _table(("command", "what it does"), rows)


def metrics() -> str:
    rows = ((f"`{name}`", kind, about) for name, kind, about in metric_rows())
    return _table(("metric", "type", "meaning"), rows)


def topics() -> str:
    rows = (
        (
            f"`{topic.name}`",
            topic.about,
            str(topic.partitions),
            ", ".join(f"`{name}={value}`" for name, value in topic.config.items()),
        )
        for topic in declared_topics()
    )
    return _table(("topic", "what it holds", "partitions", "settings"), rows)


def schema_differences() -> str:
    """What a test has found to be all: events that the schema accepts and this validation refuses."""
    return "".join(f"- {why}\n" for why in DECLARED.values())


PARTS = {
    "scan-fields": scan_fields,
    "scan-steps": scan_steps,
    "scan-events": scan_events,
    "scan-units": scan_units,
    "schema-differences": schema_differences,
    "settings": settings,
    "problems": problems,
    "tables": tables,
    "commands": commands,
    "metrics": metrics,
    "topics": topics,
}


def parts() -> dict[str, str]:
    """Every generated part by name."""
    return {name: make() for name, make in PARTS.items()}
