"""Elastic Load Balancing v2: targets keyed by address and port, with the health that the load balancer reports."""
