"""Buildah between `fastscale push` and a registry on this machine that plays Amazon ECR's: a program on PATH.

The local cloud's ECR answers the API and keeps manifests, but is no registry. So layers go to the registry that
REGISTRY names, and the manifest is then told to the API, as ECR does by itself; there is nobody to log in to.
REAL_BUILDAH is the program.
"""

import json
import os
import subprocess
import sys
import urllib.request

import boto3

WORDS = sys.argv[1:]
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def main() -> int:
    if WORDS[0] == "login":
        return 0
    *words, last = WORDS
    if WORDS[0] != "push":
        return subprocess.run([os.environ["REAL_BUILDAH"], *WORDS], check=False).returncode
    repository, _, tag = last.partition("/")[2].rpartition(":")
    there = f"docker://{os.environ['REGISTRY']}/{repository}:{tag}"
    done = subprocess.run([os.environ["REAL_BUILDAH"], *words, "--tls-verify=false", last, there], check=False)
    if done.returncode == 0:
        tell(repository, tag)
    return done.returncode


def tell(repository: str, tag: str) -> None:
    """The API has what the registry has."""
    url = f"http://{os.environ['REGISTRY']}/v2/{repository}/manifests/{tag}"
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": MANIFEST}), timeout=10) as answer:
        manifest = json.load(answer)
    boto3.client("ecr").put_image(
        repositoryName=repository, imageTag=tag, imageManifest=json.dumps(manifest | {"mediaType": MANIFEST})
    )


if __name__ == "__main__":
    sys.exit(main())
