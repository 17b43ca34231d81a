"""The plain pages: the code box, a thing's page, unknown and invalid codes; with and without script; hostile texts."""

from urllib.parse import quote
from uuid import uuid4

import pytest

from tests.api.client import Client, Json, event_path
from tests.pages.person import Person
from tests.store.events import document, event, pack, sscc

GTIN = "09521000000117"
HOSTILE = "<img src=x onerror=document.title=7><script>document.title=7</script>\"'`{{7*7}}"


def serial() -> str:
    return uuid4().hex[:12].upper()


def thing_of(number: str) -> str:
    return f"https://id.gs1.org/01/{GTIN}/21/{number}"


@pytest.mark.parametrize(
    "form",
    ["https://id.gs1.org/01/{gtin}/21/{number}", "urn:epc:id:sgtin:9521000.000011.{number}", " (01){gtin}(21){number}",
     "01{gtin}21{number}", "https://shop.example.com/01/{gtin}/10/L1/21/{number}?17=261124"],
)  # fmt: skip
def test_code_in_the_box_leads_to_its_page(person: Person, emitter: Client, form: str) -> None:
    number = serial()
    emitter.capture(document(event(epcList=[thing_of(number)])))
    person.type_code(form.format(gtin=GTIN, number=number), click="urn" in form)
    assert person.path == f"/01/{GTIN}/21/{number}"
    assert person.text("h1") == thing_of(number)
    assert person.browser.title.startswith(thing_of(number))


def test_sscc_and_uri_in_the_box(person: Person, emitter: Client) -> None:
    box, uri = sscc(), f"https://example.org/crates/{uuid4()}?a=1&b=%2F#c"
    emitter.capture(document(event(epcList=[box, uri])))
    canonical = emitter.unit(box)["unit"]
    person.type_code(canonical.rpartition("/")[2])
    assert person.text("h1") == canonical
    person.type_code(uri)
    assert person.text("h1") == uri


def season(number: str, box: str) -> list[Json]:
    """The events of a pack that was packed into a box and sold, and one that was withdrawn."""
    thing, at = thing_of(number), "2026-05-01T{}:00:00+08:00".format
    place = {"readPoint": {"id": "urn:epc:id:sgln:0614141.00777.0"}}
    return [
        event(epcList=[thing], action="ADD", bizStep="commissioning", disposition="active", eventTime=at("08")),
        pack(box, [thing], eventTime=at("09")),
        pack(box, [thing], eventTime=at("10")),
        event(epcList=[thing], bizStep="receiving", eventTime=at("11"), **place),
        event(epcList=[thing], bizStep="inspecting", eventTime=at("12")),
    ]


def test_page_shows_events_in_order_with_container_flags_and_void(person: Person, emitter: Client) -> None:
    number, box = serial(), sscc()
    made, packed, again, received, wrong = events = season(number, box)
    declared = {"errorDeclaration": {"declarationTime": "2026-05-02T00:00:00Z"}}
    emitter.capture(document(*reversed(events)))
    emitter.capture(document({**wrong, **declared}))
    person.open(f"/01/{GTIN}/21/{number}")
    rows = [row.text for row in person.all("ol > li")]
    steps = ["commissioning", "packing", "packing", "receiving"]
    assert [next(step for step in steps if step in row) for row in rows] == steps
    assert [time.text for time in person.all("ol time")] == [f"2026-05-01T0{hour}:00:00Z" for hour in range(4)]
    assert [
        row for row, one in zip(rows, (made, packed, again, received), strict=True) if one["eventID"] in row
    ] == rows
    assert "active" in rows[0]
    container = emitter.unit(box)["unit"]
    assert container in rows[1]
    assert "地点 · place https://id.gs1.org/414/0614141007776" in rows[3]
    page = person.text()
    assert "赋码 · commissioned 2026-05-01T00:00:00Z" in page
    assert f"now inside {container}" in page
    assert f"packed_twice: {again['eventID']}" in page
    assert f"作废 · void: {wrong['eventID']}" in page
    assert f"as known at {emitter.unit(box)['as_of'][:10]}" in page
    person.follow(container)
    assert person.path == container.removeprefix("https://id.gs1.org")
    assert person.text("h1") == container


def test_page_without_commissioning_says_so(person: Person, emitter: Client) -> None:
    number = serial()
    emitter.capture(document(event(epcList=[thing_of(number)], action="DELETE", bizStep="destroying")))
    person.open(f"/01/{GTIN}/21/{number}")
    assert "no commissioning event is known" in person.text()
    assert "终止 · ended 2026-05-01T00:00:00Z" in person.text()


def test_event_on_the_page_leads_to_what_was_sent(person: Person, emitter: Client) -> None:
    number = serial()
    sent = event(epcList=[thing_of(number)], eventID=f"https://ns.example.org/../{uuid4()}/?a=b&c=%2F#d")
    emitter.capture(document(sent))
    person.open(f"/01/{GTIN}/21/{number}")
    person.follow(sent["eventID"])
    assert person.path == event_path(sent["eventID"])
    assert sent["eventID"] in person.text()


