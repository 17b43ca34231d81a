"""Somebody with a browser: opens pages, reads them, and notices what the browser fetched and complained about."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from selenium import webdriver
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from tests.servers.tianzhuo import TianzhuoServer


class Person:
    """One person, one browser, one service."""

    def __init__(self, browser: webdriver.Chrome, server: TianzhuoServer) -> None:
        self.browser = browser
        self.server = server
        self.browser.get("about:blank")
        self.fetched()
        self.complaints()

    def open(self, path: str) -> None:
        self.browser.get(self.server.url + path)

    def type_code(self, code: str, *, click: bool = False) -> None:
        """Types a code into the box of the first page, and presses the button or the return key."""
        self.open("/")
        box = self.browser.find_element("id", "id")
        box.send_keys(code)
        with self._elsewhere():
            if click:
                self.browser.find_element("css selector", "button").click()
            else:
                box.send_keys(Keys.RETURN)

    def follow(self, words: str) -> None:
        """Clicks the link with these words."""
        with self._elsewhere():
            self.browser.find_element("link text", words).click()

    @contextmanager
    def _elsewhere(self) -> Iterator[None]:
        before = self.browser.current_url
        yield
        WebDriverWait(self.browser, 20).until(lambda browser: browser.current_url != before)

    @property
    def path(self) -> str:
        """Path and query of the page that is open."""
        parts = urlsplit(self.browser.current_url)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path

    def text(self, selector: str = "body") -> str:
        return self.browser.find_element("css selector", selector).text

    def all(self, selector: str) -> list[WebElement]:
        return self.browser.find_elements("css selector", selector)

    def fetched(self) -> dict[str, int]:
        """Every address that the browser asked since the last call, with the status of its answer (0: none)."""
        found: dict[str, int] = {}
        for entry in self._log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.setdefault(message["params"]["request"]["url"], 0)
            elif message["method"] == "Network.responseReceived":
                response = message["params"]["response"]
                found[response["url"]] = response["status"]
        return {url: status for url, status in found.items() if url.startswith(("http", "ws"))}

    def complaints(self) -> list[str]:
        """What the console said since the last call, but that a page itself was refused."""
        refusals = [f"status of {status.value}" for status in (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST)]
        said = [entry["message"] for entry in self._log("browser")]
        return [one for one in said if not any(words in one for words in refusals)]

    def check_quiet(self) -> None:
        """No page asked another host, and the console said nothing."""
        asked = self.fetched()
        elsewhere = [url for url in asked if not url.startswith(self.server.url + "/")]
        said = self.complaints()
        assert asked, "the browser asked nobody"
        assert not elsewhere, elsewhere
        assert not said, said

    def _log(self, name: str) -> list[dict[str, Any]]:
        """What selenium calls a log, since the last call; it has no types for it."""
        entries: list[dict[str, Any]] = self.browser.get_log(name)  # type: ignore[no-untyped-call]
        return entries

    @contextmanager
    def without_script(self) -> Iterator[None]:
        """The browser runs no page's script inside."""
        self.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        try:
            yield
        finally:
            self.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
