"""/openapi.json describes the running service: whatever the description allows is answered as it declares."""

import os
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks

from tests.api.client import Client, Json, refused
from tests.servers.tianzhuo import TianzhuoServer

EXAMPLES = 30 if os.environ.get("CI") else 6
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """An emitter of a service of its own, which gets keys and events from nowhere."""
    with TianzhuoServer(tmp_path_factory.mktemp("attacked")) as server:
        yield Client(server, server.admin_key)


@pytest.fixture(scope="module")
def described(attacked: Client) -> Json:
    found: Json = attacked.get("/openapi.json").json()
    return found


def operations(described: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_answers_are_as_described(attacked: Client, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_url(f"{attacked.server.url}/openapi.json")
    tried = 0
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()
        if operation.path.count("{rest}") and operation.path not in {"/01/{rest}", "/8004/{rest}"}:
            continue  # one code, many paths

        @settings(
            max_examples=EXAMPLES,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate],
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def attack(case: schemathesis.Case[Any]) -> None:
            case.call_and_validate(headers={"Authorization": f"Bearer {attacked.key}"}, checks=CHECKS)

        if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query or operation.headers):
            continue  # nothing that could be wrong
        attack()
        tried += 1
    assert tried > 8
    assert attacked.get("/readyz").status == HTTPStatus.OK


def test_every_example_is_taken(attacked: Client, described: Json) -> None:
    sent = 0
    for method, path, operation in operations(described):
        for media, content in operation.get("requestBody", {}).get("content", {}).items():
            for example in content["examples"].values():
                answer = attacked.post(path, example["value"], Content_Type=media)
                assert str(answer.status) in operation["responses"], answer
                assert answer.status in {HTTPStatus.CREATED, HTTPStatus.ACCEPTED}, (method, path, answer)
                sent += 1
    assert sent >= 10


def test_endpoints_that_want_a_key_are_those_that_say_so(attacked: Client, described: Json) -> None:
    anybody = Client(attacked.server)
    closed = 0
    for method, path, operation in operations(described):
        answer = anybody.ask(method, path.replace("{", "").replace("}", ""), b"{}" if method == "POST" else None)
        assert (answer.status == HTTPStatus.UNAUTHORIZED) == ("security" in operation), (method, path, answer)
        if "security" in operation:
            assert operation["security"] == [{"Bearer": []}]
            refused(answer, HTTPStatus.UNAUTHORIZED, "SecurityException")
            closed += 1
    assert closed == 9
    scheme = described["components"]["securitySchemes"]["Bearer"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")


def test_description_has_words_for_a_person(described: Json) -> None:
    for method, path, operation in operations(described):
        assert operation.get("description"), (method, path)
        for parameter in operation.get("parameters", []):
            assert parameter.get("description"), (method, path, parameter["name"])
        if method != "OPTIONS" and path not in {"/livez", "/metrics"}:
            problems = [
                one for one in operation["responses"].values() if "application/problem+json" in one.get("content", {})
            ]
            assert problems, (method, path)
        assert "422" not in operation["responses"]
        if method == "POST":
            assert operation["requestBody"]["content"]["application/json"]["examples"], path
