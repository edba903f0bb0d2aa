"""The only place that reaches into moto: which of its back ends are replaced by ours.

moto makes a back end from ``BackendDict.backend`` on first use and finds the URL map in the module ``urls`` beside the
one that defines it, so replacing that class before the first request makes a service ours; nothing is patched. The
tests of this module notice when moto stops doing so.
"""

from __future__ import annotations

from typing import Any, cast

from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.cloudformation.models import cloudformation_backends
from moto.cloudwatch.models import cloudwatch_backends
from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.config import default_user_config
from moto.ecs.models import ecs_backends
from moto.elbv2.models import elbv2_backends
from moto.logs.models import logs_backends
from moto.servicequotas.models import servicequotas_backends

from fastscale.localcloud.server.autoscaling.models import AutoScalingBackend
from fastscale.localcloud.server.cloudformation.models import CloudFormationBackend
from fastscale.localcloud.server.cloudwatch.models import CloudWatchBackend
from fastscale.localcloud.server.ecs.models import EcsBackend
from fastscale.localcloud.server.elbv2.models import Elbv2Backend
from fastscale.localcloud.server.logs.models import LogsBackend
from fastscale.localcloud.server.quotas.models import QuotasBackend

REPLACED: tuple[tuple[BackendDict[Any], type[BaseBackend]], ...] = (
    (applicationautoscaling_backends, AutoScalingBackend),
    (cloudformation_backends, CloudFormationBackend),
    (cloudwatch_backends, CloudWatchBackend),
    (ecs_backends, EcsBackend),
    (elbv2_backends, Elbv2Backend),
    (logs_backends, LogsBackend),
    (servicequotas_backends, QuotasBackend),
)


def install() -> None:
    """Put our back ends in the place of moto's; call once, before the first request."""
    for backends, ours in REPLACED:
        backends.backend = cast("type[Any]", ours)
    # Roles name AWS's managed policies (for example of the task execution role); moto knows them only when told so.
    default_user_config["iam"]["load_aws_managed_policies"] = True
