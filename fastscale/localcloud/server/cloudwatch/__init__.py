"""CloudWatch: metrics in an indexed store, alarms with their history, dashboards."""
