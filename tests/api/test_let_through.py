"""What docs/api.md says that GS1's schema lets through is taken, and can be looked up."""

from http import HTTPStatus

import pytest

from tests.api.client import Client, Json
from tests.store.events import document, event, pack, sscc

BOX = sscc()
TAKEN: dict[str, Json] = {
    "container inside itself": pack(BOX, [BOX]),
    "negative quantity": event(
        epcList=None,
        quantityList=[{"epcClass": "https://id.gs1.org/01/09521000000117/10/NEG", "quantity": -7, "uom": "KGM"}],
    ),
    "future": event(eventTime="2199-01-01T00:00:00Z"),
    "wrong check digit in a link": event(epcList=["https://id.gs1.org/01/09521000000118/21/X1"]),
    "quantity of zero": event(
        epcList=None, quantityList=[{"epcClass": "https://id.gs1.org/01/09521000000117/10/NEG", "quantity": 0}]
    ),
    "any URI as thing, place and disposition": event(
        epcList=["https://ns.example.org/crates/8"],
        readPoint={"id": "https://ns.example.org/gate"},
        disposition="https://ns.example.org/fine",
    ),
    "term that makes no sense": event(bizStep="retail_selling", disposition="destroyed", action="ADD"),
    "word of one's own as step": event(bizStep="https://ns.example.org/steps/polishing"),
}
FOREIGN = [
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    "https://ns.example.org/any/context.jsonld",
]


def test_containers_in_a_ring_are_taken(emitter: Client) -> None:
    one, two = sscc(), sscc()
    emitter.capture(document(pack(one, [two]), pack(two, [one])))
    assert emitter.unit(one)["container"] == emitter.unit(two)["unit"]
    assert emitter.unit(two)["container"] == emitter.unit(one)["unit"]


@pytest.mark.parametrize("name", TAKEN)
def test_it_is_taken(emitter: Client, name: str) -> None:
    sent = TAKEN[name]
    assert emitter.job(emitter.capture(document(sent)))["success"]
    assert len(emitter.event(sent["eventID"])) == 1


def test_a_foreign_context_is_taken_and_not_fetched(emitter: Client) -> None:
    sent = event()
    assert emitter.post("/epcis/events", {**sent, "@context": FOREIGN}).status == HTTPStatus.CREATED


def test_another_partys_declaration_withdraws_and_both_stay(emitter: Client) -> None:
    sent = event()
    emitter.capture(document(sent))
    other = Client(emitter.server, emitter.post("/v1/keys", {"party": "somebody else"}).json()["key"])
    other.capture(document({**sent, "errorDeclaration": {"declarationTime": "2026-05-02T00:00:00Z"}}))
    assert emitter.unit(sent["epcList"][0])["void"] == [sent["eventID"]]
    assert len(emitter.event(sent["eventID"])) == 2
