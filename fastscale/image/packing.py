"""How layers are packed, and when an image is large. Light to import: the command line's options are made of it.

A SOCI index lets a task start before its image is complete. AWS recommends one for images of more than 250 MB (AWS
containers blog, "Under the hood: Lazy Loading Container Images with Seekable OCI and AWS Fargate"); it indexes layers
compressed by gzip and no others (github.com/awslabs/soci-snapshotter, issue 519).
"""

from __future__ import annotations

from enum import Enum

#: Compressed size, in bytes, above which a SOCI index pays.
SOCI_PAYS_ABOVE_BYTES = 250_000_000


class Compression(Enum):
    """Of the layers."""

    ZSTD = "zstd"
    GZIP = "gzip"
