"""Who talks to the running service."""

import pytest

from tests.api.client import Client
from tests.servers.tianzhuo import TianzhuoServer


@pytest.fixture
def emitter(tianzhuo: TianzhuoServer) -> Client:
    """Somebody with the admin key."""
    return Client(tianzhuo, tianzhuo.admin_key)


@pytest.fixture
def anybody(tianzhuo: TianzhuoServer) -> Client:
    """Somebody without a key."""
    return Client(tianzhuo)
