"""GET /v1/units and the Digital Link paths: every form of an identifier, as of any time, as JSON or as a page."""

from http import HTTPStatus
from urllib.parse import quote
from uuid import uuid4

import pytest

from services.domain.identifiers.gs1_keys import check_digit
from tests.api.client import Client, refused, unit_path
from tests.store.events import document, event, pack, sscc

GTIN = "09521000000117"
HTML, JSON = "text/html,application/xhtml+xml,*/*;q=0.8", "application/json"


def serial() -> str:
    return uuid4().hex[:12].upper()


def sscc_digits() -> str:
    digits = f"39521000{uuid4().int % 10**9:09d}"
    return digits + check_digit(digits)


def pack_forms(number: str) -> list[str]:
    return [
        f"https://id.gs1.org/01/{GTIN}/21/{number}",
        f"https://id.gs1.org/01/{GTIN}/10/LOT-7/21/{number}",
        f"https://brand.example.com/some/path/gtin/{GTIN[1:]}/ser/{number}?17=261124",
        f"urn:epc:id:sgtin:9521000.000011.{number}",
        f"URN:EPC:ID:SGTIN:9521000.000011.{number}",
        f"(01){GTIN}(21){number}",
        f"(01){GTIN}(10)LOT-7(21){number}",
        f"01{GTIN}21{number}",
        f"]d201{GTIN}21{number}",
        f"01{GTIN}10LOT-7\x1d21{number}",
        f"  (01){GTIN}(21){number} ",
    ]


def test_every_form_of_a_packs_code_leads_to_it(emitter: Client) -> None:
    number = serial()
    sent = event(epcList=[f"urn:epc:id:sgtin:9521000.000011.{number}"])
    emitter.capture(document(sent))
    for form in pack_forms(number):
        unit = emitter.unit(form)
        assert (unit["unit"], unit["kind"]) == (f"https://id.gs1.org/01/{GTIN}/21/{number}", "instance"), form
        assert [deed["event"] for deed in unit["events"]] == [sent["eventID"]]


def test_every_form_of_an_sscc_leads_to_it(emitter: Client) -> None:
    digits = sscc_digits()
    urn = f"urn:epc:id:sscc:9521000.3{digits[8:17]}"
    sent = event(epcList=[f"https://id.gs1.org/00/{digits}"])
    emitter.capture(document(sent))
    for form in (
        urn,
        digits,
        f"(00){digits}",
        f"00{digits}",
        f"id.gs1.org/00/{digits}",
        f"https://x.org/sscc/{digits}",
    ):
        assert emitter.direct(form) == [sent["eventID"]], form


def test_lots_places_and_other_uris(emitter: Client) -> None:
    lot, crate, uri = f"L{serial()}", f"C{serial()}", f"https://example.org/crates/{uuid4()}"
    lots = event(epcList=None, quantityList=[{"epcClass": f"urn:epc:class:lgtin:9521000.000011.{lot}", "quantity": 7}])
    others = event(epcList=[f"https://id.gs1.org/8003/09521000000070{crate}", uri])
    emitter.capture(document(lots, others))
    for form in (f"(01){GTIN}(10){lot}", f"https://id.gs1.org/01/{GTIN}/10/{lot}", f"01{GTIN}10{lot}"):
        unit = emitter.unit(form)
        assert (unit["kind"], [deed["named_as"] for deed in unit["events"]]) == ("lot", ["quantity"])
    for form in (f"(8003)09521000000070{crate}", f"urn:epc:id:grai:9521000.00007.{crate}"):
        assert emitter.direct(form) == [others["eventID"]]
    unit = emitter.unit(uri)
    assert (unit["unit"], unit["kind"]) == (uri, "other")


