"""Templates are read from JSON and from YAML with short tags; what is neither is refused in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fastscale.errors import PlanError
from fastscale.template import Design, read
from fastscale.template.documents import read_document, read_template


def write(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "template.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_short_tags_are_their_long_forms(tmp_path: Path) -> None:
    text = """
    A: !Ref X
    B: !GetAtt X.Arn
    C: !Join [",", [!Ref X, b]]
    D: !Sub ["${N}", {N: !ImportValue shared}]
    E: !If [Prod, !FindInMap [M, a, b], !Ref AWS::NoValue]
    F: !Condition Prod
    G: !Select [0, !Split ["/", a/b]]
    """
    assert read_document(write(tmp_path, text)) == {
        "A": {"Ref": "X"},
        "B": {"Fn::GetAtt": ["X", "Arn"]},
        "C": {"Fn::Join": [",", [{"Ref": "X"}, "b"]]},
        "D": {"Fn::Sub": ["${N}", {"N": {"Fn::ImportValue": "shared"}}]},
        "E": {"Fn::If": ["Prod", {"Fn::FindInMap": ["M", "a", "b"]}, {"Ref": "AWS::NoValue"}]},
        "F": {"Condition": "Prod"},
        "G": {"Fn::Select": [0, {"Fn::Split": ["/", "a/b"]}]},
    }


def test_dates_stay_text_and_keys_become_text(tmp_path: Path) -> None:
    text = "Version: 2010-09-09\nStart: 2027-01-01T00:00:00Z\nMap: {123456789012: x, true: y}\nOn: yes"
    assert read_document(write(tmp_path, text)) == {
        "Version": "2010-09-09",
        "Start": "2027-01-01T00:00:00Z",
        "Map": {"123456789012": "x", "true": "y"},
        "true": True,
    }


def test_json_with_tabs_is_read_as_json(tmp_path: Path) -> None:
    assert read_document(write(tmp_path, '\ufeff{\n\t"Resources": {}\n}')) == {"Resources": {}}


def test_what_aliases_share_is_there_twice(tmp_path: Path) -> None:
    document = read_document(write(tmp_path, "a: &x {k: 1}\nb: *x\nc: {<<: *x, m: 2}"))
    assert document == {"a": {"k": 1}, "b": {"k": 1}, "c": {"k": 1, "m": 2}}


BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 40))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is not a CloudFormation template: it holds no mapping"),
        ("[1, 2]", "is not a CloudFormation template: it holds no mapping"),
        ("Resource: {}", "is not a CloudFormation template: it has no Resources"),
        ("Resources: [1]", "is not a CloudFormation template: it has no Resources"),
        ("a: [1", "is neither JSON nor YAML: expected ',' or ']', but got '<stream end>' (line 1, column 6)"),
        ("a: !!int x", "is neither JSON nor YAML"),
        ("a: !!bool x", "is neither JSON nor YAML"),
        ("a: !!timestamp x", "is neither JSON nor YAML: could not determine a constructor"),
        ("a: !!python/object:os.system x", "is neither JSON nor YAML: could not determine a constructor"),
        ("a: " + "[" * 1500, "is nested too deeply for a template"),
        ('{"a": ' + "[" * 100_000, "is nested too deeply for a template"),
        ("a: &a [*a]", "is nested too deeply for a template"),
        (BOMB, "its aliases expand to more than 500000 values"),
        (b"a: \xff", "is not UTF-8 text"),
    ],
)
def test_what_is_no_template_is_refused_in_one_line(tmp_path: Path, text: str | bytes, problem: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(PlanError) as caught:
        read_template(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"gone\.json: there is no such file"):
        read(tmp_path / "gone.json")
    with pytest.raises(PlanError, match=r"is not a cloud assembly: it holds no manifest\.json"):
        read(tmp_path)


TYPES = st.sampled_from(
    [
        *("AWS::ECS::Service", "AWS::ECS::TaskDefinition", "AWS::CloudWatch::Alarm", "AWS::CloudFormation::Stack"),
        *("AWS::ApplicationAutoScaling::ScalableTarget", "AWS::ApplicationAutoScaling::ScalingPolicy"),
        *("AWS::Logs::MetricFilter", "AWS::IAM::Role", "AWS::ElasticLoadBalancingV2::TargetGroup"),
    ]
)
WORDS = st.sampled_from(
    [
        *("Ref", "Fn::Sub", "Fn::Join", "Fn::If", "Fn::GetAtt", "Fn::Select", "Fn::ImportValue", "Fn::Equals"),
        *("A", "B", "A.Name", "${A}", "${A.Name}", "StepScaling", "ecs:service:DesiredCount", "service/x/y", "x"),
        *("ResourceId", "ScalableDimension", "MinCapacity", "MaxCapacity", "ScheduledActions", "ScalingTargetId"),
        *("PolicyName", "PolicyType", "StepScalingPolicyConfiguration", "StepAdjustments", "AlarmActions", "Metrics"),
        *("Period", "Threshold", "Dimensions", "Statement", "Policies", "ContainerDefinitions", "TaskDefinition"),
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=15,
)
RESOURCES = st.dictionaries(
    st.sampled_from("ABCD"),
    st.fixed_dictionaries({"Type": TYPES}, optional={"Properties": VALUES, "Condition": WORDS, "Metadata": VALUES})
    | VALUES,
    min_size=1,
)
SECTIONS = st.fixed_dictionaries(
    {"Resources": RESOURCES},
    optional=dict.fromkeys(("Parameters", "Mappings", "Conditions", "Outputs", "Transform"), VALUES),
)


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture], deadline=None)
@given(template=SECTIONS)
def test_any_template_is_read_or_refused(tmp_path: Path, template: dict[str, object]) -> None:
    path = write(tmp_path, json.dumps(template))
    try:
        assert isinstance(read(path), Design)
    except PlanError as error:
        assert "\n" not in str(error)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(st.sampled_from("aR:!&*<{}[]\"'-|>%@`#?,\n \t0.~"), max_size=40))
def test_any_text_is_read_or_refused(tmp_path: Path, text: str) -> None:
    try:
        read(write(tmp_path, "Resources: {}\n" + text))
    except PlanError as error:
        assert "\n" not in str(error)
