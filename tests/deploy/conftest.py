from collections.abc import Iterator

import pytest

from tests.localcloud.server.process import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for all tests of deployments: each leaves it empty."""
    started = Server(tmp_path_factory.mktemp("deploy") / "state").start()
    yield started
    started.end()
