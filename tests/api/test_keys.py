"""Keys: made, listed, revoked; and what a request with a wrong one is answered."""

from http import HTTPStatus

import pytest

from tests.api.client import Client, Json, refused
from tests.store.events import document, event

WRITES = [
    ("POST", "/epcis/capture"),
    ("POST", "/epcis/events"),
    ("POST", "/v1/scans"),
    ("GET", "/epcis/capture"),
    ("POST", "/v1/keys"),
    ("GET", "/v1/keys"),
    ("DELETE", "/v1/keys/none"),
]
ADMIN = WRITES[-3:]


def made(by: Client, **members: object) -> Json:
    answer = by.post("/v1/keys", {"party": "base 7", **members})
    assert answer.status == HTTPStatus.CREATED, answer
    key: Json = answer.json()
    return key


def listed(admin: Client) -> dict[str, Json]:
    keys = admin.get("/v1/keys").json()
    assert [key["created"] for key in keys] == sorted(key["created"] for key in keys)
    return {key["id"]: key for key in keys}


def test_key_is_made_shown_once_and_listed_without_its_secret(emitter: Client) -> None:
    key = made(emitter, party="https://id.gs1.org/417/9521000000018", label="扫码枪 3")
    token = key.pop("key")
    assert token.split("_")[:2] == ["tz", key["id"]]
    assert (key["party"], key["label"]) == ("https://id.gs1.org/417/9521000000018", "扫码枪 3")
    assert (key["admin"], key["revoked"]) == (False, None)
    assert listed(emitter)[key["id"]] == key
    assert token.split("_", 2)[2].encode() not in emitter.get("/v1/keys").body


def test_key_writes_but_manages_no_keys(emitter: Client) -> None:
    partner = Client(emitter.server, made(emitter)["key"])
    partner.capture(document(event()))
    for method, path in ADMIN:
        refused(partner.ask(method, path, b"{}"), HTTPStatus.FORBIDDEN, "SecurityException")


def test_admin_key_makes_an_admin_key(emitter: Client) -> None:
    other = Client(emitter.server, made(emitter, admin=True)["key"])
    assert made(other)["id"] in listed(other)


def test_revoked_key_is_refused_at_once_and_stays_listed(emitter: Client) -> None:
    key = made(emitter)
    partner = Client(emitter.server, key["key"])
    partner.capture(document(event()))
    answer = emitter.ask("DELETE", f"/v1/keys/{key['id']}")
    assert answer.status == HTTPStatus.OK
    assert answer.json()["revoked"] >= key["created"]
    sent = event()
    for method, path in WRITES:
        refused(partner.ask(method, path, document(sent)), HTTPStatus.UNAUTHORIZED, "SecurityException")
    assert emitter.get(f"/v1/units?id={sent['epcList'][0]}").status == HTTPStatus.NOT_FOUND
    assert listed(emitter)[key["id"]]["revoked"] == answer.json()["revoked"]
    again = emitter.ask("DELETE", f"/v1/keys/{key['id']}")
    assert (again.status, again.json()["revoked"]) == (HTTPStatus.OK, answer.json()["revoked"])


def test_key_that_revokes_itself_is_gone(emitter: Client) -> None:
    key = made(emitter, admin=True)
    other = Client(emitter.server, key["key"])
    assert other.ask("DELETE", f"/v1/keys/{key['id']}").status == HTTPStatus.OK
    refused(other.get("/v1/keys"), HTTPStatus.UNAUTHORIZED, "SecurityException")


@pytest.mark.parametrize("key_id", ["none", "..", "a%2Fb"])
def test_unknown_key_is_404(emitter: Client, key_id: str) -> None:
    refused(emitter.ask("DELETE", f"/v1/keys/{key_id}"), HTTPStatus.NOT_FOUND, "NoSuchResourceException")


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_request_without_a_valid_key_is_401(emitter: Client, method: str, path: str) -> None:
    token = emitter.key
    wrong = [
        "",
        "Bearer",
        "Bearer ",
        f"Basic {token}",
        token,
        f"Bearer {token[:-1]}",
        f"Bearer {token}x",
        f"Bearer {token.upper()}",
        "Bearer tz__",
        "Bearer tz_none_none",
        f"Bearer tz_{token.split('_')[1]}_",
        f"Bearer {token} {token}",
        "Bearer ' OR 1 --",
        "Bearer \xe9" + "x" * 5000,
    ]
    for value in wrong:
        answer = Client(emitter.server).ask(method, path, b"{}", Authorization=value)
        refused(answer, HTTPStatus.UNAUTHORIZED, "SecurityException")
        assert answer.headers["www-authenticate"] == "Bearer"
        assert token.split("_", 2)[2].encode() not in answer.body


def test_scheme_is_read_in_any_case(emitter: Client) -> None:
    for scheme in ("bearer", "BEARER"):
        answer = Client(emitter.server).get("/v1/keys", Authorization=f"{scheme} {emitter.key}")
        assert answer.status == HTTPStatus.OK


BAD_KEYS: dict[str, tuple[bytes, set[str]]] = {
    "nothing": (b"", {""}),
    "list": (b"[]", {""}),
    "no party": (b"{}", {"/party"}),
    "empty party": (b'{"party": ""}', {"/party"}),
    "long party": (b'{"party": "' + b"x" * 201 + b'"}', {"/party"}),
    "control character": (b'{"party": "a\\u0007b"}', {"/party"}),
    "wrong label and admin": (b'{"party": "a", "label": 7, "admin": "yes"}', {"/label", "/admin"}),
    "another member": (b'{"party": "a", "secret": "x"}', {"/secret"}),
}


@pytest.mark.parametrize(("body", "places"), BAD_KEYS.values(), ids=BAD_KEYS)
def test_key_that_cannot_be_made_is_400(emitter: Client, body: bytes, places: set[str]) -> None:
    before = len(listed(emitter))
    problem = refused(emitter.post("/v1/keys", body), HTTPStatus.BAD_REQUEST, "ValidationException")
    assert {error["pointer"] for error in problem["errors"]} == places
    assert len(listed(emitter)) == before
