"""Sizes of tasks that Fargate offers."""

from __future__ import annotations

#: vCPU units -> memory sizes in MiB that Fargate accepts (ECS developer guide, "Task CPU and memory", Linux).
FARGATE_SIZES: dict[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4096 + 1, 1024)),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16384 + 1, 1024)),
    4096: tuple(range(8192, 30720 + 1, 1024)),
    8192: tuple(range(16384, 61440 + 1, 4096)),
    16384: tuple(range(32768, 122880 + 1, 8192)),
}


def require_size(cpu: int, memory: int) -> None:
    """Raise ValueError in one line when Fargate has no task of ``cpu`` units and ``memory`` MiB."""
    if cpu not in FARGATE_SIZES:
        raise ValueError(f"cpu {cpu} is not a Fargate size: {', '.join(map(str, FARGATE_SIZES))}")
    sizes = FARGATE_SIZES[cpu]
    if memory not in sizes:
        raise ValueError(f"memory {memory} does not go with cpu {cpu}: {', '.join(map(str, sizes))}")
