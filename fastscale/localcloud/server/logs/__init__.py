"""CloudWatch Logs: log events, bounded per stream, and a filter that stays fast."""
