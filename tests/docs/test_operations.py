"""What the runbook tells the owner of an adopted service to write down is a plan that the doctor can use."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from fastscale import plan_file
from fastscale.cdk.adoption import plan_for
from tests.docs.commands import ROOT

PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def test_the_plan_of_a_construct_is_written_down_and_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    adopted = plan_for("Shop-FastScaling", requests_per_task=40)
    (line,) = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    exec(line, {"Path": Path, "plan_file": plan_file, "scaling": SimpleNamespace(plan=adopted)})  # noqa: S102

    written = Path("fastscale.toml").read_text(encoding="utf-8")
    for key in re.findall(r"below `\[(\w+)\]` \((.*?)\)", PAGE):
        section, names = key[0], re.findall(r"`(\w+)`", key[1])
        table = written.partition(f"[{section}]\n")[2].partition("\n[")[0]
        assert all(re.search(rf"^{name} = ", table, re.M) for name in names), section
    read = plan_file.load(Path("fastscale.toml"))
    assert read.model_copy(update={"profile": adopted.profile}) == adopted
