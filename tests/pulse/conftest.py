"""The API server and a service on it, as the tests of :mod:`fastscale.aws` have them."""

from tests.aws.conftest import _numbers, server, shop

__all__ = ["_numbers", "server", "shop"]
