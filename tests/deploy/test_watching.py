"""Alerts and dashboard ask for metrics and labels that are there, in queries that Prometheus can read."""

import inspect
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import promql_parser
import pytest
import yaml
from clickhouse_connect.driver.httpclient import HttpClient
from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase

from services.api.logged import PROBES
from services.metrics import METRICS
from streams.parts import WorkerLimits
from tests.architecture.tree import ROOT
from tests.deploy.files import ALERTS, DASHBOARD, compose, compose_process

PROMETHEUS = ROOT / "deploy/prometheus/prometheus.yml"
CASES = ROOT / "tests/deploy/alerts.yml"
SCRAPED = {"instance", "job"}
"""Labels that Prometheus gives to everything."""
OTHERS = {
    "up": set[str](),
    # ClickHouse's own, by its documentation; the server of the tests has no page for Prometheus.
    "ClickHouseAsyncMetrics_DiskAvailable_default": set[str](),
    "ClickHouseAsyncMetrics_DiskTotal_default": set[str](),
}
JOBS = {"tianzhuo_ingest_": "ingest", "tianzhuo_http_": "api", "tianzhuo_capture_": "api"}
"""Beginning of a metric's name → whose it is; the other processes expose it too, and it says nothing there."""


def made(metric: MetricWrapperBase) -> list[tuple[str, set[str]]]:
    """The series of a metric, with their labels."""
    suffixes = {Counter: ["_total"], Gauge: [""], Histogram: ["_bucket", "_sum", "_count"]}
    return [
        (f"{metric._name}{suffix}", {*metric._labelnames, *({"le"} if suffix == "_bucket" else set())})
        for kind, endings in suffixes.items()
        if isinstance(metric, kind)
        for suffix in endings
    ]


def exposed() -> dict[str, set[str]]:
    """Name of every series of the product → its labels."""
    metrics = [one for one in vars(METRICS).values() if isinstance(one, MetricWrapperBase)]
    assert metrics
    return dict(one for metric in metrics for one in made(metric))


def alerts() -> list[Any]:
    return [one for group in yaml.safe_load(ALERTS.read_text())["groups"] for one in group["rules"]]


def panels() -> list[Any]:
    return list(json.loads(DASHBOARD.read_text())["panels"])


def queries() -> Iterator[tuple[str, str]]:
    yield from ((one["alert"], one["expr"]) for one in alerts())
    yield from ((panel["title"], target["expr"]) for panel in panels() for target in panel["targets"])


def selectors(query: str) -> list[promql_parser.VectorSelector]:
    """What a query asks for. Raises ValueError."""
    found: list[promql_parser.VectorSelector] = []

    def see(expr: promql_parser.Expr) -> None:
        if isinstance(expr, promql_parser.VectorSelector):
            found.append(expr)

    promql_parser.walk(promql_parser.parse(query), see)
    return found


def series(query: str) -> list[tuple[str, set[str]]]:
    """The series that a query asks for, with the labels that it chooses by. Raises ValueError."""
    return [(one.name or "", {by.name for by in one.matchers.matchers}) for one in selectors(query)]


def chosen_by(selector: promql_parser.VectorSelector, label: str, op: promql_parser.MatchOp) -> list[str]:
    """The values by which a selector chooses."""
    return [by.value for by in selector.matchers.matchers if (by.name, by.op) == (label, op)]


def of_any_job(query: str) -> list[str]:
    """The metrics that a query takes from others than the one whose they are."""
    return [
        one.name
        for one in selectors(query)
        for beginning, job in JOBS.items()
        if one.name and one.name.startswith(beginning)
        if chosen_by(one, "job", promql_parser.MatchOp.Equal) != [job]
    ]


def rule(alert: str) -> Any:
    (found,) = (one for one in alerts() if one["alert"] == alert)
    return found


def strangers(query: str) -> list[str]:
    """What a query names and nobody gives."""
    given = {**OTHERS, **exposed()}
    asked = series(query)
    wrong = [name for name, _ in asked if name not in given]
    labels = {label for name, _ in asked for label in given.get(name, set())} | SCRAPED
    chosen = {label for _, by in asked for label in by} | {
        label.strip() for group in re.findall(r"\bby\s*\(([^)]*)\)", query) for label in group.split(",")
    }
    return wrong + sorted(chosen - labels)


@pytest.mark.parametrize(("title", "query"), list(queries()))
def test_every_query_asks_for_what_is_there(title: str, query: str) -> None:
    assert series(query), title
    assert strangers(query) == []


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ("rate(tianzhuo_ingest_events[5m])", ["tianzhuo_ingest_events"]),
        ("sum by (colour) (tianzhuo_ingest_waiting)", ["colour"]),
        ('tianzhuo_http_request_seconds_count{code="500"}', ["code"]),
    ],
)
def test_planted_strangers_are_found(planted: str, found: list[str]) -> None:
    assert strangers(planted) == found


@pytest.mark.parametrize(("title", "query"), list(queries()))
def test_every_query_names_the_job_whose_metric_it_asks_for(title: str, query: str) -> None:
    assert of_any_job(query) == [], title


def test_every_metric_of_the_product_is_of_a_job() -> None:
    assert [name for name in exposed() if not name.startswith(tuple(JOBS))] == []