def test_unit_tells_commissioning_stays_and_end(emitter: Client) -> None:
    number, box = serial(), sscc()
    thing = f"https://id.gs1.org/01/{GTIN}/21/{number}"
    made = event(epcList=[thing], action="ADD", bizStep="commissioning", eventTime="2026-05-01T08:00:00+08:00")
    into = pack(box, [thing], eventTime="2026-05-01T09:00:00+08:00")
    out = pack(box, [thing], action="DELETE", bizStep="unpacking", eventTime="2026-05-01T10:00:00+08:00")
    gone = event(epcList=[thing], action="DELETE", bizStep="destroying", eventTime="2026-05-01T11:00:00+08:00")
    emitter.capture(document(gone, out, into, made))  # the order of delivery does not matter
    unit = emitter.unit(thing)
    assert [deed["event"] for deed in unit["events"]] == [one["eventID"] for one in (made, into, out, gone)]
    assert unit["commissioned"] == unit["events"][0]
    assert unit["commissioned"]["event_time"] == "2026-05-01T00:00:00Z"
    box_id = emitter.unit(box)["unit"]
    stay = {"container": box_id, "from": "2026-05-01T01:00:00Z", "to": "2026-05-01T02:00:00Z", "event": into["eventID"]}
    assert (unit["containers"], unit["container"]) == ([stay], None)
    assert unit["ended"] == "2026-05-01T03:00:00Z"
    assert (unit["flags"], unit["void"]) == ([], [])


def test_answer_as_of_a_time_is_what_was_known_then(emitter: Client) -> None:
    thing = f"https://id.gs1.org/01/{GTIN}/21/{serial()}"
    first, second = event(epcList=[thing]), event(epcList=[thing], eventTime="2026-04-01T00:00:00Z")
    emitter.capture(document(first))
    between = emitter.unit(thing)
    emitter.capture(document(second))
    assert emitter.direct(thing) == [second["eventID"], first["eventID"]]
    assert emitter.unit(thing, between["as_of"]) == between
    in_future = emitter.unit(thing, "2297-01-01T00:00:00+08:00")
    assert in_future["as_of"] < "2297"
    assert len(in_future["events"]) == 2
    refused(emitter.get(unit_path(thing, "2026-01-01T00:00:00Z")), HTTPStatus.NOT_FOUND, "NoSuchResourceException")


@pytest.mark.parametrize("as_of", ["yesterday", "2026-01-01", "2026-01-01T00:00:00", "1700-01-01T00:00:00Z", ""])
def test_time_that_is_none_is_400(emitter: Client, as_of: str) -> None:
    thing = sscc()
    emitter.capture(document(event(epcList=[thing])))
    answer = emitter.get(f"/v1/units?id={thing}&as_of={quote(as_of)}")
    problem = refused(answer, HTTPStatus.BAD_REQUEST, "QueryParameterException")
    assert problem["errors"][0]["pointer"] == "as_of"


@pytest.mark.parametrize(
    "text", ["", " ", "apples", "395210000000002098", "(01)09521000000118(21)A", "(99", "/", "\x00"]
)
def test_text_that_is_no_identifier_is_400(anybody: Client, text: str) -> None:
    problem = refused(anybody.get(unit_path(text)), HTTPStatus.BAD_REQUEST, "QueryParameterException")
    assert problem["errors"][0]["pointer"] == "id"
    assert problem["errors"][0]["expected"]


def test_product_code_alone_says_why_nothing_is_known(emitter: Client) -> None:
    for form in ("04012345111118", "(01)04012345111118", "https://id.gs1.org/01/04012345111118"):
        problem = refused(emitter.get(unit_path(form)), HTTPStatus.NOT_FOUND, "NoSuchResourceException")
        assert "a product code alone names no single thing" in problem["detail"]
    page = emitter.get("/01/04012345111118", Accept=HTML)
    assert page.status == HTTPStatus.NOT_FOUND
    assert "a product code alone names no single thing" in page.body.decode()
    assert b'name="id"' in page.body


def test_missing_identifier_is_400(anybody: Client) -> None:
    refused(anybody.get("/v1/units"), HTTPStatus.BAD_REQUEST, "QueryParameterException")


