"""The dashboard shows every signal that the plan acts on."""

import json
import re

import pytest

from fastscale import names

STACK = names.STACK_MONITORING


@pytest.fixture
def widgets(rendered):
    """The page's widgets; a value that is known only when deployed reads as ``token``."""
    body = rendered.only(STACK, "AWS::CloudWatch::Dashboard")["DashboardBody"]["Fn::Join"][1]
    text = "".join(part if isinstance(part, str) else "token" for part in body)
    return [widget["properties"] | {"type": widget["type"]} for widget in json.loads(text)["widgets"]]


def shown(widgets):
    return {
        tuple(metric[:2]) for widget in widgets for metric in widget.get("metrics", ()) if isinstance(metric[0], str)
    }


def test_the_page_has_its_published_name(rendered):
    rendered.template(STACK).has_resource_properties(
        "AWS::CloudWatch::Dashboard", {"DashboardName": "Fast-Scaling-Monitoring"}
    )


def test_every_alarm_has_a_light(rendered, widgets):
    (lights,) = [widget for widget in widgets if widget["type"] == "alarm"]
    assert len(lights["alarms"]) == len(rendered.plan.alarms)


def test_every_metric_that_an_alarm_watches_is_plotted(rendered, widgets):
    watched = {(alarm.metric.namespace, alarm.metric.name) for alarm in rendered.plan.alarms}
    assert watched <= shown(widgets)


def test_every_threshold_is_drawn_with_the_name_of_its_alarm(rendered, widgets):
    lines = {
        (name, line["value"])
        for widget in widgets
        for line in widget.get("annotations", {}).get("horizontal", ())
        for name in re.split(", ", line["label"])
    }
    assert lines == {(alarm.name, alarm.threshold) for alarm in rendered.plan.alarms}


def test_the_services_load_is_the_sum_of_its_tasks_reports(rendered, widgets):
    (load,) = [widget for widget in widgets if widget["title"].startswith("Load of the service")]
    expression, reports = load["metrics"]
    assert expression[0]["expression"] == f"reports * {rendered.plan.metering.interval_seconds} / PERIOD(reports)"
    assert (reports[1], reports[2]["stat"]) == ("RequestsPerSecond", "Sum")


def test_the_task_counts_are_the_services(widgets):
    (tasks,) = [widget for widget in widgets if widget["title"] == "Tasks"]
    assert {metric[1] for metric in tasks["metrics"]} == {"DesiredTaskCount", "RunningTaskCount", "PendingTaskCount"}
    assert all(metric[2::2][:2] == ["ClusterName", "ServiceName"] for metric in tasks["metrics"])


def test_pulse_is_on_the_page_when_the_plan_has_it(pulse, without_pulse):
    watched = {"Heartbeat", "DecisionLatency", "ScrapeFailures", "SampledShare"}
    body, body_without = (json.dumps(made.only(STACK, "AWS::CloudWatch::Dashboard")) for made in (pulse, without_pulse))
    assert all(name in body for name in watched)
    assert not any(name in body_without for name in watched)
