"""Numbers of AWS that several parts rely on, each with its source, or [model] where AWS has none: constants only."""

#: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html: Fargate tasks that one account and
#: Region may launch at once, and then a second; and those that one service may launch a minute.
ACCOUNT_LAUNCH_BURST = 100
ACCOUNT_LAUNCHES_PER_SECOND = 20.0
SERVICE_LAUNCHES_PER_MINUTE = 500

#: From the desired count to RUNNING, in seconds: the 109 s that AWS measured from a surge to its capacity, less 86 s to
#: the trigger (https://github.com/aws/containers-roadmap/issues/2113, June 2026).
TASK_STARTUP_SECONDS = 23.0

#: From PutMetricData until queries and alarms see a datapoint, in seconds [model].
METRIC_VISIBILITY_SECONDS = 2.0
#: From then until the alarms of its period are evaluated, in seconds [model].
EVALUATION_MARGIN_SECONDS = 0.3
