"""The container image of the sample application."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import aws_ecr_assets as ecr_assets
from constructs import Construct

from fastscale.errors import MissingPartError

DOCKERFILE = "app/Dockerfile"
PROJECT_ROOT = Path(__file__).resolve().parents[2]


class AppImage(Construct):
    """The image built from the project's root by ``app/Dockerfile``, as an ECR asset.

    Synthesis copies and hashes the files that ``.dockerignore`` lets through; the image is built at deployment.
    Raises MissingPartError outside a checkout of the project, where there is nothing to build.
    """

    def __init__(self, scope: Construct, id_: str) -> None:
        super().__init__(scope, id_)
        if not (PROJECT_ROOT / DOCKERFILE).is_file():
            raise MissingPartError(
                f"{DOCKERFILE} is not in {PROJECT_ROOT}: the stacks are built from a checkout of fastscale"
            )
        self.asset = ecr_assets.DockerImageAsset(
            self,
            "Asset",
            directory=str(PROJECT_ROOT),
            file=DOCKERFILE,
            platform=ecr_assets.Platform.LINUX_AMD64,
        )
