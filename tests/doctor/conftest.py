from collections.abc import Iterator
from itertools import count

import pytest

from fastscale import names
from tests.doctor.deployed import Deployed
from tests.localcloud.server.process import Server
from tests.localcloud.server.templates import topic

NUMBERS = count(1)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An API server with stacks of the four names."""
    started = Server(tmp_path_factory.mktemp("doctor") / "state").start()
    for stack in names.STACKS:
        started.deploy(stack, {"Resources": {"Topic": topic(stack)}})
    yield started
    started.end()


@pytest.fixture
def deployed(server: Server) -> Deployed:
    """A healthy service that no other test uses."""
    return Deployed(server, f"patient-{next(NUMBERS)}").deploy()
