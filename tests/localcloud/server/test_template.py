"""Templates without a server: reading, functions, references and parameters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from fastscale.localcloud.server.cloudformation.dependencies import creation_order
from fastscale.localcloud.server.cloudformation.errors import ValidationError
from fastscale.localcloud.server.cloudformation.intrinsics import evaluate
from fastscale.localcloud.server.cloudformation.parameters import merge, typed
from fastscale.localcloud.server.cloudformation.template import parse

YAML = """
Parameters:
  Name: {Type: String}
Conditions:
  Big: !Equals [!Ref Name, big]
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      TopicName: !Sub "${Name}-topic"
      Policy: {Version: 2012-10-17}
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmActions: [!GetAtt Topic.TopicArn]
      Threshold: !If [Big, 100, 10]
"""


@dataclass
class Names:
    """A scope with fixed names."""

    values: dict[str, Any] = field(default_factory=lambda: {"Name": "web", "List": ["a", "b"]})

    def ref(self, name: str) -> Any:
        return self.values[name]

    def attribute(self, resource: str, name: str) -> Any:
        return f"{resource}/{name}"

    def export(self, name: str) -> str:
        return f"exported {name}"

    def mapping(self, name: str) -> dict[str, Any]:
        return {"Sizes": {"big": {"Cpu": 512}}}[name]

    def condition(self, name: str) -> bool:
        return name == "True"

    def zones(self, region: str) -> list[str]:
        return [f"{region}a", f"{region}b"]


def test_yaml_with_short_tags_is_what_json_says() -> None:
    resources = parse(YAML).resources
    assert resources["Topic"]["Properties"] == {
        "TopicName": {"Fn::Sub": "${Name}-topic"},
        "Policy": {"Version": "2012-10-17"},
    }
    assert resources["Alarm"]["Properties"] == {
        "AlarmActions": [{"Fn::GetAtt": ["Topic", "TopicArn"]}],
        "Threshold": {"Fn::If": ["Big", 100, 10]},
    }
    assert parse(YAML).conditions == {"Big": {"Fn::Equals": [{"Ref": "Name"}, "big"]}}


def test_numbers_as_keys_and_aliases_are_read_as_everywhere_else() -> None:
    template = parse(
        "Mappings: {Accounts: {123456789012: &one {Size: 2}, 210987654321: *one}}\nResources: {T: {Type: X}}"
    )
    assert template.mappings["Accounts"] == {"123456789012": {"Size": 2}, "210987654321": {"Size": 2}}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [1", "YAML not well-formed. expected ',' or ']', but got '<stream end>' (line 1, column 6)"),
        ("a: !!int x", "YAML not well-formed. invalid literal for int"),
        ("a: !!timestamp x", "YAML not well-formed. could not determine a constructor"),
        ("a: &a [*a]", "it is nested too deeply."),
        ("[1, 2]", "unsupported structure."),
        ("Resources: {}", "At least one Resources member must be defined."),
        ("Resources: {T: {}}", "[/Resources/T] Every Resources object must contain a Type."),
    ],
)
def test_what_is_no_template_is_refused_in_one_line(text: str, told: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        parse(text)
    message = refusal.value.message
    assert message.startswith(f"Template format error: {told}")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Name"}, "web"),
        ({"Fn::GetAtt": ["A", "Arn"]}, "A/Arn"),
        ({"Fn::GetAtt": "A.Nested.Arn"}, "A/Nested.Arn"),
        ({"Fn::Sub": "${Name}:${A.Arn}:${!Literal}"}, "web:A/Arn:${Literal}"),
        ({"Fn::Sub": ["${Own}-${Name}", {"Own": {"Ref": "Name"}}]}, "web-web"),
        ({"Fn::Join": ["-", ["x", {"Ref": "Name"}, 1]]}, "x-web-1"),
        ({"Fn::Join": [",", {"Ref": "List"}]}, "a,b"),
        ({"Fn::Select": ["1", {"Fn::Split": [",", "a,b"]}]}, "b"),
        ({"Fn::If": ["True", 1, 2]}, 1),
        ({"Fn::FindInMap": ["Sizes", "big", "Cpu"]}, 512),
        ({"Fn::ImportValue": {"Fn::Sub": "${Name}-vpc"}}, "exported web-vpc"),
        ({"Fn::Select": [0, {"Fn::GetAZs": "eu-west-1"}]}, "eu-west-1a"),
        ({"Fn::Base64": "hi"}, "aGk="),
        ({"Fn::Cidr": ["10.0.0.0/16", 2, 8]}, ["10.0.0.0/24", "10.0.1.0/24"]),
        ({"Fn::ToJsonString": {"a": {"Ref": "Name"}}}, '{"a":"web"}'),
        ({"Fn::And": [{"Condition": "True"}, {"Fn::Not": [{"Condition": "False"}]}]}, True),
        ({"Fn::Or": [{"Condition": "False"}, {"Fn::Equals": [1, "1"]}]}, True),
        ({"Fn::Equals": [True, "true"]}, True),
        ({"a": {"Ref": "AWS::NoValue"}, "b": [{"Ref": "AWS::NoValue"}, 1]}, {"b": [1]}),
        ({"a": {"Fn::If": ["False", 1, {"Ref": "AWS::NoValue"}]}}, {}),
        ({"Ref": "Name", "Other": 1}, {"Ref": "Name", "Other": 1}),
    ],
)
def test_functions(value: Any, expected: Any) -> None:
    assert evaluate(value, Names()) == expected


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"Fn::Transform": {}}, "function Fn::Transform is not supported"),
        ({"Fn::Select": [5, ["a"]]}, "Fn::Select cannot be evaluated"),
        ({"Fn::FindInMap": ["Sizes", "tiny", "Cpu"]}, "Fn::FindInMap cannot be evaluated"),
        ({"Fn::Join": "x"}, "Fn::Join cannot be evaluated"),
        ({"Fn::Cidr": ["nonsense", 1]}, "Fn::Cidr cannot be evaluated"),
    ],
)
def test_wrong_functions_are_named(value: Any, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        evaluate(value, Names())


def test_resources_come_after_what_they_refer_to() -> None:
    resources = {
        "C": {"Type": "T", "Properties": {"X": {"Fn::Sub": "${B.Arn} ${Parameter} ${!A}"}}},
        "B": {"Type": "T", "Properties": {"X": [{"Fn::GetAtt": ["A", "Arn"]}]}},
        "A": {"Type": "T"},
        "D": {"Type": "T", "DependsOn": ["C"]},
    }
    assert creation_order(resources) == ["A", "B", "C", "D"]
    resources["A"]["DependsOn"] = "Nobody"
    with pytest.raises(ValidationError, match=r"Unresolved resource dependencies \[Nobody\] in A"):
        creation_order(resources)


def test_given_values_win_over_previous_ones_and_these_over_defaults() -> None:
    declared = {name: {"Type": "String", "Default": "default"} for name in ("A", "B", "C")}
    given = [{"ParameterKey": "A", "ParameterValue": "given"}, {"ParameterKey": "B", "UsePreviousValue": True}]
    assert merge(given, declared, {"B": "previous", "C": "previous"}) == {"A": "given", "B": "previous", "C": "default"}


@pytest.mark.parametrize(
    ("declaration", "value", "reason"),
    [
        ({"AllowedValues": ["a", "b"]}, "c", "must be one of AllowedValues"),
        ({"AllowedPattern": "[a-z]+"}, "1", "must match pattern"),
        ({"AllowedPattern": "[a-z]+", "ConstraintDescription": "letters only"}, "1", "letters only"),
        ({"MaxLength": 2}, "long", "MinLength to MaxLength"),
        ({"Type": "Number", "MaxValue": 5}, "6", "within MinValue and MaxValue"),
    ],
)
def test_values_that_break_a_rule_are_refused(declaration: dict, value: str, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        merge([{"ParameterKey": "P", "ParameterValue": value}], {"P": {"Type": "String", **declaration}})


def test_missing_values_are_named() -> None:
    with pytest.raises(ValidationError, match=r"Parameters: \[A, B\] must have values"):
        merge([], {"B": {"Type": "String"}, "A": {"Type": "String"}})


def test_types_of_parameters() -> None:
    assert typed("1,2", {"Type": "List<Number>"}, str) == ["1", "2"]
    assert typed("a, b", {"Type": "CommaDelimitedList"}, str) == ["a", "b"]
    assert typed("/name", {"Type": "AWS::SSM::Parameter::Value<List<String>>"}, lambda _: "x,y") == ["x", "y"]
