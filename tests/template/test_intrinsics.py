"""Intrinsic functions answer what can be known, and leave a placeholder for the rest."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastscale.template.intrinsics import holds, resolve
from fastscale.template.stack import Environment, Stack
from fastscale.template.values import Symbolic, split

TEMPLATE: dict[str, Any] = {
    "Parameters": {
        "Stage": {"Type": "String", "Default": "dev"},
        "Zones": {"Type": "CommaDelimitedList", "Default": "a, b,c"},
        "Missing": {"Type": "String"},
        "Stored": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/stored/here"},
    },
    "Mappings": {"Sizes": {"dev": {"Min": 1}, "prod": {"Min": 4}}},
    "Conditions": {
        "Dev": {"Fn::Equals": [{"Ref": "Stage"}, "dev"]},
        "Unknown": {"Fn::Equals": [{"Ref": "Missing"}, "x"]},
        "Itself": {"Fn::Not": [{"Condition": "Itself"}]},
    },
    "Resources": {
        "Cluster": {"Type": "AWS::ECS::Cluster", "Properties": {"ClusterName": {"Fn::Sub": "${Stage}-cluster"}}},
        "Web": {"Type": "AWS::ECS::Service", "Properties": {"Cluster": {"Ref": "Cluster"}, "ServiceName": "web"}},
        "Anonymous": {"Type": "AWS::ECS::Service", "Properties": {"Cluster": {"Fn::GetAtt": ["Cluster", "Arn"]}}},
        "Loop": {"Type": "AWS::ECS::Cluster", "Properties": {"ClusterName": {"Ref": "Loop"}}},
        "Topic": {"Type": "AWS::SNS::Topic"},
    },
}

WEB_ARN = "arn:${AWS::Partition}:ecs:eu-west-1:${AWS::AccountId}:service/dev-cluster/web"


def stack() -> Stack:
    return Stack("shop", TEMPLATE, environment=Environment(region="eu-west-1"))


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        ({"Ref": "Stage"}, "dev"),
        ({"Ref": "Zones"}, ["a", "b", "c"]),
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Ref": "AWS::StackName"}, "shop"),
        ({"Ref": "Cluster"}, "dev-cluster"),
        ({"Ref": "Web"}, WEB_ARN),
        ({"Fn::GetAtt": ["Web", "Name"]}, "web"),
        ({"Fn::GetAtt": "Web.ServiceArn"}, WEB_ARN),
        ({"Fn::Sub": "service/${Cluster}/${Web.Name}"}, "service/dev-cluster/web"),
        ({"Fn::Sub": ["${A}-${Stage}-${!A}", {"A": {"Ref": "Stage"}}]}, "dev-dev-${A}"),
        ({"Fn::Join": ["/", ["service", {"Ref": "Cluster"}, 7, True]]}, "service/dev-cluster/7/true"),
        ({"Fn::Join": ["-", {"Ref": "Zones"}]}, "a-b-c"),
        ({"Fn::Select": ["1", {"Ref": "Zones"}]}, "b"),
        ({"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "Web"}]}]}, "web"),
        ({"Fn::Select": [1, {"Fn::Split": ["/", {"Ref": "Anonymous"}]}]}, "dev-cluster"),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "Stage"}, "Min"]}, 1),
        ({"Fn::FindInMap": ["Sizes", "qa", "Min", {"DefaultValue": 2}]}, 2),
        ({"Fn::If": ["Dev", "yes", "no"]}, "yes"),
        ({"a": {"Ref": "AWS::NoValue"}, "b": [{"Fn::If": ["Dev", {"Ref": "AWS::NoValue"}, 1]}, 2]}, {"b": [2]}),
    ],
)
def test_what_can_be_known_is_answered(value: Any, answer: Any) -> None:
    assert resolve(value, stack()) == answer


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        ({"Ref": "Missing"}, "${Missing}"),
        ({"Ref": "Stored"}, "${Stored}"),
        ({"Ref": "Nobody"}, "${Nobody}"),
        ({"Ref": "Topic"}, "${Topic}"),
        ({"Ref": "AWS::AccountId"}, "${AWS::AccountId}"),
        ({"Fn::GetAtt": ["Anonymous", "Name"]}, "${Anonymous.Name}"),
        ({"Fn::Sub": "x-${Topic.TopicName}"}, "x-${Topic.TopicName}"),
        ({"Fn::Select": [3, {"Fn::Split": ["/", {"Ref": "Topic"}]}]}, "${Topic[3]}"),
        ({"Fn::If": ["Unknown", "yes", "no"]}, "${Fn::If Unknown}"),
        ({"Fn::ImportValue": "elsewhere"}, "${Fn::ImportValue elsewhere}"),
        ({"Fn::GetStackOutput": {"StackName": "other", "OutputName": "Arn"}}, "${other.Arn}"),
        ({"Fn::Base64": "text"}, "${Fn::Base64 text}"),
        ({"Fn::Join": 3}, "${Fn::Join}"),
        ("{{resolve:ssm:/name:1}}", "${resolve:ssm:/name:1}"),
    ],
)
def test_what_only_a_deployment_knows_is_a_placeholder(value: Any, answer: str) -> None:
    resolved = resolve(value, stack())
    assert resolved == answer
    assert isinstance(resolved, Symbolic)


@pytest.mark.parametrize(
    "value",
    [
        {"Ref": 3},
        {"Fn::GetAtt": ["Web"]},
        {"Fn::GetAtt": ["Web", {"Ref": "Zones"}]},
        {"Fn::Sub": [1, {}]},
        {"Fn::Join": ["-", {"Ref": "Missing"}]},
        {"Fn::Split": ["", "a"]},
        {"Fn::Split": ["-", {"Ref": "Zones"}]},
        {"Fn::Select": [0]},
        {"Fn::Select": ["x", {"Ref": "Zones"}]},
        {"Fn::Select": [9, {"Ref": "Zones"}]},
        {"Fn::If": ["Dev", "only one"]},
        {"Fn::FindInMap": ["Sizes"]},
        {"Fn::FindInMap": ["Sizes", {"Ref": "Missing"}, "Min"]},
        {"Fn::FindInMap": ["Sizes", "qa", "Min"]},
        {"Fn::ImportValue": {"Ref": "Zones"}},
        {"Fn::GetStackOutput": "x"},
        {"Fn::Unheard": {}},
    ],
)
def test_a_function_that_is_written_wrongly_is_a_placeholder_with_its_name(value: dict[str, Any]) -> None:
    [name] = value
    assert resolve(value, stack()).startswith("${" + name)


def test_a_name_that_refers_to_itself_ends_as_a_placeholder() -> None:
    assert resolve({"Ref": "Loop"}, stack()) == "${Loop}"


@pytest.mark.parametrize(
    ("condition", "answer"),
    [
        ({"Condition": "Dev"}, True),
        ({"Fn::Not": [{"Condition": "Dev"}]}, False),
        ({"Fn::Equals": [1, "1"]}, True),
        ({"Fn::Equals": [{"Ref": "Missing"}, {"Ref": "Missing"}]}, True),
        ({"Condition": "Unknown"}, None),
        ({"Fn::And": [{"Condition": "Unknown"}, {"Fn::Equals": ["a", "b"]}]}, False),
        ({"Fn::And": [{"Condition": "Unknown"}, {"Condition": "Dev"}]}, None),
        ({"Fn::Or": [{"Condition": "Unknown"}, {"Condition": "Dev"}]}, True),
        ({"Fn::Or": [{"Condition": "Unknown"}, {"Fn::Equals": ["a", "b"]}]}, None),
        ({"Condition": "Itself"}, None),
        ({"Condition": "Nobody"}, None),
        ("Dev", None),
        ({"Condition": 3}, None),
        ({"Fn::Equals": ["one side"]}, None),
        ({"Fn::Not": []}, None),
        ({"Fn::And": "Dev"}, None),
        ({"Fn::Xor": []}, None),
        ({"Fn::Equals": [{"Ref": "Zones"}, ["a", "b", "c"]]}, True),
    ],
)
def test_conditions_know_true_false_and_unknown(condition: Any, answer: bool | None) -> None:
    assert holds(condition, stack()) is answer


TEXTS = st.text(st.characters(blacklist_characters="${}"), max_size=8)


@given(st.lists(TEXTS, min_size=1, max_size=5), st.sampled_from(["/", "-", ":", "::"]))
def test_split_undoes_join(parts: list[str], delimiter: str) -> None:
    parts = [part.replace(delimiter[0], "") for part in parts]
    joined = {"Fn::Join": [delimiter, parts]}
    assert resolve({"Fn::Split": [delimiter, joined]}, stack()) == parts


@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_sub_replaces_every_name_and_leaves_the_rest(parts: list[str]) -> None:
    assert resolve({"Fn::Sub": "${Stage}".join(parts)}, stack()) == "dev".join(parts)


@given(st.lists(st.sampled_from(["a", "/", "${X/Y}", "${Z}", "b/c"]), max_size=6))
def test_a_placeholder_is_never_split(parts: list[str]) -> None:
    pieces = split(Symbolic("".join(parts)), "/")
    assert "/".join(pieces) == "".join(parts)
    assert sum(piece.count("${X/Y}") for piece in pieces) == parts.count("${X/Y}")


def test_texts_that_double_each_other_do_not_grow_without_end() -> None:
    resources = {
        f"C{i}": {
            "Type": "AWS::ECS::Cluster",
            "Properties": {"ClusterName": {"Fn::Sub": f"${{C{i + 1}}}${{C{i + 1}}}"}},
        }
        for i in range(60)
    }
    answer = resolve({"Ref": "C0"}, Stack("s", {"Resources": resources}))
    assert len(answer) < 100_000
