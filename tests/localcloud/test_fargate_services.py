"""Several services side by side, as timelines: each has its own tasks, and its own troubles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

import pytest

from fastscale.localcloud.backstage import ApiUnavailableError
from fastscale.localcloud.cycle import Say
from fastscale.localcloud.fargate.addresses import AddressPool
from fastscale.localcloud.fargate.definitions import ServiceKey
from fastscale.localcloud.fargate.fleet import Fleet
from fastscale.localcloud.fargate.loop import Apis, FargateLoop
from fastscale.localcloud.fargate.pace import AccountLaunches, LaunchPace
from fastscale.localcloud.fargate.services import TICK_SECONDS, Services
from fastscale.localcloud.fargate.usage import UsageMeter
from tests.localcloud.cloud_fakes import FIRST_DEFINITION, FakeApi, FakeRuntime, definition

STARTUP = 5.0
WEB, WORKER = ServiceKey("shop", "web"), ServiceKey("back-office", "worker")


class FakeCatalog:
    """The services that there are; ``down`` makes the API one that is away."""

    def __init__(self) -> None:
        self.listed = {WEB, WORKER}
        self.down = False

    def services(self) -> Collection[ServiceKey]:
        if self.down:
            raise ApiUnavailableError("connection refused")
        return set(self.listed)


class Region:
    """Two services, each with an API of its own to look at, and the tasks of both. Seconds count from 0."""

    def __init__(self) -> None:
        self.catalog = FakeCatalog()
        self.apis = {WEB: FakeApi(), WORKER: without_balancer(FakeApi())}
        self.fleets: dict[ServiceKey, list[Fleet]] = {WEB: [], WORKER: []}
        self.said: list[str] = []
        self.runtime = FakeRuntime()
        self.services = Services(catalog=self.catalog, make_loop=self._make_loop, say=self.said.append)
        self._pool = AddressPool(lambda address, port: None)
        self._account = AccountLaunches()
        self._ticks = 0

    def run_for(self, seconds: float) -> None:
        for _ in range(round(seconds / TICK_SECONDS)):
            self.services.tick(1_800_000_000.0 + self._ticks * TICK_SECONDS)
            self._ticks += 1

    def delete(self, key: ServiceKey) -> None:
        self.catalog.listed.remove(key)
        self.apis[key].wanted = None

    def statuses(self, key: ServiceKey) -> Counter[str]:
        return Counter(entry["lastStatus"] for entry in self.apis[key].reports[-1])

    def _make_loop(self, key: ServiceKey, say: Say) -> FargateLoop:
        api, fleet = self.apis[key], Fleet(runtime=self.runtime, pool=self._pool)
        self.fleets[key].append(fleet)
        return FargateLoop(
            service_name=key.service,
            api=Apis(service=api, targets=api, reports=api, metrics=api),
            fleet=fleet,
            usage=UsageMeter(cluster=key.cluster, service=key.service),
            pace=LaunchPace(self._account),
            startup_seconds=STARTUP,
            say=say,
        )


def without_balancer(api: FakeApi) -> FakeApi:
    """A service of one task that nobody sends traffic to, and that listens nowhere."""
    api.change(target_group_arn=None, container_port=None, desired_count=1)
    api.definitions[FIRST_DEFINITION] = definition(port=None, container="worker")
    return api


@pytest.fixture
def region() -> Region:
    return Region()


def test_every_service_of_every_cluster_runs_and_becomes_steady(region: Region) -> None:
    region.run_for(STARTUP + 3)
    assert region.statuses(WEB) == {"RUNNING": 2}
    assert region.statuses(WORKER) == {"RUNNING": 1}
    assert len(region.apis[WEB].targets) == 2
    assert not region.apis[WORKER].targets
    assert region.apis[WORKER].events[-1] == "(service worker) has reached a steady state."
    assert {line.partition(":")[0] for line in region.said} == {"web", "worker"}
    addresses = [task.ip for fleets in region.fleets.values() for task in fleets[0].tasks]
    assert sorted(addresses) == ["127.0.1.1", "127.0.1.2", "127.0.1.3"]


def test_a_service_that_is_created_later_is_found(region: Region) -> None:
    region.catalog.listed.remove(WORKER)
    region.run_for(5)
    assert not region.fleets[WORKER]
    region.catalog.listed.add(WORKER)
    region.run_for(1.2)
    assert region.statuses(WORKER) == {"PROVISIONING": 1}


def test_a_service_whose_definition_cannot_run_does_not_hold_up_the_others(region: Region) -> None:
    del region.apis[WORKER].definitions[FIRST_DEFINITION]
    region.run_for(STARTUP + 3)
    assert region.statuses(WEB) == {"RUNNING": 2}
    assert [line for line in region.said if "a cycle failed" in line] == [
        f"worker: a cycle failed and is skipped: KeyError: '{FIRST_DEFINITION}'"
    ]


def test_a_service_scaled_to_zero_ends_its_tasks_and_stays(region: Region) -> None:
    region.run_for(STARTUP + 3)
    region.apis[WORKER].change(desired_count=0)
    region.run_for(5)
    assert region.statuses(WORKER) == {"STOPPED": 1}
    region.apis[WORKER].change(desired_count=1)
    region.run_for(STARTUP + 3)
    assert region.statuses(WORKER) == {"RUNNING": 1, "STOPPED": 1}
    assert len(region.fleets[WORKER]) == 1


def test_a_deleted_service_ends_its_tasks_and_one_of_its_name_starts_afresh(region: Region) -> None:
    region.run_for(STARTUP + 3)
    wanted = region.apis[WORKER].wanted
    region.delete(WORKER)
    region.run_for(5)
    assert all(task.gone for task in region.fleets[WORKER][0].tasks)
    assert region.statuses(WEB) == {"RUNNING": 2}
    region.catalog.listed.add(WORKER)
    region.apis[WORKER].wanted = wanted
    region.run_for(STARTUP + 3)
    assert region.statuses(WORKER) == {"RUNNING": 1}
    assert len(region.fleets[WORKER]) == 2


def test_services_go_on_while_the_catalog_does_not_answer(region: Region) -> None:
    region.run_for(STARTUP + 3)
    region.catalog.down = True
    region.apis[WEB].change(desired_count=3)
    region.run_for(STARTUP + 3)
    assert region.statuses(WEB) == {"RUNNING": 3}


def test_the_metadata_of_a_task_is_found_in_whichever_service_it_is(region: Region) -> None:
    region.run_for(STARTUP + 3)
    task = region.fleets[WORKER][0].tasks[0]
    answer = region.services.describe(task.id, True)
    assert answer is not None
    assert answer["Containers"][0]["Name"] == "worker"
    assert region.services.describe("another", True) is None
