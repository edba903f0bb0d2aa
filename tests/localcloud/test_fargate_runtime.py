"""Tasks as real processes with addresses, environments, logs and metadata of their own."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from fastscale.errors import LocalCloudError, PortInUseError
from fastscale.localcloud.backstage import ApiUnavailableError
from fastscale.localcloud.fargate.addresses import AddressPool, addresses, require_bindable
from fastscale.localcloud.fargate.fleet import Change, Fleet
from fastscale.localcloud.fargate.images import LocalImage, LocalImages
from fastscale.localcloud.fargate.lifecycle import Status, StopCode
from fastscale.localcloud.fargate.logs import LINES_KEPT, LogEvent, LogShipper
from fastscale.localcloud.fargate.metadata import MetadataServer
from fastscale.localcloud.fargate.runtime import TaskProcesses
from fastscale.localcloud.fargate.usage import UsageMeter, measure
from fastscale.localcloud.processes import Processes
from tests.free_ports import free_port
from tests.localcloud.cloud_fakes import definition

#: Says its environment, then listens on its address until SIGTERM.
TASK = """
import json, os, signal, socket, sys
print(json.dumps(dict(os.environ)), flush=True)
server = socket.create_server((os.environ["HOST"], int(os.environ["PORT"])))
signal.signal(signal.SIGTERM, lambda *_: (print("bye", flush=True), sys.exit(0)))
while True:
    server.accept()[0].close()
