"""What would change on a local cloud, and taking stacks away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fastscale.deploy.local import changes, chosen, destroy, differences
from fastscale.errors import DeployError
from fastscale.localcloud.deploy import deploy
from tests.localcloud.server.process import REGION, Server
from tests.localcloud.server.templates import alarm, ref, topic
from tests.localcloud.server.test_deploy import assembly, exporter

FIRST, SECOND = "b-first", "a-second"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for the module: each test leaves it empty."""
    started = Server(tmp_path_factory.mktemp("deploy") / "state").start()
    yield started
    started.end()


def two_stacks(folder: Path) -> Path:
    """The second needs an export of the first."""
    folder.mkdir()
    using = {"Resources": {"Alarm": alarm("rps", AlarmActions=[{"Fn::ImportValue": "shared"}])}}
    return assembly(folder, {SECOND: using, FIRST: exporter("shared")}, {SECOND: [FIRST]})


def test_changes_are_told_before_and_nothing_is_left_after(server: Server, tmp_path: Path) -> None:
    folder = two_stacks(tmp_path / "assembly")
    before = list(changes(folder, [], server.url, REGION))
    assert before == [
        f"{FIRST}: 2 changes",
        "  + Alerts (AWS::SNS::Topic)",
        "  + Arn (Outputs)",
        f"{SECOND}: 1 changes",
        "  + Alarm (AWS::CloudWatch::Alarm)",
    ]
    deploy(folder, server.url, REGION, lambda _: None)
    assert list(changes(folder, [], server.url, REGION)) == [f"{FIRST}: no changes", f"{SECOND}: no changes"]

    told: list[str] = []
    destroy(folder, [], server.url, REGION, told.append)
    assert told == [SECOND, FIRST]
    assert (server.stack(FIRST), server.stack(SECOND)) == (None, None)
    destroy(folder, [], server.url, REGION, told.append)


def test_a_stack_that_others_need_stays_and_is_named(server: Server, tmp_path: Path) -> None:
    folder = two_stacks(tmp_path / "assembly")
    deploy(folder, server.url, REGION, lambda _: None)
    with pytest.raises(DeployError, match=rf"stack {FIRST}: .*"):
        destroy(folder, [FIRST], server.url, REGION, lambda _: None)
    assert server.stack(FIRST) is not None
    destroy(folder, [], server.url, REGION, lambda _: None)


def test_a_stack_that_is_not_in_the_assembly_is_named(tmp_path: Path) -> None:
    folder = two_stacks(tmp_path / "assembly")
    assert [stack.name for stack in chosen(folder, [SECOND])] == [SECOND]
    with pytest.raises(DeployError, match=f"there is no stack 'web': choose among {FIRST}, {SECOND}"):
        chosen(folder, ["web"])


def test_each_kind_of_difference_has_its_sign() -> None:
    before = {"Resources": {"Gone": topic("a"), "Same": topic("b"), "Other": topic("c")}}
    after = {"Resources": {"Same": topic("b"), "Other": topic("d"), "New": topic("e")}, "Outputs": {"Arn": ref("New")}}
    assert list(differences(before, after)) == [
        "- Gone (AWS::SNS::Topic)",
        "+ New (AWS::SNS::Topic)",
        "~ Other (AWS::SNS::Topic)",
        "+ Arn (Outputs)",
    ]
