"""The plan's processors, as images are built for them and as Fargate runs them."""

from __future__ import annotations

from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_ecs as ecs

from fastscale.plan import Architecture

PLATFORMS = {
    Architecture.X86_64: ecr_assets.Platform.LINUX_AMD64,
    Architecture.ARM64: ecr_assets.Platform.LINUX_ARM64,
}
_CPUS = {
    Architecture.X86_64: ecs.CpuArchitecture.X86_64,
    Architecture.ARM64: ecs.CpuArchitecture.ARM64,
}


def runtime_platform(architecture: Architecture) -> ecs.RuntimePlatform:
    """Linux on those processors."""
    return ecs.RuntimePlatform(
        cpu_architecture=_CPUS[architecture], operating_system_family=ecs.OperatingSystemFamily.LINUX
    )
