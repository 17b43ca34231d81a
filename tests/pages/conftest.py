"""A person at the running service."""

from collections.abc import Iterator

import pytest
from selenium import webdriver

from tests.api.client import Client
from tests.pages.person import Person
from tests.servers.tianzhuo import TianzhuoServer


@pytest.fixture
def person(browser: webdriver.Chrome, tianzhuo: TianzhuoServer) -> Iterator[Person]:
    """Somebody with a browser, who is shown nothing of another host, and no error."""
    person = Person(browser, tianzhuo)
    yield person
    person.check_quiet()


@pytest.fixture
def emitter(tianzhuo: TianzhuoServer) -> Client:
    """Somebody with the admin key."""
    return Client(tianzhuo, tianzhuo.admin_key)
