"""The load balancer with real targets and a real proxy."""

from __future__ import annotations

import asyncio
import http.client
import os
import signal
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from fastscale.localcloud.backstage import ApiUnavailableError, Boot
from fastscale.localcloud.balancer.checks import Checker, check
from fastscale.localcloud.balancer.groups import Registration, TargetGroup
from fastscale.localcloud.balancer.health import CheckResult, HealthSettings, TargetHealth
from fastscale.localcloud.balancer.loop import BalancerLoop, Parts
from fastscale.localcloud.balancer.proxy import SHORT_LIFE_SECONDS, Proxy
from fastscale.localcloud.balancer.traffic import TrafficMeter
from fastscale.localcloud.processes import Child, Processes
from fastscale.localcloud.targets import Target
from tests.free_ports import free_port
from tests.localcloud.cloud_fakes import GROUP

BALANCER = "arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:loadbalancer/app/my-alb/50dc6c495c0c9188"

#: An HTTP server that answers with its own address, after `?ms=` milliseconds, and 503 on /health once /sick was asked.
SERVER = """
import asyncio, sys
host, port, sick = sys.argv[1], int(sys.argv[2]), False
async def serve(reader, writer):
    global sick
    try:
        while line := await reader.readline():
            path = line.split()[1].decode()
            while (await reader.readline()).strip():
                pass
            sick = sick or path == "/sick"
            await asyncio.sleep(float(path.partition("ms=")[2] or 0) / 1000)
            status = "503 Unavailable" if sick and path == "/health" else "200 OK"
            writer.write(f"HTTP/1.1 {status}\\r\\nContent-Length: {len(host)}\\r\\n\\r\\n{host}".encode())
            await writer.drain()
    except ConnectionError:
        pass
async def main():
    async with await asyncio.start_server(serve, host, port, backlog=512) as server:
        await server.serve_forever()
asyncio.run(main())
"""


class Registry:
    """Target groups in memory; the API as the load balancer sees it."""

    def __init__(self) -> None:
        self.settings = HealthSettings(
            path="/health", interval_seconds=0.5, timeout_seconds=0.4, healthy_threshold=2, unhealthy_threshold=2
        )
        self.entries: dict[Target, Registration] = {}
        self.reported: Mapping[Target, TargetHealth] = {}
        self.metrics: list[dict[str, Any]] = []
        self.boot_id = "first"
        self.down = False

    def register(self, target: Target) -> None:
        self.entries[target] = Registration(target, time.time())

    def deregister(self, target: Target) -> None:
        self.entries[target] = Registration(target, self.entries[target].registered_at, draining=True)

    def boot(self) -> Boot:
        return Boot(self.boot_id, ready=True)

    def group(self) -> TargetGroup | None:
        return TargetGroup(GROUP, BALANCER, self.settings)

    def registrations(self, group_arn: str) -> Sequence[Registration]:
        if self.down:
            raise ApiUnavailableError("connection refused")
        return list(self.entries.values())

    def report(self, group_arn: str, healths: Mapping[Target, TargetHealth]) -> None:
        self.reported = dict(healths)

    def put(self, namespace: str, data: list[dict[str, Any]]) -> None:
        self.metrics += data

    def states(self) -> dict[str, str]:
        return {target.ip: health.state.value for target, health in self.reported.items()}


