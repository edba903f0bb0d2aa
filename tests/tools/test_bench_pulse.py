"""What `make bench NAME=pulse` says of parts that were not measured whole, and of runs that never came to their end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import pulse
from benchmarks.pulse_parts import trigger


def well(name: str, _options: object) -> dict[str, Any]:
    return {"name": name, "value": 1, "unit": "", "target": "1", "ok": True}


@pytest.mark.parametrize(("real", "code"), [(False, 1), (True, 0)])
def test_everything_without_real_traffic_is_incomplete_and_not_ok(
    real: bool, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "traces"
    folder.mkdir()
    if real:
        (folder / "shop.csv").write_text("0,1\n")
    monkeypatch.setattr(pulse, "_run", well)
    monkeypatch.setenv(pulse.TRACES_VARIABLE, str(folder))
    monkeypatch.setattr("sys.argv", ["pulse", "--full"])
    with pytest.raises(SystemExit) as ended:
        pulse.main()
    said = capsys.readouterr().out
    assert ended.value.code == code
    assert ("INCOMPLETE" in said) is not real
    assert json.loads(said.splitlines()[-1])["ok"] is real


@pytest.mark.parametrize(
    ("capacity", "broken", "code"),
    [((26.0, 30.5), 0, 0), ((26.0, None), 0, 1), ((26.0, 60.0), 0, 1), ((26.0, 30.5), 1, 1)],
)
def test_surges_are_judged_by_capacity_and_broken_requests_too(
    capacity: tuple[float, float | None], broken: int, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = [
        trigger.Run(
            phase=1, decision=0.8, trigger=1.0, actor="Pulse", alarm_trigger=9.0, capacity=seconds, broken=broken
        )
        for seconds in capacity
    ]
    with pytest.raises(SystemExit) as ended:
        trigger._judge(runs)
    figures = {figure["name"]: figure["value"] for figure in json.loads(capsys.readouterr().out)["figures"]}
    assert ended.value.code == code
    assert figures["capacity, median"] == 26.0
    assert figures["requests broken by changes of targets"] == 2 * broken
