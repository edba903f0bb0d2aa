"""The local cloud: an AWS API server, and loops that behave as AWS's own back ends do."""
