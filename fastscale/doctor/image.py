"""The image that new tasks are started from. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fastscale.doctor.finding import Finding, ok, problem

_ECR = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.[\w-]+\.amazonaws\.com(\.cn)?/(?P<repository>[^:@]+)"
    r"(:(?P<tag>[^@]+))?(@(?P<digest>sha256:[0-9a-f]+))?"
)


@dataclass(frozen=True)
class EcrImage:
    """An image in a private repository of ECR; its digest says more than its tag."""

    account: str
    repository: str
    tag: str | None
    digest: str | None

    @property
    def id(self) -> dict[str, str]:
        """As DescribeImages wants it; the tag is ``latest`` unless the URI says otherwise."""
        return {"imageDigest": self.digest} if self.digest else {"imageTag": self.tag or "latest"}


def in_ecr(uri: str) -> EcrImage | None:
    """The image that ``uri`` names; None when it lies elsewhere."""
    found = _ECR.fullmatch(uri)
    return EcrImage(**found.groupdict()) if found else None


def check_image(uri: str, exists: bool | None) -> Iterator[Finding]:
    """A task can be started from the image; ``exists`` is None when its registry cannot be asked."""
    if exists is None:
        yield ok("image", f"{uri} is not in Amazon ECR: its registry was not asked")
    elif exists:
        yield ok("image", f"{uri} is there")
    else:
        yield problem("image", f"{uri} is not there: no new task can start", fix="fastscale push, or deploy again")
