"""Who may talk to the server: programs on this machine, and no web page of another site.

The server takes any credentials, so a page in the browser of its user could change the cloud by requests to localhost.
Browsers tell on such requests: by ``Origin`` and ``Sec-Fetch-Site``
(https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header), and, where a site's own name was made to lead to this
machine (DNS rebinding), by that name in ``Host``. AWS clients send neither of the first two.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

#: Names that no site can have: RFC 6761 keeps ``localhost`` and all below it for the loopback address, Docker Desktop
#: gives its host this name. The AWS CDK addresses buckets as ``bucket.s3.localhost``.
LOCAL_NAMES = ("localhost", "host.docker.internal")
LOCAL_SUFFIX = ".localhost"


def refusal(environ: Mapping[str, object]) -> str | None:
    """Why a request (a WSGI environment) is refused; None when it is welcome."""
    host = str(environ.get("HTTP_HOST", ""))
    if host and not _is_ours(f"//{host}"):
        return f"host {host!r} is not this machine: use localhost or 127.0.0.1"
    origin = environ.get("HTTP_ORIGIN")
    if origin is not None and not _is_local(str(origin)):
        return f"web pages of {str(origin)!r} may not use the local cloud"
    if environ.get("HTTP_SEC_FETCH_SITE") == "cross-site":
        return "web pages of other sites may not use the local cloud"
    return None


def _is_ours(url: str) -> bool:
    """Whether a request to ``url`` was meant for us: an address cannot be made to lead elsewhere, as a name can."""
    return _is_local(url) or _address(url) is not None


def _is_local(url: str) -> bool:
    """Whether the host of ``url`` is this machine."""
    name, address = _name(url), _address(url)
    return name in LOCAL_NAMES or name.endswith(LOCAL_SUFFIX) or (address is not None and address.is_loopback)


def _address(url: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(_name(url))
    except ValueError:
        return None


def _name(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:  # a bracket without its other one
        return ""