"""


@pytest.fixture
def processes() -> Iterator[Processes]:
    with Processes() as processes:
        yield processes


@pytest.fixture
def port() -> int:
    return free_port()


class Logs:
    """CloudWatch Logs in memory."""

    def __init__(self) -> None:
        self.streams: dict[tuple[str, str], list[LogEvent]] = {}
        self.calls = 0
        self.down = False

    def put(self, group: str, stream: str, events: Sequence[LogEvent]) -> None:
        self.calls += 1
        if self.down:
            raise ApiUnavailableError("connection refused")
        self.streams.setdefault((group, stream), []).extend(events)

    def texts(self) -> list[str]:
        return [text for events in self.streams.values() for _, text in events]


class Rig:
    """A fleet of real processes that listen on ``port``."""

    def __init__(self, processes: Processes, port: int, code: str = TASK) -> None:
        self.logs = Logs()
        self.shipper = LogShipper(self.logs, say=lambda line: None)
        self.definition = definition(port=port)
        self.runtime = TaskProcesses(
            processes=processes,
            images=LocalImages({"*/web:*": LocalImage((sys.executable, "-u", "-c", code))}),
            environment={"AWS_ENDPOINT_URL": "http://localhost:4566", "COLOR": "red"},
            metadata_uri=lambda task_id: f"http://metadata/{task_id}",
            output=self.shipper,
        )
        self.fleet = Fleet(runtime=self.runtime, pool=AddressPool())
        self.changes: list[Change] = []

    def start(self, count: int) -> None:
        self.fleet.start(
            self.definition, ["a"] * count, deployment_id="ecs-svc/1", startup_seconds=0.2, now=time.time()
        )

    def run_until(self, condition: Callable[[], bool], seconds: float = 10.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, self.fleet.tasks
            self.changes += self.fleet.advance(time.time())
            time.sleep(0.02)

    def statuses(self) -> set[Status]:
        return {task.status for task in self.fleet.tasks}


def test_tasks_run_side_by_side_each_on_an_address_of_its_own(processes: Processes, port: int) -> None:
    rig = Rig(processes, port)
    rig.start(3)
    rig.run_until(lambda: rig.statuses() == {Status.RUNNING})
    for task in rig.fleet.tasks:
        socket.create_connection((task.ip, port), 2).close()
    assert len({task.ip for task in rig.fleet.tasks}) == 3


def test_a_stopped_task_may_say_goodbye_and_its_lines_reach_the_log_group(processes: Processes, port: int) -> None:
    rig = Rig(processes, port)
    rig.start(1)
    rig.run_until(lambda: rig.statuses() == {Status.RUNNING})
    task = rig.fleet.tasks[0]
    rig.fleet.stop([task.id], StopCode.USER, "by hand", drain_seconds=0, now=time.time())
    rig.run_until(lambda: rig.statuses() == {Status.STOPPED})
    assert rig.fleet.tasks[0].exit_code == 0
    rig.shipper.tick(time.time())
    assert list(rig.logs.streams) == [("/ecs/web", f"ecs/app/{task.id}")]
    environment, goodbye = rig.logs.texts()
    assert goodbye == "bye"
    seen = json.loads(environment)
    assert (seen["HOST"], seen["PORT"]) == (task.ip, str(port))
    assert seen["ECS_CONTAINER_METADATA_URI_V4"] == f"http://metadata/{task.id}"
    assert seen["COLOR"] == "red", "the supervisor's environment wins over the task definition's"
    assert seen["AWS_SDK_UA_APP_ID"] == "app", "the API server tells by it who sets a desired count"
    assert {name for name in seen if name.startswith("AWS_")} == {"AWS_ENDPOINT_URL", "AWS_SDK_UA_APP_ID"}


@pytest.mark.parametrize("variable", ["PYTHONPATH", "PYTHONSTARTUP", "LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "PATH"])
def test_a_task_definition_cannot_make_a_task_load_other_code(
    processes: Processes, port: int, tmp_path: Path, variable: str
) -> None:
    rig = Rig(processes, port, code="import json, os, time; print(json.dumps(dict(os.environ))); time.sleep(60)")
    rig.definition = definition(port=None, environment={variable: str(tmp_path), "COLOR": "blue", "SHAPE": "round"})
    rig.start(1)
    rig.run_until(lambda: rig.statuses() == {Status.RUNNING})

    def shipped() -> bool:
        rig.shipper.tick(time.time())
        return bool(rig.logs.texts())

    rig.run_until(shipped)
    seen = json.loads(rig.logs.texts()[0])
    assert seen["SHAPE"] == "round"
    assert seen.get(variable) != str(tmp_path)


def test_a_process_that_ends_before_it_listens_fails_the_start(processes: Processes, port: int) -> None:
    rig = Rig(processes, port, code="import sys; print('no database'); sys.exit(3)")
    rig.start(1)
    rig.run_until(lambda: rig.statuses() == {Status.STOPPED})
    assert [change.failed_to_start for change in rig.changes].count(True) == 1
    assert rig.fleet.tasks[0].exit_code == 3


def test_an_image_without_a_local_command_stops_its_task_with_a_reason(processes: Processes, port: int) -> None:
    rig = Rig(processes, port)
    rig.definition = definition(port=port, image="nginx:latest")
    rig.start(1)
    rig.run_until(lambda: rig.statuses() == {Status.STOPPED})
    assert rig.fleet.tasks[0].stop_code is StopCode.FAILED_TO_START
    assert "no local command stands for image 'nginx:latest'" in str(rig.fleet.tasks[0].stopped_reason)


def test_a_port_that_another_program_has_on_all_addresses_is_named(port: int) -> None:
    with (
        socket.create_server(("", port)),
        pytest.raises(PortInUseError, match=f"no task can have port {port}: end the program"),
    ):
        AddressPool().take(port)


def test_an_address_that_another_local_cloud_uses_is_left_out(port: int) -> None:
    with socket.create_server(("127.0.1.1", port)):
        pool = AddressPool()
        assert [pool.take(port), pool.take(port)] == ["127.0.1.2", "127.0.1.3"]


only_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has abstract sockets")


@only_linux
def test_an_address_is_kept_until_its_task_listens(port: int) -> None:
    """A task listens a start-up time after its address was chosen: another local cloud may choose meanwhile."""
    first, second = AddressPool(), AddressPool()
    taken = first.take_many(2, port)
    assert second.take(port) == "127.0.1.3"
    first.release(taken[0])
    assert second.take(port) == taken[0]
    del first
    assert second.take(port) == taken[1], "a pool that is gone keeps nothing"


@only_linux
def test_tasks_without_a_port_have_addresses_of_their_own_too() -> None:
    first, second = AddressPool(), AddressPool()
    assert not set(first.take_many(2, None)) & set(second.take_many(2, None))


@only_linux
def test_all_addresses_or_none_are_taken(port: int) -> None:
    pool, other = AddressPool(), AddressPool()
    with pytest.raises(LocalCloudError, match="all 400 task addresses"):
        pool.take_many(401, port)
    assert other.take_many(400, port) == list(addresses())
    with pytest.raises(PortInUseError, match="other local clouds have all task addresses"):
        pool.take(port)


def test_an_address_that_the_system_does_not_have_is_named_with_the_fix(port: int) -> None:
    with pytest.raises(LocalCloudError, match="ifconfig lo0 alias"):
        require_bindable("192.0.2.1", port)


def test_all_addresses_of_the_pool_are_loopback_and_different() -> None:
    pool = list(addresses())
    assert len(set(pool)) == len(pool) == 400
    assert all(address.startswith("127.0.") and address.split(".")[3] not in ("0", "255") for address in pool)


def test_usage_is_measured_on_the_processes_of_tasks(processes: Processes) -> None:
    busy = "import time\nend = time.time() + 60\nblob = bytearray(64 * 1024 * 1024)\nwhile time.time() < end: pass"
    child = processes.spawn([sys.executable, "-c", busy], name="busy", env=dict(os.environ))
    meter = UsageMeter(cluster="shop", service="web")
    running = {child.pid: definition(cpu_units=1024, memory_mib=512)}
    assert meter.due(1_800_000_030.0)
    started, cpu = time.monotonic(), measure([child.pid])[child.pid].cpu_seconds
    assert meter.close_period(running, 1_800_000_030.0) == []
    assert not meter.due(1_800_000_059.9)
    time.sleep(1.0)
    share = (measure([child.pid])[child.pid].cpu_seconds - cpu) / (time.monotonic() - started)
    processor, memory = meter.close_period(running, 1_800_000_031.0)
    assert processor["MetricName"] == "CPUUtilization"
    assert processor["Values"][0] == pytest.approx(100 * share, rel=0.3)
    assert 64 / 512 * 100 < memory["Values"][0] < 40
    assert processor["Dimensions"] == [
        {"Name": "ClusterName", "Value": "shop"},
        {"Name": "ServiceName", "Value": "web"},
    ]


def test_usage_data_belong_to_the_period_that_has_just_ended() -> None:
    meter = UsageMeter(cluster="shop", service="web", period_seconds=20)
    own = {os.getpgrp(): definition()}
    meter.close_period(own, 1_800_000_005.0)
    data = meter.close_period(own, 1_800_000_020.1)
    assert {datum["Timestamp"].timestamp() for datum in data} == {1_800_000_000.0}
    assert {datum["StorageResolution"] for datum in data} == {1}
    assert not meter.due(1_800_000_039.9)
    assert meter.due(1_800_000_040.0)


def test_log_lines_wait_for_an_api_that_is_away_and_the_oldest_give_way() -> None:
    logs, said = Logs(), list[str]()
    shipper = LogShipper(logs, say=said.append)
    add = shipper.lines_of(definition(), "1")
    assert add is not None
    logs.down = True
    for number in range(LINES_KEPT // 2):
        add(f"line {number}")
    shipper.tick(0.0)
    for number in range(LINES_KEPT // 2, LINES_KEPT + 10):
        add(f"line {number}")
    logs.down = False
    shipper.tick(60.0)
    assert logs.texts() == [f"line {number}" for number in range(10, LINES_KEPT + 10)]
    assert [line for line in said if "dropped the oldest 10 lines of ecs/app/1" in line]


def test_log_batches_keep_to_the_limits_of_the_api() -> None:
    logs = Logs()
    shipper = LogShipper(logs, say=lambda line: None)
    add = shipper.lines_of(definition(), "1")
    assert add is not None
    for _ in range(30):
        add("x" * 100_000)
    shipper.tick(0.0)
    assert len(logs.texts()) == 30
    assert logs.calls == 3, "10 lines of 100,000 bytes fit into one call"
    add("")
    shipper.tick(1.0)
    assert logs.calls == 3, "an empty line is no event"


def test_a_task_that_maps_no_port_runs_as_soon_as_it_is_due(processes: Processes, port: int) -> None:
    rig = Rig(processes, port, code="import os, time; print('PORT' in os.environ, flush=True); time.sleep(60)")
    rig.definition = definition(port=None)
    rig.start(1)
    rig.run_until(lambda: rig.statuses() == {Status.RUNNING})
    rig.run_until(lambda: (rig.shipper.tick(time.time()), rig.logs.texts())[1] == ["False"])


def test_a_command_is_found_by_the_container_before_the_image() -> None:
    by_image, by_name = LocalImage(("image",)), LocalImage(("container",))
    images = LocalImages({"*/web:*": by_image}, containers={"side": by_name})
    assert images.find(definition()) is by_image
    assert images.find(definition(container="side")) is by_name
    with pytest.raises(LocalCloudError, match="no local command stands for image 'redis:7'; known: side, "):
        images.find(definition(image="redis:7"))


def test_the_metadata_endpoint_answers_for_container_and_task() -> None:
    with MetadataServer() as server:
        server.describe = lambda task_id, whole: {"task": whole} if task_id == "1" else None
        assert get(server.uri("1")) == {"task": False}
        assert get(f"{server.uri('1')}/task") == {"task": True}
        with pytest.raises(urllib.error.HTTPError, match="404"):
            get(server.uri("2"))


def get(url: str) -> object:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return json.load(answer)
