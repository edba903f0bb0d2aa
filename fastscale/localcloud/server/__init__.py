"""The API server of the local cloud: the AWS services that the stacks use, answering over AWS's own protocols.

`moto <https://docs.getmoto.org>`_ speaks the protocols and stores what nothing here acts on (VPCs, roles, buckets,
topics). The services that a scaling loop lives on have back ends of our own, one package each:

===================  ======================================================================================
``cloudformation``   deploys templates resource by resource, with events, rollback, updates, change sets, exports
``cloudwatch``       an indexed metric store, alarms with history, dashboards
``ecs``              services, deployments and tasks as the part that runs the tasks reports them
``elbv2``            targets keyed by address and port, with the health that the load balancer reports
``autoscaling``      Application Auto Scaling: targets, policies, schedules, activities
``logs``             log events, bounded per stream
===================  ======================================================================================

The server *stores*; it starts no task, evaluates no alarm and scales nothing. The loops that do are ordinary clients,
plus the private routes in :mod:`.private_routes` for what AWS's own back ends write without a public API.
"""

import os

# moto would tell every web page that it may read all answers; it reads this when it is imported, which is later.
os.environ.setdefault("MOTO_DISABLE_GLOBAL_CORS", "true")
