from collections.abc import Iterator
from itertools import count

import pytest

from tests.localcloud.server.process import Server
from tests.localcloud.server.templates import service_template


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[Server]:
    """One server for all tests that only need one; they keep out of each other's way by their names."""
    started = Server(tmp_path_factory.mktemp("cloud") / "state").start()
    yield started
    started.end()


@pytest.fixture(scope="session")
def _numbers() -> Iterator[int]:
    return count(1)


@pytest.fixture
def name(_numbers) -> str:
    """A name that no other test uses."""
    return f"thing-{next(_numbers)}"


@pytest.fixture
def service(server, name) -> Iterator[str]:
    """A stack with a cluster, a target group behind a load balancer and a service of 2 tasks, all of this name."""
    stack = server.deploy(name, service_template(name))
    assert stack["StackStatus"] == "CREATE_COMPLETE", server.events(name)
    yield name
    # Nobody runs tasks here: without this report the deletion would wait for them to stop.
    server.post("/ecs/tasks", {"cluster": name, "service": name, "tasks": []})
    server.delete(name)
