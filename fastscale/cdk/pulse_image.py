"""The container image of Pulse."""

from __future__ import annotations

from aws_cdk import IgnoreMode
from aws_cdk import aws_ecr_assets as ecr_assets
from constructs import Construct

from fastscale.cdk.processors import PLATFORMS
from fastscale.cdk.sources import PACKAGE, PULSE_LEFT_OUT, PULSE_SOURCES
from fastscale.plan import Architecture

DOCKERFILE = "pulse/Dockerfile"


class PulseImage(Construct):
    """The image built from the installed package by ``pulse/Dockerfile``, as an ECR asset.

    The folder of the package is all it needs, so an application that installed fastscale from a wheel builds it too.
    """

    def __init__(self, scope: Construct, id_: str, architecture: Architecture) -> None:
        super().__init__(scope, id_)
        self.asset = ecr_assets.DockerImageAsset(
            self,
            "Asset",
            directory=str(PACKAGE),
            file=DOCKERFILE,
            exclude=["**", *(f"!{pattern}" for pattern in PULSE_SOURCES), *PULSE_LEFT_OUT, "**/__pycache__"],
            ignore_mode=IgnoreMode.DOCKER,
            platform=PLATFORMS[architecture],
        )
