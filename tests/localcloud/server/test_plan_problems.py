from __future__ import annotations

import pytest
from pydantic import ValidationError

from fastscale.localcloud.server.plan_problems import problems
from fastscale.plan import MetricQuery


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"id": "a"}, "metric query 'a' needs either a metric or an expression"),
        (
            {"id": "A", "period": 0},
            "String should match pattern '^[a-z][a-zA-Z0-9_]*$'; Input should be greater than 0",
        ),
    ],
)
def test_all_that_is_wrong_is_told_in_one_line(query: dict, told: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        MetricQuery(**query)
    assert problems(refusal.value) == told
