"""Pulse's decision, pure: from load by the second, tasks and limits to a desired count and a reason."""
