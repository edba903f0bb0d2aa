"""ECS's part and Fargate's: one real process per task.

========================  ===================================================================
``lifecycle`` ``scheduler`` ``pace``  pure: the life of a task, what to start and stop, how fast
``rollout``               pure: when a deployment is given up
``definitions``           services and task definitions as values
``watch`` ``registrar``   what is known of a service; targets kept in line with tasks
``fleet`` ``runtime``     the tasks of a service; their processes
``images`` ``addresses``  which command stands for an image; an address per task
``logs`` ``metadata`` ``usage``  awslogs, task metadata endpoint, utilization metrics
``loop`` ``services``     the cycle that joins them for one service; all services, each with its loop
``part``                  everything built for a running API server
========================  ===================================================================
"""
