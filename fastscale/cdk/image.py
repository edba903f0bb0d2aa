"""The container image that the tasks run."""

from __future__ import annotations

import re
from pathlib import Path

from aws_cdk import Stack
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_ecs as ecs
from constructs import Construct

from fastscale.cdk.processors import PLATFORMS
from fastscale.errors import MissingPartError
from fastscale.plan import Architecture, Task

DOCKERFILE = "app/Dockerfile"
PROJECT_ROOT = Path(__file__).resolve().parents[2]

#: Account, Region, repository, and a tag or digest, of an image in Amazon ECR.
_ECR_URI = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/"
    r"(?P<repository>[^:@]+)(?::(?P<tag>[^@]+))?(?:@(?P<digest>.+))?"
)


def task_image(scope: Construct, task: Task) -> ecs.ContainerImage:
    """The image that the plan names, else the sample application's, which is built when the stacks are deployed.

    Tasks may pull from the repository of the image and no other. Raises MissingPartError as :class:`AppImage` does.
    """
    if task.image is None:
        return ecs.ContainerImage.from_docker_image_asset(AppImage(scope, "Image", task.architecture).asset)
    found = _ECR_URI.fullmatch(task.image)
    if found is None:
        return ecs.ContainerImage.from_registry(task.image)
    arn = Stack.of(scope).format_arn(
        service="ecr",
        account=found["account"],
        region=found["region"],
        resource="repository",
        resource_name=found["repository"],
    )
    repository = ecr.Repository.from_repository_attributes(
        scope, "Repository", repository_arn=arn, repository_name=found["repository"]
    )
    return ecs.ContainerImage.from_ecr_repository(repository, found["digest"] or found["tag"] or "latest")


class AppImage(Construct):
    """The image built from the project's root by ``app/Dockerfile``, as an ECR asset.

    Synthesis copies and hashes the files that ``.dockerignore`` lets through; the image is built at deployment.
    Raises MissingPartError outside a checkout of the project, where there is nothing to build.
    """

    def __init__(self, scope: Construct, id_: str, architecture: Architecture) -> None:
        super().__init__(scope, id_)
        if not (PROJECT_ROOT / DOCKERFILE).is_file():
            raise MissingPartError(
                f"{DOCKERFILE} is not in {PROJECT_ROOT}: name an image by task.image, or use a checkout"
            )
        self.asset = ecr_assets.DockerImageAsset(
            self, "Asset", directory=str(PROJECT_ROOT), file=DOCKERFILE, platform=PLATFORMS[architecture]
        )
