from collections.abc import Callable
from functools import cache
from typing import Any

import aws_cdk as cdk
import pytest

from fastscale import profiles
from fastscale.cdk.app import add_stacks, new_app
from fastscale.cdk.metrics import ScaledService
from fastscale.plan import Plan, PulsePolicy
from tests.assemblies import assembly
from tests.cdk.rendered import Rendered
from tests.cdk.variants import VARIANTS


@pytest.fixture(scope="session")
def of_profile(tmp_path_factory) -> Callable[[str], Rendered]:
    """The stacks of a shipped profile, synthesized once."""

    @cache
    def render(name: str) -> Rendered:
        plan = profiles.profile(name)
        return Rendered(plan, assembly(plan, tmp_path_factory))

    return render


@pytest.fixture(scope="session")
def of_variant(tmp_path_factory) -> Callable[[str], Rendered]:
    """The stacks of a variant, synthesized once; the synthesis fails on what cdk-nag finds and nobody accepted."""

    @cache
    def render(name: str) -> Rendered:
        plan, directory = VARIANTS[name](), tmp_path_factory.mktemp(name)
        app = new_app(directory)
        add_stacks(app, plan, region=plan.region)
        app.synth()
        return Rendered(plan, directory)

    return render


@pytest.fixture(params=sorted(profiles.PROFILES))
def rendered(request, of_profile) -> Rendered:
    """The stacks of each profile in turn."""
    return of_profile(request.param)


@pytest.fixture
def reference(of_profile) -> Rendered:
    """The stacks of one profile, for what does not depend on it."""
    return of_profile("reference")


@pytest.fixture(scope="session")
def plan_of() -> Callable[..., Plan]:
    """The default plan with Pulse in it; arguments are keys of its part."""

    def plan(**pulse: Any) -> Plan:
        base = profiles.default()
        return base.model_copy(update={"pulse": PulsePolicy(**{"enabled": True} | pulse)})

    return plan


@pytest.fixture
def pulse(of_profile) -> Rendered:
    """The five stacks of a plan with Pulse."""
    return of_profile("default")


@pytest.fixture(scope="session")
def without_pulse(plan_of, tmp_path_factory) -> Rendered:
    """The stacks of the same plan with that key off."""
    plan = plan_of(enabled=False)
    return Rendered(plan, assembly(plan, tmp_path_factory))


@pytest.fixture
def stack() -> cdk.Stack:
    """An empty stack, to try one construct in."""
    return cdk.Stack(cdk.App(), "Stack")


@pytest.fixture
def subject() -> ScaledService:
    return ScaledService(
        cluster="shop", service="web", load_balancer="app/front/1a2b", target_group="targetgroup/web/3c4d"
    )
