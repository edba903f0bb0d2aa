"""Are the images small, and do they start? Builds both Dockerfiles by Buildah, packs them as a registry holds them, and
starts the sample application from the image's own files, as the image's own user.

    make bench NAME=image                     about two minutes; as root, with buildah (apt-get install buildah)
    make bench NAME=image ARGS="--debian"     where Docker Hub is out of reach: bases of Debian's Python (debootstrap)

The value is what the application adds to the base image, which every Python service downloads anyway, packed by zstd,
as a task downloads it before it starts. The sizes of the bases of --debian are not those of the real ones.
"""

from __future__ import annotations

import argparse
from statistics import median

from benchmarks.image_parts import base
from benchmarks.image_parts.buildah import Buildah, Image
from benchmarks.image_parts.start import starts
from benchmarks.result import Figure, finish

MOST_ADDED_MEGABYTES = {"app": 10.0, "pulse": 15.0}
MOST_SECONDS = 3.0


def main() -> None:
    """Build, measure, print the table, and end with the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--debian", action="store_true", help="make the base images by debootstrap")
    parser.add_argument("--starts", type=int, default=5)
    options = parser.parse_args()
    with Buildah() as buildah:
        if options.debian:
            base.make(buildah)
        images = {
            "app": buildah.build("app/Dockerfile", "."),
            "pulse": buildah.build("fastscale/pulse/Dockerfile", "fastscale"),
        }
        sizes = [_size(buildah, name, image) for name, image in images.items()]
        seconds = median(starts(buildah, images["app"], options.starts))
    start = Figure("first healthy answer", seconds, "s", f"<= {MOST_SECONDS:g}", seconds <= MOST_SECONDS)
    print(f"\nfirst healthy answer, from the image's files as its user: {seconds:.2f} s (median of {options.starts})")
    ok = start.ok and all(size.ok for size in sizes)
    finish("image", sizes[0].value, "MB", target=sizes[0].target, ok=ok, figures=[*sizes, start])


def _size(buildah: Buildah, name: str, image: Image) -> Figure:
    packed = {compression: buildah.packed(image, compression) for compression in ("gzip", "zstd")}
    print(f"{name}, MB compressed" + "".join(f"{'layer ' + str(number):>10}" for number in range(len(packed["gzip"]))))
    for compression, layers in packed.items():
        print(f"  {compression:<{len(name) + 13}}" + "".join(f"{layer / 1e6:>10.1f}" for layer in layers))
    added = sum(packed["zstd"][1:]) / 1e6
    most = MOST_ADDED_MEGABYTES[name]
    return Figure(f"{name}: layers added to the base, zstd", added, "MB", f"<= {most:g}", added <= most)


if __name__ == "__main__":
    main()
