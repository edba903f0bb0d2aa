"""ECS's part and Fargate's: one real process per task.

========================  ===================================================================
``lifecycle`` ``scheduler`` ``pace``  pure: the life of a task, what to start and stop, how fast
``definitions``           services and task definitions as values
``watch`` ``registrar``   what is known of the service; targets kept in line with tasks
``fleet`` ``runtime``     the tasks of the service; their processes
``images`` ``addresses``  which command stands for an image; an address per task
``logs`` ``metadata`` ``usage``  awslogs, task metadata endpoint, utilization metrics
``loop`` ``part``         the cycle that joins them; everything built for a running API server
========================  ===================================================================
"""
