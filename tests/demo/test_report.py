from __future__ import annotations

import json
import re
from pathlib import Path

import plotly.graph_objects as go
import pytest

from fastscale.demo import page, plots, report
from fastscale.demo.report import Machine, Report
from fastscale.demo.settings import DemoSettings
from fastscale.errors import InputError
from fastscale.profiles import profile
from tests.demo.recordings import ALARM, Answer, record
from tests.pages.self_contained import outside

MACHINE = Machine(cores=2, memory_gib=24.0, system="Linux x86_64", python="3.11.7")


def made(answer: Answer = Answer(), name: str = "default") -> Report:  # noqa: B008 - frozen
    return report.build(record(answer), DemoSettings(), profile(name), MACHINE)


def test_the_json_has_milestones_and_requests_where_its_readers_expect_them(tmp_path: Path) -> None:
    path = report.write_json(made(), tmp_path / "deep" / "demo")
    data = json.loads(path.read_text())

    assert list(data["milestones"]) == [
        "pulse_decision",
        "trigger",
        "breaching_metric",
        "alarm",
        "alarm_trigger",
        "running",
        "healthy",
        "capacity",
    ]
    assert data["milestones"]["trigger"] == 10.1
    assert (data["trigger"]["actor"], data["trigger"]["before"], data["trigger"]["after"]) == ("the alarm path", 2, 8)
    assert set(data["requests"]) == {"before", "during", "after"}
    assert {"offered", "ok", "failed", "p50_ms", "p95_ms", "p99_ms"} <= set(data["requests"]["during"])
    assert data["verdict"]["ok"] is True
    assert data["settings"]["startup_seconds"] == 23.0
    assert len(data["samples"]) == len(data["load"]) == 120


def test_a_report_can_be_read_back(tmp_path: Path) -> None:
    written = made()

    assert report.read(report.write_json(written, tmp_path)) == written


def test_what_was_not_reached_is_null(tmp_path: Path) -> None:
    never = made(Answer(alarm=None, trigger=None, running=None, healthy=None))
    data = json.loads(report.write_json(never, tmp_path).read_text())

    assert data["milestones"]["trigger"] is None
    assert data["verdict"] == {
        "triggered": False,
        "recovered": False,
        "ok": False,
        "text": "No scale-out was triggered.",
    }


@pytest.mark.parametrize("text", ["", "[]", '{"milestones": {}}'])
def test_a_file_that_is_no_report_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(text)

    with pytest.raises(InputError, match=r"is not a report\.json of this version"):
        report.read(path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")

    with pytest.raises(InputError, match="cannot be written"):
        report.write_json(made(), tmp_path / "taken")


def test_the_page_needs_nothing_from_elsewhere(tmp_path: Path) -> None:
    html = page.write_html(made(), None, tmp_path).read_text()

    assert outside(html) == []
    assert html.count('<div class="plot"') == 1


def test_the_page_says_what_happened() -> None:
    html = page.render(made())

    for paragraph in made().story:
        assert paragraph in html
    assert "A scale-out was triggered and served traffic recovered" in html
    assert "triggered policy FastScaling-ScaleOut" in html
    assert "15,000" in html


def test_the_page_puts_an_earlier_profile_beside_in_numbers() -> None:
    html = page.render(made(), made(Answer(tasks=4, trigger=12.3), "reference"))

    assert "<th>reference</th>" in html
    assert "<td>12.3</td>" in html
    assert "Requests, profile reference" in html


def test_what_the_api_said_cannot_break_the_page() -> None:
    evil = "</script><script>alert(1)</script>"
    told = made()
    activity = told.activities[0].model_copy(update={"description": evil})
    samples = tuple(
        sample.model_copy(update={"alarms": {**(sample.alarms or {}), evil: "ALARM"}}) for sample in told.samples
    )
    html = page.render(told.model_copy(update={"activities": (activity,), "samples": samples}))

    assert evil not in html
    assert "&lt;script&gt;alert(1)" in html


@pytest.mark.parametrize(
    "answer", [Answer(), Answer(breach=None, alarm=None, trigger=None, running=None, healthy=None)]
)
def test_plotly_accepts_the_figure(answer: Answer) -> None:
    go.Figure(plots.figure(made(answer)), skip_invalid=False)


def test_all_panels_share_the_time_axis() -> None:
    figure = plots.figure(made())

    assert {trace.get("xaxis", "x") for trace in figure["data"]} == {"x"}
    assert {trace["yaxis"] for trace in figure["data"]} == {"y", "y2", "y3", "y4"}
    assert figure["layout"]["xaxis"]["range"] == [-20, 100]


def test_orders_stand_beside_what_is_needed() -> None:
    tasks = {trace["name"]: trace for trace in plots.figure(made())["data"] if trace["yaxis"] == "y2"}

    assert (tasks["needed"]["x"], tasks["needed"]["y"]) == ([-20, 0, 100], [1, 6, 6])
    assert (tasks["alarm path orders"]["x"], tasks["alarm path orders"]["y"]) == ([pytest.approx(10.1)], [8])
    assert "Pulse orders" not in tasks
    assert '<span class="dim">tasks ordered, 6 needed</span><b>8' in page.render(made())


def test_capacity_far_beyond_the_load_does_not_press_it_flat() -> None:
    shown = plots.figure(made(Answer(tasks=100)))["layout"]["yaxis"]["range"]
    close = plots.figure(made(Answer(tasks=7)))["layout"]["yaxis"]["range"]

    assert shown == [0, pytest.approx(1.05 * 2 * busiest(Answer(tasks=100)))]
    assert close[1] < shown[1]


def busiest(answer: Answer) -> int:
    return max(max(second.offered, second.ok) for second in made(answer).load)


def test_what_was_not_reached_is_never_in_the_tiles() -> None:
    html = page.render(made(Answer(alarm=None, trigger=None, running=None, healthy=None)))
    tiles = re.findall(r'<div class="tile"><span class="dim">(.*?)</span><b>(.*?)</b>', html)

    assert dict(tiles) == {
        "desired count raised after": "never",
        "capacity met demand after": "never",
        "failed until served again": tiles[2][1],
        "p95 once served again": "never",
    }


def test_an_alarm_band_changes_colour_when_the_history_says() -> None:
    assert plots.bands(made(Answer(alarm=9.8)), ALARM) == [
        (-19.5, pytest.approx(9.8), "OK"),
        (pytest.approx(9.8), 99.5, "ALARM"),
    ]
    assert plots.bands(made(), "no such alarm") == []


def test_alarms_that_scale_out_and_alarms_that_tripped_have_bands() -> None:
    shown = plots.shown_alarms(made())

    assert ALARM in shown
    assert f"{ALARM}-Confirmed" in shown
    assert "FastScaling-LowRPS" in shown
    assert "FastScaling-HighCPU" not in shown


def test_marks_of_close_milestones_do_not_cover_each_other() -> None:
    marks = plots.figure(made())["layout"]["annotations"]
    places = [(round(mark["x"]), mark["yshift"]) for mark in marks]

    times = [mark["x"] for mark in marks]

    assert times == sorted(times)
    assert [mark["text"] for mark in marks] == [f"<b>{number}</b>" for number in (3, 4, 2, 5, 6, 7, 8)]
    assert len(set(places)) == len(places)
