"""docs/operations.md: the command lines that it shows are ones that the product and the deploy files know."""

import re
import shlex
from itertools import pairwise

import pytest
import yaml

from services.cli.main import parser
from tests.deploy.files import ALERTS, compose, manifests
from tests.docs.pages import blocks, page, table

OPERATIONS = page("operations")


def lines() -> list[list[str]]:
    """The words of every command line of the page."""
    text = "\n".join(block.text for block in blocks(OPERATIONS) if block.language == "bash")
    return [shlex.split(line) for line in text.replace("\\\n", " ").splitlines() if line]


def of_the_product() -> list[list[str]]:
    found = []
    for words in lines():
        match words:
            case ["tianzhuo", *rest]:
                found.append(rest)
            case ["docker", "compose", "run", "--rm", service, *rest]:
                found.append(rest or compose()["services"][service]["command"])
            case _:
                pass
    # Each once, without where its output goes.
    return list({tuple(words): words for words in (one[: (*one, ">").index(">")] for one in found)}.values())


@pytest.mark.parametrize("words", of_the_product(), ids=" ".join)
def test_the_product_takes_it(words: list[str]) -> None:
    assert callable(parser().parse_args(words).run)


def test_a_planted_line_is_refused() -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["migrate", "--chek"])


def test_services_and_workloads_are_there() -> None:
    services, held = compose()["services"], {one["metadata"]["name"] for one in manifests()}
    named: set[str] = set()
    for words in lines():
        match words:
            case ["docker", "compose", "run", "--rm", service, *_] | ["docker", "compose", "exec", "-T", service, *_]:
                named.add(service)
            case ["docker", "compose", "exec", service, *_]:
                named.add(service)
            case ["docker", "compose", "stop" | "start", *several]:
                named.update(several)
            case ["docker", "compose", "cp", *ends]:
                named.update(end.split(":")[0] for end in ends if ":" in end)
            case ["docker", "compose", *rest]:
                named.update(word.split("=")[0] for before, word in pairwise(rest) if before == "--scale")
            case _:
                pass
    assert {"migrate", "ingest", "api", "clickhouse", "kafka"} <= named
    assert named <= services.keys()
    workloads = {word.split("/")[-1] for words in lines() for word in words if re.search(r"\btianzhuo-\w+$", word)}
    # The group of the workers is named like them.
    assert workloads - {"tianzhuo-ingest"}
    assert workloads <= held


def test_every_alert_is_explained() -> None:
    explained = {name.strip("` ") for row in table(OPERATIONS, "alert") for name in row[0].split(",")}
    rules = {rule["alert"] for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]}
    assert explained == rules


def test_ports_are_those_of_the_compose_file() -> None:
    shown = {row[2].strip("`"): row[0].strip("`<>").rpartition(":")[2] for row in table(OPERATIONS, "on this machine")}
    published = {
        variable: port
        for service in compose()["services"].values()
        for text in service.get("ports", [])
        for variable, port in re.findall(r"\${(\w+):-(\d+)}", text)
    }
    assert shown == published
