"""Names that users' scripts, dashboards and runbooks rely on: constants only, no logic.

They are the defaults of a :class:`fastscale.plan.Plan`; code that acts on a running service takes them from the plan.
"""

REGION = "ap-northeast-2"

# Stacks
STACK_NETWORK = "EcsFastScaling-Network"
STACK_ECS = "EcsFastScaling-Ecs"
STACK_AUTO_SCALING = "EcsFastScaling-AutoScaling"
STACK_MONITORING = "EcsFastScaling-Monitoring"
STACK_PULSE = "EcsFastScaling-Pulse"
#: In the order of their dependencies: alarms name policies, so Monitoring comes last.
STACKS = (STACK_NETWORK, STACK_ECS, STACK_AUTO_SCALING, STACK_MONITORING)

#: What `cdk bootstrap` leaves in an account.
STACK_BOOTSTRAP = "CDKToolkit"

# Resources
LOAD_BALANCER = "fast-scaling-alb"
TARGET_GROUP = "fast-scaling-tg"
CLUSTER = "fast-scaling-cluster"
SERVICE = "fast-scaling-service"
TASK_FAMILY = "fast-scaling-app"
CONTAINER = "app"
LOG_GROUP = "/ecs/fast-scaling-app"
DASHBOARD = "Fast-Scaling-Monitoring"
ALERT_TOPIC = "fast-scaling-alerts"

# Exported stack outputs are called `FastScaling-<key>`.
EXPORT_PREFIX = "FastScaling-"

# Metrics that the application publishes
NAMESPACE = "FastScaling/Application"
#: Of the namespaces of services that adopt fast scaling, each of which has its own.
NAMESPACE_PREFIX = "FastScaling/"
#: The variables by which an application is told its namespace, and how often to publish (seconds).
METER_ENV_NAMESPACE = "METER_NAMESPACE"
METER_ENV_INTERVAL = "METER_INTERVAL_SECONDS"
REQUESTS_PER_SECOND = "RequestsPerSecond"
AVERAGE_RESPONSE_TIME = "AverageResponseTime"
ACTIVE_CONNECTIONS = "ActiveConnections"
TOTAL_REQUESTS = "TotalRequests"

#: A header of a 503 that the application itself answers, because it had more requests than it can carry: a broken
#: connection, or a proxy's own 503, has none. The load generator tells the two apart by it.
OVERLOAD_HEADER = "X-Overload"

# Metrics that AWS publishes
NAMESPACE_ECS = "AWS/ECS"
NAMESPACE_ALB = "AWS/ApplicationELB"
NAMESPACE_CONTAINER_INSIGHTS = "ECS/ContainerInsights"
CPU_UTILIZATION = "CPUUtilization"
MEMORY_UTILIZATION = "MemoryUtilization"
ALB_REQUEST_COUNT = "RequestCount"
ALB_RESPONSE_TIME = "TargetResponseTime"

# Dimension keys
DIMENSION_CLUSTER = "ClusterName"
DIMENSION_SERVICE = "ServiceName"
DIMENSION_TASK = "TaskId"
DIMENSION_LOAD_BALANCER = "LoadBalancer"
DIMENSION_TARGET_GROUP = "TargetGroup"

# Alarms
ALARM_RPS = "FastScaling-CustomRPS"
ALARM_LOW_RPS = "FastScaling-LowRPS"
ALARM_CONNECTIONS = "FastScaling-ActiveConnections"
ALARM_CPU = "FastScaling-HighCPU"
ALARM_MEMORY = "FastScaling-HighMemory"
ALARM_REQUEST_RATE = "FastScaling-HighRequestRate"
ALARM_RESPONSE_TIME = "FastScaling-HighResponseTime"

# Policies
POLICY_SCALE_OUT = "FastScaling-ScaleOut"
POLICY_SCALE_IN = "FastScaling-ScaleIn"
POLICY_CPU = "FastScaling-CpuScaleOut"
POLICY_MEMORY = "FastScaling-MemoryScaleOut"
POLICY_CPU_TARGET = "FastScaling-CpuTarget"
POLICY_PREDICTIVE = "FastScaling-Predictive"

#: What the schedules of one-off events begin with.
EVENT_PREFIX = "FastScaling-"

# Pulse, the controller that looks once a second
PULSE_SERVICE = "fast-scaling-pulse"
#: The local cloud runs a container of this name as `python -m fastscale.pulse`.
PULSE_CONTAINER = "pulse"
#: DynamoDB: the lease of two replicas and what was learnt. Its key is the string `id`; an item may carry the moment
#: (seconds since 1970) from which it is not needed any more.
PULSE_TABLE = "fast-scaling-pulse"
PULSE_TABLE_EXPIRY = "expires_at"
PULSE_LOG_GROUP = "/ecs/fast-scaling-pulse"
#: Pulse's own metrics; each carries the dimensions ClusterName and ServiceName of the service that it is about, so the
#: heartbeat is 1 for every service that is being watched.
NAMESPACE_PULSE = "FastScaling/Pulse"
PULSE_HEARTBEAT = "Heartbeat"
ALARM_PULSE_HEARTBEAT = "FastScaling-PulseHeartbeat"
PULSE_DECISION_LATENCY = "DecisionLatency"
PULSE_SCRAPE_FAILURES = "ScrapeFailures"
PULSE_SAMPLED_SHARE = "SampledShare"
#: Where Pulse answers `/health`, `/metrics` and `/decisions`, on loopback.
PULSE_PORT = 9109
#: The environment of Pulse's container. The plan is JSON in the shape of a plan file, of which `requests_per_task`,
#: `task`, `metering` and `pulse` are read; several services are a JSON list of objects with the keys `cluster`,
#: `service`, `target_group_arn` (found by itself when left out) and `plan`.
PULSE_ENV_CLUSTER = "PULSE_CLUSTER"
PULSE_ENV_SERVICE = "PULSE_SERVICE"
PULSE_ENV_TARGET_GROUP = "PULSE_TARGET_GROUP_ARN"
PULSE_ENV_PLAN = "PULSE_PLAN"
#: The DynamoDB table; not set where neither a second replica nor learning needs one.
PULSE_ENV_TABLE = "PULSE_TABLE"
PULSE_ENV_SERVICES = "PULSE_SERVICES"
#: A request header with which Pulse tells a task that it publishes the task's metrics for so many seconds to come.
PUBLISHED_FOR_HEADER = "X-FastScale-Published-For"
#: Longer promises are taken for this many seconds.
MOST_PUBLISHED_FOR_SECONDS = 60

# Application Auto Scaling
SCALABLE_DIMENSION = "ecs:service:DesiredCount"
SERVICE_NAMESPACE_ECS = "ecs"
