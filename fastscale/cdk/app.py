"""The CDK application: one plan, four stacks, and a fifth for Pulse."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import App, DefaultStackSynthesizer, Environment

from fastscale import names
from fastscale.cdk import nag
from fastscale.cdk.stacks import AutoScalingStack, EcsStack, MonitoringStack, NetworkStack, PulseStack
from fastscale.plan import Plan

#: Feature flags. Every reference between the stacks is an export, so none can be deleted under another that uses it;
#: the rest choose the CDK's present behaviour where its default is kept for old applications.
FLAGS = {
    "@aws-cdk/core:defaultCrossStackReferences": "strong",
    "@aws-cdk/aws-iam:minimizePolicies": True,
    "@aws-cdk/aws-ecs:arnFormatIncludesClusterName": True,
    "@aws-cdk/aws-ecs:disableExplicitDeploymentControllerForCircuitBreaker": True,
    "@aws-cdk/aws-ecs:removeDefaultDeploymentAlarm": True,
}


def new_app(out_dir: Path | None = None) -> App:
    """An empty application; templates go to ``out_dir``, by default where the CDK command line wants them."""
    return App(
        outdir=str(out_dir) if out_dir else None,
        context=FLAGS,
        analytics_reporting=False,
        # The bootstrap rule repeats in every template what the CDK command line checks by itself.
        default_stack_synthesizer=DefaultStackSynthesizer(generate_bootstrap_version_rule=False),
    )


def add_stacks(app: App, plan: Plan, *, region: str, account: str | None = None) -> None:
    """Add the stacks of ``plan`` to ``app``, Pulse's only when the plan has it enabled.

    Without ``account`` their templates fit any account.
    """
    env = Environment(account=account, region=region)
    network = NetworkStack(app, names.STACK_NETWORK, plan=plan, env=env)
    service = EcsStack(app, names.STACK_ECS, plan=plan, network=network, env=env)
    scaling = AutoScalingStack(app, names.STACK_AUTO_SCALING, plan=plan, subject=service.subject, env=env)
    monitoring = MonitoringStack(
        app,
        names.STACK_MONITORING,
        plan=plan,
        subject=service.subject,
        step_policy_arns=scaling.step_policy_arns,
        env=env,
    )
    if plan.pulse.enabled:
        PulseStack(
            app, names.STACK_PULSE, plan=plan, network=network, ecs_stack=service, topic=monitoring.topic, env=env
        )
    nag.check(app)
