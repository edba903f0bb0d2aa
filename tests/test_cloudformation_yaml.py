"""What CloudFormation's JSON and YAML mean, whoever reads them; tests/template has what is no template."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fastscale.cloudformation_yaml import parse


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("!Ref A", {"Ref": "A"}),
        ("!Condition A", {"Condition": "A"}),
        ("!Sub '${A}'", {"Fn::Sub": "${A}"}),
        ("!GetAtt A.Arn", {"Fn::GetAtt": ["A", "Arn"]}),
        ("!GetAtt A.Outputs.Arn", {"Fn::GetAtt": ["A", "Outputs.Arn"]}),
        ("!GetAtt [A, !Ref B]", {"Fn::GetAtt": ["A", {"Ref": "B"}]}),
        ("Fn::GetAtt: A.Arn", {"Fn::GetAtt": "A.Arn"}),
        ("!Transform {Name: AWS::Include}", {"Fn::Transform": {"Name": "AWS::Include"}}),
        ("2012-10-17", "2012-10-17"),
        ("{123456789012: yes}", {"123456789012": True}),
    ],
)
def test_short_tags_dates_and_keys(text: str, meaning: Any) -> None:
    assert parse(text) == meaning


def test_json_is_read_as_json_with_its_tabs_and_its_dates() -> None:
    document = {"Resources": {"A": {"Type": "T", "On": "2012-10-17", "N": 1}}}
    assert parse(json.dumps(document, indent="\t")) == document
    assert parse("{Resources: {}}") == {"Resources": {}}, "a flow mapping begins as JSON does"


@pytest.mark.parametrize("text", ["a: [1", '{"a": ', "a: !!int x", "a: !!binary eA==", "\x00"])
def test_what_is_neither_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        parse(text)
