"""ECS: services, deployments and tasks, as the part that runs the tasks reports them."""