class Rig:
    """A running load balancer."""

    def __init__(self, processes: Processes, directory: Path) -> None:
        self.registry = Registry()
        self.processes = processes
        self.said: list[str] = []
        self.port = free_port()
        self.target_port = free_port()
        self.servers: dict[Target, Child] = {}
        self.proxy = Proxy(processes=processes, directory=directory, port=self.port, say=self.said.append)
        parts = Parts(
            api=self.registry, metrics=self.registry, proxy=self.proxy, checker=Checker(), traffic=TrafficMeter()
        )
        self._stop = threading.Event()
        self._thread = threading.Thread(target=BalancerLoop(parts, say=self.said.append).run, args=(self._stop,))
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    def serve(self, number: int) -> Target:
        """Start a server on an address of its own and register it."""
        target = Target(f"127.0.77.{number}", self.target_port)
        argv = [sys.executable, "-I", "-S", "-c", SERVER, target.ip, str(target.port)]
        self.servers[target] = self.processes.spawn(argv, name=f"server-{number}", env=dict(os.environ))
        self.registry.register(target)
        return target

    def get(self, path: str = "/") -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError as error:
            return 0, str(error)
        finally:
            connection.close()

    def answers_from(self) -> set[str]:
        """Who answers eight requests; a status where nobody does."""
        return {text if status == 200 else str(status) for status, text in (self.get() for _ in range(8))}

    def wait_for(self, condition: Callable[[], bool], seconds: float = 15.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, (self.registry.states(), self.said)
            time.sleep(0.05)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with Processes() as processes:
        rig = Rig(processes, tmp_path)
        yield rig
        rig.close()


def test_targets_get_traffic_from_their_first_passing_check_until_they_are_deregistered(rig: Rig) -> None:
    rig.wait_for(lambda: rig.get()[0] == 503)
    one, two = rig.serve(1), rig.serve(2)
    rig.wait_for(lambda: rig.registry.states() == {one.ip: "healthy", two.ip: "healthy"})
    rig.wait_for(lambda: rig.answers_from() == {one.ip, two.ip})
    rig.registry.deregister(one)
    rig.wait_for(lambda: rig.answers_from() == {two.ip}, seconds=2)
    assert rig.registry.states() == {two.ip: "healthy"}


def test_a_target_that_fails_its_checks_gets_no_traffic_unless_all_do(rig: Rig) -> None:
    one, two = rig.serve(1), rig.serve(2)
    rig.wait_for(lambda: rig.answers_from() == {one.ip, two.ip})
    make_sick(one)
    rig.wait_for(lambda: rig.answers_from() == {two.ip}, seconds=5)
    rig.wait_for(lambda: rig.registry.states() == {one.ip: "unhealthy", two.ip: "healthy"})
    assert rig.registry.reported[one].description == "Health checks failed with these codes: [503]"
    make_sick(two)
    rig.wait_for(lambda: rig.answers_from() == {one.ip, two.ip}, seconds=5)


def make_sick(target: Target) -> None:
    connection = http.client.HTTPConnection(target.ip, target.port, timeout=5)
    connection.request("GET", "/sick")
    connection.getresponse().read()
    connection.close()


def test_a_killed_proxy_is_started_again_with_the_same_targets(rig: Rig) -> None:
    one = rig.serve(1)
    rig.wait_for(lambda: rig.answers_from() == {one.ip})
    time.sleep(SHORT_LIFE_SECONDS)
    before = rig.proxy.pid
    assert before is not None
    os.kill(before, signal.SIGKILL)
    rig.wait_for(lambda: rig.proxy.pid != before and rig.answers_from() == {one.ip}, seconds=5)
    assert [line for line in rig.said if "exit code 137" in line and "started again" in line]


def test_traffic_goes_on_while_the_api_is_away_and_after_its_restart(rig: Rig) -> None:
    one = rig.serve(1)
    rig.wait_for(lambda: rig.answers_from() == {one.ip})
    rig.registry.down = True
    time.sleep(1.0)
    entries, rig.registry.entries = rig.registry.entries, {}
    rig.registry.boot_id, rig.registry.reported, rig.registry.down = "second", {}, False
    for _ in range(20):
        assert rig.answers_from() == {one.ip}
        time.sleep(0.05)
    rig.registry.entries = {target: Registration(target, time.time()) for target in entries}
    rig.wait_for(lambda: rig.registry.states() == {one.ip: "healthy"})
    assert rig.answers_from() == {one.ip}


def test_a_hanging_target_times_out_without_delaying_the_others() -> None:
    with socket.create_server(("127.0.77.9", 0)) as hanging:
        settings = HealthSettings(path="/", interval_seconds=5, timeout_seconds=0.5)
        hung, refused = Target(*hanging.getsockname()), Target("127.0.77.9", free_port())
        checker = Checker()
        for _ in range(40):
            checker.start(hung, 1.0, settings)
        checker.start(refused, 2.0, settings)
        time.sleep(0.2)
        assert checker.finished() == [(refused, 2.0, CheckResult("Target.FailedHealthChecks", "Health checks failed"))]
        time.sleep(0.6)
        assert checker.finished() == [(hung, 1.0, CheckResult("Target.Timeout", "Request timed out"))] * 40
        checker.close()


def test_the_matcher_decides_which_answers_pass(rig: Rig) -> None:
    target = rig.serve(1)
    rig.wait_for(lambda: rig.answers_from() == {target.ip})
    assert check(target, HealthSettings(path="/health", codes="200-299")).passed
    assert check(target, HealthSettings(path="/health", codes="404")) == CheckResult(
        "Target.ResponseCodeMismatch", "Health checks failed with these codes: [200]"
    )


CLIENTS = 8
CHANGES = 20


def test_no_request_fails_while_targets_change_under_keep_alive_clients(rig: Rig) -> None:
    targets = [rig.serve(number) for number in range(1, 5)]
    rig.wait_for(lambda: rig.answers_from() == {target.ip for target in targets})
    outcomes: Counter[str] = Counter()
    changing = threading.Event()

    def change() -> None:
        for number in range(CHANGES):
            target = targets[number // 2 % 2]
            if number % 2:
                rig.registry.register(target)
            else:
                rig.registry.deregister(target)
            time.sleep(0.25)
        changing.set()

    thread = threading.Thread(target=change)
    thread.start()
    asyncio.run(offer(rig.port, outcomes, changing))
    thread.join()
    answered = sum(count for outcome, count in outcomes.items() if outcome.startswith("127."))
    assert answered == sum(outcomes.values()) > 1000, outcomes
    assert len(outcomes) == 4, "every target answered some requests"


async def offer(port: int, outcomes: Counter[str], done: threading.Event) -> None:
    """Clients that ask one request after the other on a connection that they keep; every fourth one is slow."""

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        asked = 0
        while not done.is_set():
            asked += 1
            path = "/?ms=150" if asked % 20 == 0 else "/"
            writer.write(f"GET {path} HTTP/1.1\r\nHost: test\r\n\r\n".encode())
            outcomes[await answer(reader)] += 1
            await asyncio.sleep(0.002)
        writer.close()

    await asyncio.gather(*(client() for _ in range(CLIENTS)))


async def answer(reader: asyncio.StreamReader) -> str:
    """The text of a 200, else the status line."""
    status, length = (await reader.readline()).decode(), 0
    while header := (await reader.readline()).strip().lower():
        if header.startswith(b"content-length:"):
            length = int(header.partition(b":")[2])
    text = (await reader.readexactly(length)).decode()
    return text if " 200 " in status else status.strip()