def test_unknown_thing_is_404_and_told_by_its_canonical_id(anybody: Client) -> None:
    number = serial()
    answer = anybody.get(unit_path(f"(01){GTIN}(21){number}"))
    problem = refused(answer, HTTPStatus.NOT_FOUND, "NoSuchResourceException")
    assert f"https://id.gs1.org/01/{GTIN}/21/{number}" in problem["detail"]


@pytest.mark.parametrize("accept", [JSON, "application/ld+json", "", "*/*", "text/html;q=0.5, application/json"])
def test_program_gets_json_at_a_digital_link(emitter: Client, accept: str) -> None:
    thing = f"https://id.gs1.org/01/{GTIN}/21/{serial()}"
    emitter.capture(document(event(epcList=[thing])))
    answer = emitter.get(thing.removeprefix("https://id.gs1.org"), Accept=accept)
    assert (answer.status, answer.headers["content-type"]) == (HTTPStatus.OK, "application/json")
    assert answer.headers["vary"] == "Accept"
    unit = emitter.unit(thing)
    assert answer.json() | {"as_of": ""} == unit | {"as_of": ""}


def test_person_gets_a_page_at_a_digital_link(emitter: Client) -> None:
    thing = f"https://id.gs1.org/01/{GTIN}/21/{serial()}"
    emitter.capture(document(event(epcList=[thing])))
    answer = emitter.get(thing.removeprefix("https://id.gs1.org"), Accept=HTML)
    assert (answer.status, answer.headers["content-type"]) == (HTTPStatus.OK, "text/html; charset=utf-8")
    assert answer.headers["vary"] == "Accept"
    assert thing in answer.body.decode()


def test_digital_link_as_of_a_time(emitter: Client) -> None:
    thing = f"https://id.gs1.org/01/{GTIN}/21/{serial()}"
    path = thing.removeprefix("https://id.gs1.org")
    emitter.capture(document(event(epcList=[thing])))
    between = emitter.unit(thing)
    emitter.capture(document(event(epcList=[thing])))
    assert emitter.get(f"{path}?as_of={quote(between['as_of'])}", Accept=JSON).json() == between
    for accept, media in ((JSON, "application/problem+json"), (HTML, "text/html; charset=utf-8")):
        answer = emitter.get(f"{path}?as_of=2026-01-01T00:00:00Z", Accept=accept)
        assert (answer.status, answer.headers["content-type"]) == (HTTPStatus.NOT_FOUND, media)
        assert answer.headers["vary"] == "Accept"
        assert "2026-01-01T00:00:00Z" in answer.body.decode()
    told = refused(
        emitter.get(unit_path(thing, "2026-01-01T00:00:00Z")), HTTPStatus.NOT_FOUND, "NoSuchResourceException"
    )
    assert told["detail"] == f"no event recorded by 2026-01-01T00:00:00Z names {thing}"


@pytest.mark.parametrize("path", ["/01/a%zz", f"/01/{GTIN}/21/%", "/00/<1>"])
def test_path_that_is_no_uri_is_400(anybody: Client, path: str) -> None:
    refused(anybody.get(path, Accept=JSON), HTTPStatus.BAD_REQUEST, "QueryParameterException")
    answer = anybody.get(path, Accept=HTML)
    assert (answer.status, answer.headers["content-type"]) == (HTTPStatus.BAD_REQUEST, "text/html; charset=utf-8")
    assert answer.headers["vary"] == "Accept"


def test_path_that_is_no_digital_link_is_an_id_like_any_other_uri(emitter: Client) -> None:
    """An event may name such a URI, so it must be found again; until then it is told why it is none."""
    path = f"/01/apples/{uuid4()}"
    told = refused(emitter.get(path, Accept=JSON), HTTPStatus.BAD_REQUEST, "QueryParameterException")
    assert "a GTIN of 8, 12, 13 or 14 digits" in told["errors"][0]["expected"]
    sent = event(epcList=[f"https://id.gs1.org{path}"])
    emitter.capture(document(sent))
    assert [deed["event"] for deed in emitter.get(path, Accept=JSON).json()["events"]] == [sent["eventID"]]


