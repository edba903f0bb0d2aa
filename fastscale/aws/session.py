"""boto3 clients, for AWS itself and for the local cloud."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config

#: The local cloud takes any credentials, but a client sends no request without some.
LOCAL_KEY = "local"

#: Loops try again by themselves in their next cycle, so the client gives up early.
LOOP_CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})


def local_client(service: str, *, endpoint_url: str, region: str, config: Config | None = None) -> Any:
    """A client of the local cloud at ``endpoint_url``. boto3 makes clients at run time, so their type is Any."""
    session = boto3.Session(aws_access_key_id=LOCAL_KEY, aws_secret_access_key=LOCAL_KEY, region_name=region)
    make: Any = session.client  # its typed overloads want the service's name as a literal
    return make(service, endpoint_url=endpoint_url, config=config or LOOP_CONFIG)
