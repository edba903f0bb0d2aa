from collections.abc import Iterator
from itertools import count

import pytest

from tests.aws.shop import Shop, shared_server
from tests.localcloud.server.process import Server


@pytest.fixture(scope="session")
def server() -> Server:
    """One API server for all tests that work on services through it; services keep apart by their names."""
    return shared_server()


@pytest.fixture(scope="session")
def _numbers() -> Iterator[int]:
    return count(1)


@pytest.fixture
def shop(server, _numbers, request) -> Iterator[Shop]:
    """A service of two tasks that serve."""
    part = request.path.parent.name
    opened = Shop(server, f"shop-{part}-{next(_numbers)}")
    opened.serving(2)
    yield opened
    opened.close()
