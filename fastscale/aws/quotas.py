"""How much of AWS's request quotas the controller uses. Rates are calls a second, for an account and Region.

Published quotas, as bucket and refill a second:

* ECS (API reference, "Request throttling"): service read actions (DescribeServices) 100 and 20; cluster resource read
  actions (ListTasks, DescribeTasks) 100 and 20; service modify actions (UpdateService) 50 and 5.
* Elastic Load Balancing (user guide, "Request throttling for the Elastic Load Balancing API"): all Describe actions
  together 40 and 10.
* Application Auto Scaling publishes none: the rate here is a careful guess.

The controller keeps below half of each, because others in the account call them too. For 1,000 services that is:

======================  ==================================================  ====================================
call                    one look at all of them                             at the rate here
======================  ==================================================  ====================================
DescribeServices        100 calls, 10 services each                         12.5 s; a service in motion 1 s
DescribeTargetHealth    1,000 calls                                         250 s; at once where counts changed
ListTasks, DescribeTasks  none: only where tasks start                      8 a second
DescribeScalableTargets 20 calls, 50 services each                          10 s; once more before each change
UpdateService           none: only for a change                             50 at once, then 4 a second
======================  ==================================================  ====================================

A service whose deployments move the traffic between two target groups takes two calls of DescribeTargetHealth.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from fastscale.aws.pace import Pace

#: DescribeServices takes so many services a call (ECS API reference).
SERVICES_A_CALL = 10
#: ListTasks and DescribeTasks take so many tasks a call (ECS API reference).
TASKS_A_CALL = 100
#: DescribeScalableTargets takes so many resource ids a call (Application Auto Scaling API reference).
TARGETS_A_CALL = 50

SERVICE_READS_A_SECOND = 8.0
HEALTH_READS_A_SECOND = 4.0
LIMIT_READS_A_SECOND = 2.0


@dataclass(frozen=True)
class Paces:
    """One pace for each of AWS's buckets."""

    services: Pace = field(default_factory=lambda: Pace(SERVICE_READS_A_SECOND, 30))
    tasks: Pace = field(default_factory=lambda: Pace(8, 30))
    health: Pace = field(default_factory=lambda: Pace(HEALTH_READS_A_SECOND, 15))
    limits: Pace = field(default_factory=lambda: Pace(LIMIT_READS_A_SECOND, 10))
    limits_before_a_change: Pace = field(default_factory=lambda: Pace(8, 50))
    services_before_a_change: Pace = field(default_factory=lambda: Pace(8, 50))
    changes: Pace = field(default_factory=lambda: Pace(4, 50))
