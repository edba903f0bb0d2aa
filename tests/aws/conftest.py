from collections.abc import Iterator
from itertools import count

import pytest

from tests.aws.shop import Shop
from tests.localcloud.server.process import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[Server]:
    """One API server for all tests of this part; services keep apart by their names."""
    started = Server(tmp_path_factory.mktemp("aws") / "state").start()
    yield started
    started.end()


@pytest.fixture(scope="session")
def _numbers() -> Iterator[int]:
    return count(1)


@pytest.fixture
def shop(server, _numbers) -> Iterator[Shop]:
    """A service of two tasks that serve."""
    opened = Shop(server, f"shop-{next(_numbers)}")
    opened.serving(2)
    yield opened
    opened.close()
