from collections.abc import Iterator
from itertools import count

import pytest

from tests.doctor.deployed import Deployed
from tests.localcloud.server.process import Server

NUMBERS = count(1)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An API server for all tests that examine one."""
    started = Server(tmp_path_factory.mktemp("doctor") / "state").start()
    yield started
    started.end()


@pytest.fixture
def deployed(server: Server) -> Deployed:
    """A healthy service that no other test uses."""
    return Deployed(server, f"patient-{next(NUMBERS)}").deploy()
