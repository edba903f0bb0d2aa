"""Words for a person."""

from __future__ import annotations

import pytest

from fastscale.demo.words import short_event


@pytest.mark.parametrize(
    ("message", "short"),
    [
        (
            "(service web) has started 3 tasks: (task ab12) (task cd34) (task ef56).",
            "(service web) has started 3 tasks: (task ab12 and 2 more).",
        ),
        ("(service web) has started 1 tasks: (task ab12).", "(service web) has started 1 tasks: (task ab12)."),
        (
            "(service web) registered 1 targets in (target-group arn:aws:elasticloadbalancing:ap-northeast-2:"
            "123456789012:targetgroup/web-tg/bb4c772f8ab05f80)",
            "(service web) registered 1 targets in (target-group web-tg)",
        ),
        (
            "(service web) was unable to assume the role arn:aws-cn:iam::123456789012:role/web.",
            "(service web) was unable to assume the role web.",
        ),
        (
            "(service web) (deployment ecs-svc/6658310375598943235) deployment completed.",
            "(service web) (deployment ecs-svc/6658310375598943235) deployment completed.",
        ),
    ],
)
def test_an_event_is_told_without_lists_and_paths(message: str, short: str) -> None:
    assert short_event(message) == short
