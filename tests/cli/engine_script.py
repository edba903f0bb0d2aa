"""A container engine for tests: a program on PATH that notes what it is told, and pushes a small image to the ECR API.

It is copied under the name of an engine and told by the environment: FAKE_NOTES is the file for its notes, FAKE_DOWN
names the engines that do not answer, FAKE_BUILDX says that buildx is there, FAKE_FAIL is the word on which it fails,
FAKE_SIZE the bytes of its largest layer.
"""

import json
import os
import sys
import urllib.request
from hashlib import sha256
from pathlib import Path

NAME, WORDS = Path(sys.argv[0]).name, sys.argv[1:]


def main() -> int:
    if WORDS == ["info"] and NAME in os.environ.get("FAKE_DOWN", "").split(","):
        print(f"Client:\n Version: 28\nERROR: Cannot connect to the {NAME} daemon. Is it running?", file=sys.stderr)
        print("errors pretty printing info", file=sys.stderr)
        return 1
    if WORDS[:2] == ["buildx", "version"]:
        return 0 if os.environ.get("FAKE_BUILDX") else 1
    if WORDS == ["info"]:
        return 0
    typed = sys.stdin.read() if "--password-stdin" in WORDS else ""
    with Path(os.environ["FAKE_NOTES"]).open("a") as notes:
        notes.write(json.dumps({"engine": NAME, "words": WORDS, "typed": typed}) + "\n")
    if os.environ.get("FAKE_FAIL") in WORDS:
        print("no space left on device", file=sys.stderr)
        return 3
    if WORDS[0] == "push":
        put_image(WORDS[-1], "zstd" if "zstd" in WORDS else "gzip")
    for word in WORDS:
        options = dict(part.split("=", 1) for part in word.split(",")) if word.startswith("type=image") else {}
        if options.get("push") == "true":
            put_image(options["name"], options["compression"])
    return 0


def put_image(uri: str, compression: str) -> None:
    repository, _, tag = uri.partition("/")[2].rpartition(":")
    layers = [
        {"mediaType": f"application/vnd.oci.image.layer.v1.tar+{compression}", "size": size, "digest": digest(size)}
        for size in (int(os.environ.get("FAKE_SIZE", "30_000_000")), 2_500_000)
    ]
    config = {"mediaType": "application/vnd.oci.image.config.v1+json", "size": 1000, "digest": digest(1)}
    kind = "application/vnd.oci.image.manifest.v1+json"
    manifest = {"schemaVersion": 2, "mediaType": kind, "config": config, "layers": layers}
    body = {"repositoryName": repository, "imageManifest": json.dumps(manifest), "imageTag": tag}
    headers = {
        "X-Amz-Target": "AmazonEC2ContainerRegistry_V20150921.PutImage",
        "Content-Type": "application/x-amz-json-1.1",
        "Authorization": "AWS4-HMAC-SHA256 Credential=local/20260101/ap-northeast-2/ecr/aws4_request, "
        "SignedHeaders=host, Signature=0",
    }
    request = urllib.request.Request(os.environ["AWS_ENDPOINT_URL"], json.dumps(body).encode(), headers)
    urllib.request.urlopen(request, timeout=10).close()


def digest(number: int) -> str:
    return f"sha256:{sha256(str(number).encode()).hexdigest()}"


if __name__ == "__main__":
    sys.exit(main())
