"""Debian's Chromium, driven through its own driver: what a person sees on a page."""

import shutil
from pathlib import Path
from typing import NamedTuple

from selenium import webdriver

from tests.servers.availability import ServerUnavailable
from tests.servers.debian import install

QUIET = (
    "--headless=new",
    "--no-sandbox",  # root in a container has no user namespace for the sandbox
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    # A test's browser talks to the test's server and to nobody else.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
)
"""Arguments for a Chromium without a screen that calls nobody by itself."""


class BrowserPrograms(NamedTuple):
    """The two programs a browser test needs."""

    chromium: Path
    driver: Path


def ensure_chromium() -> BrowserPrograms:
    """Return Chromium and its driver, installing Debian's packages when missing.

    Raises:
        ServerUnavailable: they are neither here nor installable.
    """
    browser = _find()
    if browser is None:
        install("chromium", "chromium-driver")
        browser = _find()
    if browser is None:
        message = "Debian's chromium and chromium-driver are installed, but not on PATH"
        raise ServerUnavailable(message)
    return browser


def open_browser(profile: Path) -> webdriver.Chrome:
    """Start Chromium without a screen; `quit()` ends it.

    Args:
        profile: an empty folder for its profile.

    Raises:
        ServerUnavailable: Chromium is neither here nor installable.
    """
    programs = ensure_chromium()
    options = webdriver.ChromeOptions()
    options.binary_location = str(programs.chromium)
    for argument in (*QUIET, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    # What the page's console says, and every request that the page makes.
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options, webdriver.ChromeService(str(programs.driver)))


def _find() -> BrowserPrograms | None:
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    return BrowserPrograms(Path(chromium), Path(driver)) if chromium and driver else None
