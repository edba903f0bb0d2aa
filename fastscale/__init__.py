"""fastscale: ECS Fargate services that scale out in seconds."""

__version__ = "0.1.0"
