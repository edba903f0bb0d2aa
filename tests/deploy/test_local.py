"""What would change on a local cloud, and taking stacks away."""

from __future__ import annotations

from pathlib import Path

import pytest

from fastscale.deploy.choice import Along, chosen, region
from fastscale.deploy.cloudformation import deploy
from fastscale.deploy.deployed import Deployed
from fastscale.deploy.local import changes, destroy, differences
from fastscale.errors import DeployError
from tests.localcloud.server.process import REGION, Server
from tests.localcloud.server.templates import alarm, ref, topic
from tests.localcloud.server.test_deploy import assembly, exporter

FIRST, SECOND = "b-first", "a-second"


def two_stacks(folder: Path) -> Path:
    """The second needs an export of the first."""
    folder.mkdir()
    using = {"Resources": {"Alarm": alarm("rps", AlarmActions=[{"Fn::ImportValue": "shared"}])}}
    return assembly(folder, {SECOND: using, FIRST: exporter("shared")}, {SECOND: [FIRST]})


@pytest.fixture
def deployed(server: Server) -> Deployed:
    return Deployed(server.client("cloudformation"))


def test_changes_are_told_before_and_nothing_is_left_after(server: Server, deployed: Deployed, tmp_path: Path) -> None:
    folder = two_stacks(tmp_path / "assembly")
    before = list(changes(chosen(folder, []), deployed))
    assert before == [
        f"{FIRST}: 2 changes",
        "  + Alerts (AWS::SNS::Topic)",
        "  + Arn (Outputs)",
        f"{SECOND}: 1 changes",
        "  + Alarm (AWS::CloudWatch::Alarm)",
    ]
    deploy(folder, server.url, REGION, lambda _: None)
    assert list(changes(chosen(folder, []), deployed)) == [f"{FIRST}: no changes", f"{SECOND}: no changes"]

    told: list[str] = []
    destroy(chosen(folder, []), deployed, told.append)
    assert told == [SECOND, FIRST]
    assert (server.stack(FIRST), server.stack(SECOND)) == (None, None)
    destroy(chosen(folder, []), deployed, told.append)


def test_a_stack_that_others_need_stays_and_is_named(server: Server, deployed: Deployed, tmp_path: Path) -> None:
    folder = two_stacks(tmp_path / "assembly")
    deploy(folder, server.url, REGION, lambda _: None)
    with pytest.raises(DeployError, match=rf"stack {FIRST}: .*in use by {SECOND}"):
        destroy(chosen(folder, [FIRST]), deployed, lambda _: None)
    assert server.stack(FIRST) is not None
    destroy(chosen(folder, [FIRST], Along.NEEDING), deployed, lambda _: None)
    assert (server.stack(FIRST), server.stack(SECOND)) == (None, None)


def test_only_the_named_stacks_are_deployed(server: Server, deployed: Deployed, tmp_path: Path) -> None:
    folder = two_stacks(tmp_path / "assembly")
    assert list(deploy(folder, server.url, REGION, lambda _: None, only=[FIRST])) == [FIRST]
    assert (deployed.exists(FIRST), deployed.exists(SECOND)) == (True, False)
    destroy(chosen(folder, [FIRST]), deployed, lambda _: None)


def test_what_is_needed_or_needs_goes_along(tmp_path: Path) -> None:
    template = {"Resources": {"Topic": topic("t")}}
    needs = {"B": ["A"], "C": ["B"], "E": ["D"]}
    folder = assembly(tmp_path, dict.fromkeys("ABCDE", template), needs)

    def names(stacks: list[str], along: Along) -> str:
        return "".join(sorted(stack.name for stack in chosen(folder, stacks, along)))

    assert names(["C"], Along.NEEDED) == "ABC"
    assert names(["A"], Along.NEEDING) == "ABC"
    assert names(["B"], Along.NOTHING) == "B"
    assert names([], Along.NEEDED) == "ABCDE"


def test_a_stack_that_is_not_in_the_assembly_is_named(tmp_path: Path) -> None:
    folder = two_stacks(tmp_path / "assembly")
    with pytest.raises(DeployError, match=f"there is no stack 'web': choose among {FIRST}, {SECOND}"):
        chosen(folder, ["web"])


@pytest.mark.parametrize(
    ("environment", "found"),
    [("aws://unknown-account/eu-west-1", "eu-west-1"), ("aws://unknown-account/unknown-region", None)],
)
def test_the_region_is_the_assemblys(tmp_path: Path, environment: str, found: str | None) -> None:
    folder = assembly(tmp_path, {"A": {"Resources": {"Topic": topic("t")}}}, environment=environment)
    assert region(folder) == found


def test_each_kind_of_difference_has_its_sign() -> None:
    before = {"Resources": {"Gone": topic("a"), "Same": topic("b"), "Other": topic("c")}}
    after = {"Resources": {"Same": topic("b"), "Other": topic("d"), "New": topic("e")}, "Outputs": {"Arn": ref("New")}}
    assert list(differences(before, after)) == [
        "- Gone (AWS::SNS::Topic)",
        "+ New (AWS::SNS::Topic)",
        "~ Other (AWS::SNS::Topic)",
        "+ Arn (Outputs)",
    ]