def test_page_as_of_a_time_and_on_to_the_container(person: Person, emitter: Client) -> None:
    number, box = serial(), sscc()
    first, into, later = event(epcList=[thing_of(number)]), pack(box, [thing_of(number)]), event(epcList=[box])
    emitter.capture(document(first, into))
    before = emitter.unit(thing_of(number))["as_of"]
    emitter.capture(document(later))
    person.open(f"/01/{GTIN}/21/{number}?as_of={quote(before)}")
    assert len(person.all("ol > li")) == 2
    assert f"as known at {before}" in person.text()
    person.follow(emitter.unit(box)["unit"])
    assert f"as known at {before}" in person.text()
    assert later["eventID"] not in person.text()
    person.open(f"/01/{GTIN}/21/{number}?as_of=2026-01-01T00:00:00Z")
    assert "no event recorded by 2026-01-01T00:00:00Z" in person.text()
    assert "Nothing is known of this code" in person.text()


def test_unknown_and_invalid_codes(person: Person) -> None:
    number = serial()
    person.type_code(f"(01){GTIN}(21){number}")
    assert person.text("h1") == thing_of(number)
    assert "Nothing is known of this code. Unknown is not fine." in person.text()
    for wrong in ("apples", f"(01)09521000000118(21){number}"):
        person.type_code(wrong)
        assert person.text("h1") == wrong
        assert "this code cannot be read" in person.text()
    person.open("/01/abc")
    assert "this code cannot be read: expected a GTIN of 8, 12, 13 or 14 digits" in person.text()
    person.open("/search")
    assert "no code was given" in person.text()
    assert "scan or type the code on the pack" in person.text()
    person.open(f"/01/{GTIN}")
    assert "a product code alone names no single thing" in person.text()
    assert len(person.all("input[name=id]")) == 1
    person.open("/no/such/page")
    assert "GET /no/such/page: there is no such path" in person.text()


def test_everything_works_without_script(person: Person, emitter: Client) -> None:
    number, box = serial(), sscc()
    emitter.capture(document(*season(number, box)))
    with person.without_script():
        person.type_code(f"(01){GTIN}(21){number}", click=True)
        assert person.text("h1") == thing_of(number)
        assert len(person.all("ol > li")) == 5
        person.follow(emitter.unit(box)["unit"])
        assert person.text("h1") == emitter.unit(box)["unit"]
        person.follow("田桌 tianzhuo")
        assert person.path == "/"


def check_unhurt(person: Person) -> None:
    assert person.browser.title != "7"
    assert person.all("script, img, svg, iframe") == []
    for link in person.all("a"):
        assert (link.get_attribute("href") or "").startswith(person.server.url + "/")


def test_hostile_codes_in_the_box_are_shown_as_text(person: Person) -> None:
    person.type_code(HOSTILE)
    assert person.text("h1") == HOSTILE
    check_unhurt(person)
    for path in (
        f"/01/{GTIN}/10/{quote(HOSTILE[:20], safe='')}",
        f"/00/{quote('<script>', safe='')}",
        "/00/<script>%zz",
    ):
        person.open(path)
        check_unhurt(person)


def test_hostile_ids_and_texts_in_events_are_shown_as_text(person: Person, emitter: Client) -> None:
    """What an emitter may say: URIs that would be script or another host's, and extensions with anything in them."""
    number, tail = serial(), uuid4()
    script, elsewhere = f"javascript:document.title=7//{tail}", f"https://id.gs1.org//evil.example.com/{tail}"
    sent = event(
        epcList=[thing_of(number), script, elsewhere],
        eventID=f"javascript:document.title=7//{uuid4()}",
        bizLocation={"id": script},
        **{"example:note": HOSTILE},
    )
    into = [
        pack(one, [thing_of(number)], eventTime=f"2026-05-02T0{i}:00:00Z") for i, one in enumerate((script, elsewhere))
    ]
    emitter.capture(document(sent, *into))
    person.open(f"/01/{GTIN}/21/{number}")
    assert script in person.text()
    check_unhurt(person)
    for name in (sent["eventID"], script, elsewhere):
        person.open(f"/01/{GTIN}/21/{number}")
        person.follow(name)
        assert person.browser.current_url.startswith(person.server.url + "/")
        assert name in person.text()
        check_unhurt(person)


def test_search_leads_to_no_other_host(person: Person) -> None:
    for code in (
        "https://id.gs1.org//evil.example.com/",
        "https://id.gs1.org/\\evil.example.com",
        "//evil.example.com/",
    ):
        person.open(f"/search?id={quote(code, safe='')}")
        assert person.path.startswith("/search")
        check_unhurt(person)