KEYS = """
00/306141410000000457
01/00614141000012/21/%2F%3F%23%25
01/00614141000012/10/%22a%26b
253/0614141000012{}
255/0614141000012{}
401/0614141{}
402/06141410000000457
414/0614141000098
417/0614141000098
8003/00614141000012{}
8004/0614141{}
8006/006141410000120102/21/{}
8010/0614141{}/8011/7
8017/061414100000000457
8018/061414100000000457
"""


@pytest.mark.parametrize("key", KEYS.split())
def test_every_key_of_gs1_has_a_path(emitter: Client, key: str) -> None:
    path = "/" + key.replace("{}", str(uuid4().int)[:6])
    sent = event(epcList=[f"https://id.gs1.org{path}"])
    emitter.capture(document(sent))
    answer = emitter.get(path, Accept=JSON)
    assert answer.status == HTTPStatus.OK, answer
    assert sent["eventID"] in [deed["event"] for deed in answer.json()["events"]]
    assert sent["eventID"] in emitter.direct(f"https://id.gs1.org{path}")


def test_neither_page_nor_json_is_406(anybody: Client) -> None:
    for path in (f"/01/{GTIN}/21/A", "/00/395210000000002013"):
        refused(anybody.get(path, Accept="image/png"), HTTPStatus.NOT_ACCEPTABLE, "NotAcceptableException")


def test_units_are_json_only(anybody: Client) -> None:
    refused(anybody.get(unit_path(sscc()), Accept="text/html"), HTTPStatus.NOT_ACCEPTABLE, "NotAcceptableException")


@pytest.mark.parametrize(
    "form",
    [
        "https://id.gs1.org/00/{digits}/",
        "https://example.org/x/00/{digits}//",
        "https://example.org/x/00/{digits}/?linkType=all",
        "URN:EPC:ID:SSCC:{urn}",
    ],
)
def test_what_an_event_names_is_found_as_it_was_written(emitter: Client, form: str) -> None:
    digits = sscc_digits()
    written = form.format(digits=digits, urn=f"{digits[1:8]}.{digits[0]}{digits[8:17]}")
    sent = event(epcList=[written])
    emitter.capture(document(sent))
    for one in (written, f"https://id.gs1.org/00/{digits}"):
        unit = emitter.unit(one)
        assert unit["unit"] == f"https://id.gs1.org/00/{digits}"
        assert [deed["event"] for deed in unit["events"]] == [sent["eventID"]]


def test_nothing_is_named_like_a_transformation(emitter: Client) -> None:
    name = f"urn:x:{uuid4()}"
    members = {"transformationID": name, "inputEPCList": [f"{name}:in"], "outputEPCList": [f"{name}:out"]}
    used = event(type="TransformationEvent", action=None, epcList=None, **members)
    emitter.capture(document(used))
    assert emitter.unit(f"{name}:in")["ended"] is not None
    refused(emitter.get(unit_path(f"tf:{name}")), HTTPStatus.NOT_FOUND, "NoSuchResourceException")
    assert emitter.get(unit_path(f"\x01{name}")).status == HTTPStatus.BAD_REQUEST
    sent = event(epcList=[f"tf:{name}"])
    emitter.capture(document(sent))
    assert emitter.direct(f"tf:{name}") == [sent["eventID"]]


@pytest.mark.parametrize("lot", [f"https://id.gs1.org/01/{GTIN}/10/{{}}", "https://example.org/lots/{}"])
def test_a_lot_may_be_in_several_containers(emitter: Client, lot: str) -> None:
    lot = lot.format(serial())
    boxes = [sscc(), sscc()]
    for hour, box in enumerate(boxes):
        inside = {"childQuantityList": [{"epcClass": lot, "quantity": 5, "uom": "KGM"}]}
        emitter.capture(document(pack(box, [], eventTime=f"2026-05-01T0{hour}:00:00Z", **inside)))
    unit = emitter.unit(lot)
    assert [stay["to"] for stay in unit["containers"]] == [None, None]
    assert unit["flags"] == []
