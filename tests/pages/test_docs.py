"""/docs shows every operation, with nothing but this host."""

from http import HTTPStatus

from selenium.webdriver.support.wait import WebDriverWait

from tests.pages.person import Person


def test_docs_show_every_operation(person: Person) -> None:
    paths = person.server.json("/openapi.json")["paths"]
    described = sorted((method.upper(), path) for path, methods in paths.items() for method in methods)
    person.open("/docs")
    WebDriverWait(person.browser, 30).until(lambda _: len(person.all(".opblock")) >= len(described))
    blocks = [
        (
            block.find_element("css selector", ".opblock-summary-method").text,
            block.find_element("css selector", ".opblock-summary-path").get_attribute("data-path"),
        )
        for block in person.all(".opblock")
    ]
    assert sorted(blocks) == described
    assert "tianzhuo" in person.text("h1, h2")
    asked = person.fetched()
    assert {url for url in asked if not url.startswith(person.server.url + "/")} == set()
    assert set(asked.values()) == {HTTPStatus.OK}
    person.open("/docs")  # for the check that every test here ends with