@pytest.mark.parametrize(
    "planted",
    [
        "sum(tianzhuo_ingest_partitions) == 0",
        'tianzhuo_ingest_partitions{job="api"}',
        'tianzhuo_ingest_partitions{job!="ingest"}',
    ],
)
def test_a_planted_metric_of_any_job_is_found(planted: str) -> None:
    assert of_any_job(planted) == ["tianzhuo_ingest_partitions"]


def attempts(seconds: float, each: float) -> int:
    """How often a worker tries while the store is away for so long and an attempt takes `each` seconds to fail."""
    limits = WorkerLimits(topic="")
    at, wait, count = 0.0, limits.retry_first, 0
    while at < seconds:
        count += 1
        at += each + wait
        wait = min(wait * 2, limits.retry_most)
    return count


def test_an_outage_that_lasts_is_told_and_a_short_one_is_not() -> None:
    found = re.search(r"\[5m\]\)\) > (\S+)$", rule("StoreOrKafkaFails")["expr"])
    assert found
    threshold, window = float(found[1]), 300.0
    to_connect = inspect.signature(HttpClient.__init__).parameters["connect_timeout"].default
    for each in (0.0, float(to_connect)):
        lasting = (attempts(2 * window, each) - attempts(window, each)) / window
        assert lasting > threshold, each
    assert attempts(30, 0.0) / window < threshold


def test_probes_are_no_requests_to_an_alert() -> None:
    asked = [
        (one["alert"], selector)
        for one in alerts()
        for selector in selectors(one["expr"])
        if (selector.name or "").startswith("tianzhuo_http_")
    ]
    assert {alert for alert, _ in asked} == {"ApiErrors", "ApiSlow"}
    for alert, selector in asked:
        (routes,) = chosen_by(selector, "route", promql_parser.MatchOp.NotRe)
        assert set(routes.split("|")) == PROBES, alert


def test_a_query_that_cannot_be_read_is_found() -> None:
    with pytest.raises(ValueError, match="unclosed"):
        series("sum(rate(up[5m])")


def test_every_legend_and_summary_names_labels_of_its_query() -> None:
    for panel in panels():
        for target in panel["targets"]:
            labels = re.findall(r"{{\s*(\w+)\s*}}", target["legendFormat"])
            given = {**OTHERS, **exposed()}
            there = SCRAPED.union(*(given[name] for name, _ in series(target["expr"])))
            assert set(labels) <= there, panel["title"]
    for one in alerts():
        labels = re.findall(r"\$labels\.(\w+)", one["annotations"]["summary"])
        kept = re.findall(r"\bby\s*\(([^)]*)\)", one["expr"])
        assert not kept or set(labels) <= {label.strip() for label in kept[0].split(",")}, one["alert"]
        assert one["labels"]["severity"] in {"critical", "warning"}


def test_panels_do_not_lie_on_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
    assert len({panel["id"] for panel in panels()}) == len(panels())


def test_dashboard_and_datasource_are_where_grafana_looks() -> None:
    grafana = compose()["services"]["grafana"]
    provisioning = ROOT / "deploy/grafana/provisioning"
    (provider,) = yaml.safe_load((provisioning / "dashboards/tianzhuo.yml").read_text())["providers"]
    (source,) = yaml.safe_load((provisioning / "datasources/prometheus.yml").read_text())["datasources"]
    folder = provider["options"]["path"]
    assert f"./deploy/grafana/dashboards:{folder}:ro" in grafana["volumes"]
    assert grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"] == f"{folder}/{DASHBOARD.name}"
    asked = {target["datasource"]["uid"] for panel in panels() for target in panel["targets"]}
    assert asked == {source["uid"]}
    host, port = source["url"].removeprefix("http://").split(":")
    assert compose()["services"][host]["ports"] == [f"127.0.0.1:${{PROMETHEUS_PORT:-{port}}}:{port}"]


def test_prometheus_asks_the_ports_that_the_processes_listen_on() -> None:
    config = yaml.safe_load(PROMETHEUS.read_text())
    asked = {job["job_name"]: job["dns_sd_configs"][0] for job in config["scrape_configs"]}
    assert all(one["names"] == [name] and one["type"] == "A" for name, one in asked.items())
    assert asked.keys() <= compose()["services"].keys()
    assert str(asked["api"]["port"]) == compose_process("api").setting("TIANZHUO_PORT")
    assert str(asked["ingest"]["port"]) == compose_process("ingest").setting("TIANZHUO_HEALTH_PORT")
    assert f"<port>{asked['clickhouse']['port']}</port>" in (ROOT / "deploy/clickhouse/config.xml").read_text()
    (rules,) = config["rule_files"]
    assert f"./deploy/prometheus/{ALERTS.name}:{rules}:ro" in compose()["services"]["prometheus"]["volumes"]


def test_alerts_name_jobs_that_are_asked() -> None:
    jobs = {job["job_name"] for job in yaml.safe_load(PROMETHEUS.read_text())["scrape_configs"]}
    named = {job for _, query in queries() for job in re.findall(r'job="(\w+)"', query)}
    assert named
    assert named <= jobs


def test_promtool_takes_the_rules_and_they_fire_when_they_should() -> None:
    if not shutil.which("promtool"):
        pytest.skip("there is no promtool on this machine")
    done = subprocess.run(["promtool", "check", "rules", str(ALERTS)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    done = subprocess.run(["promtool", "test", "rules", str(CASES)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    command = ["promtool", "check", "config", "--syntax-only", str(PROMETHEUS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
