"""boto3 clients, for AWS itself and for the local cloud."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from fastscale.errors import InputError

#: Makes the client of a service, by boto3's name of it.
MakeClient = Callable[[str], Any]

#: The local cloud takes any credentials, but a client sends no request without some.
LOCAL_KEY = "local"

#: Loops try again by themselves in their next cycle, so the client gives up early.
LOOP_CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})


#: A controller has seconds: what it began must be over before the other replica may act.
CONTROL_CONFIG = Config(
    connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 1}, max_pool_connections=20, tcp_keepalive=True
)

#: A person waits for the answer. Buckets are named in the path, which works at a loopback endpoint too: it has no
#: subdomains.
PERSON_CONFIG = Config(
    connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 3}, s3={"addressing_style": "path"}
)


def environment_clients(region: str | None, *, default_region: str) -> MakeClient:
    """Clients as the AWS environment says, AWS_ENDPOINT_URL included. Raises InputError when it cannot be used."""
    session = _environment(region)
    where = session.region_name or default_region
    make: Any = session.client  # its typed overloads want the service's name as a literal
    return lambda service: make(service, region_name=where, config=PERSON_CONFIG)


def controller_clients(region: str | None, *, default_region: str) -> MakeClient:
    """The same for a controller, by :func:`quick_session`. Raises InputError when the environment cannot be used."""
    session = _environment(region, make=quick_session)
    where = session.region_name or default_region
    make: Any = session.client
    return lambda service: make(service, region_name=where, config=CONTROL_CONFIG)


def quick_session(**options: Any) -> boto3.Session:
    """A session with the ``options`` of boto3's whose answers keep moments as AWS writes them: numbers, or texts.

    :func:`fastscale.aws.shapes.epoch` reads them all. DescribeServices tells a hundred events of each service, and to
    make a datetime of each of their moments takes four fifths of the work on the answer: 21 of 25 ms for ten services.
    """
    core = botocore.session.Session()
    core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=lambda moment: moment)
    return boto3.Session(botocore_session=core, **options)


def environment_region(region: str | None, *, default_region: str) -> str:
    """The Region of :func:`environment_clients`: ``region``, else the AWS environment's, else ``default_region``."""
    return _environment(region).region_name or default_region


def _environment(region: str | None, make: Callable[..., boto3.Session] = boto3.Session) -> boto3.Session:
    try:
        return make(region_name=region)
    except BotoCoreError as error:  # a profile that is not configured
        raise InputError(f"the AWS environment cannot be used: {error}") from error


def local_client(service: str, *, endpoint_url: str, region: str, config: Config | None = None) -> Any:
    """A client of the local cloud at ``endpoint_url``. boto3 makes clients at run time, so their type is Any."""
    session = boto3.Session(aws_access_key_id=LOCAL_KEY, aws_secret_access_key=LOCAL_KEY, region_name=region)
    make: Any = session.client  # its typed overloads want the service's name as a literal
    return make(service, endpoint_url=endpoint_url, config=config or LOOP_CONFIG)
