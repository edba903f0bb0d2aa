"""The repository in Amazon ECR that an image is pushed to."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from fastscale.aws.calls import NO_ANSWER, cause
from fastscale.errors import ImageError
from fastscale.image.engine import Engine

_NOT_FOUND = "RepositoryNotFoundException"


@dataclass(frozen=True)
class Pushed:
    """An image as the repository has it. ``uri`` names these very layers for ever, whatever its tag comes to mean.

    ``bytes_compressed`` is what a task downloads. ``compressions`` are those of its layers, such as zstd.
    """

    uri: str
    bytes_compressed: int
    compressions: tuple[str, ...]


class Repository:
    """A repository called ``name``; ``ecr`` is a boto3 client. Every method raises ImageError when ECR says no.

    Needs ecr:DescribeRepositories, ecr:CreateRepository, ecr:BatchGetImage, ecr:GetAuthorizationToken and what the
    engine needs to push (ECR user guide, "IAM permissions for pushing an image").
    """

    def __init__(self, ecr: Any, name: str) -> None:
        self._ecr = ecr
        self.name = name

    def uri(self) -> str | None:
        """Where images are pushed to, without a tag; None when the repository does not exist."""
        try:
            answer = self._ecr.describe_repositories(repositoryNames=[self.name])
        except ClientError as error:
            if error.response["Error"]["Code"] == _NOT_FOUND:
                return None
            raise ImageError(f"Amazon ECR: {error}") from error
        except NO_ANSWER as error:
            raise ImageError(f"Amazon ECR: {cause(error)}") from error
        return str(answer["repositories"][0]["repositoryUri"])

    def create(self) -> str:
        """Make it, with a scan of every image that is pushed; returns its URI."""
        answer = _ask(
            self._ecr.create_repository,
            repositoryName=self.name,
            imageScanningConfiguration={"scanOnPush": True},
        )
        return str(answer["repository"]["repositoryUri"])

    def log_in(self, engine: Engine, uri: str) -> None:
        """Give the engine a password of ECR, good for twelve hours; it reads it from its standard input."""
        answer = _ask(self._ecr.get_authorization_token)
        token = base64.b64decode(answer["authorizationData"][0]["authorizationToken"]).decode()
        user, _, password = token.partition(":")
        engine.run(["login", "--username", user, "--password-stdin", uri.partition("/")[0]], typed=password)

    def pushed(self, uri: str, tag: str) -> Pushed:
        """The image behind ``tag``. Raises ImageError when there is none."""
        answer = _ask(self._ecr.batch_get_image, repositoryName=self.name, imageIds=[{"imageTag": tag}])
        if not answer["images"]:
            raise ImageError(f"Amazon ECR: {uri}:{tag} is not there after it was pushed")
        image = answer["images"][0]
        layers = json.loads(image["imageManifest"]).get("layers", [])
        return Pushed(
            uri=f"{uri}@{image['imageId']['imageDigest']}",
            bytes_compressed=sum(layer["size"] for layer in layers),
            compressions=tuple(sorted({_compression(layer["mediaType"]) for layer in layers})),
        )


def _compression(media_type: str) -> str:
    """From ``…tar+zstd``, ``…tar+gzip`` or Docker's own ``…tar.gzip`` (OCI image specification, "Media types")."""
    for known in ("zstd", "gzip"):
        if media_type.endswith(known):
            return known
    return "uncompressed"


def _ask(operation: Callable[..., Any], **arguments: Any) -> Any:
    try:
        return operation(**arguments)
    except (ClientError, *NO_ANSWER) as error:
        raise ImageError(f"Amazon ECR: {cause(error)}") from error
