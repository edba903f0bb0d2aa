"""How much can one process watch? Real tasks' text over real sockets, a whole controller, one core.

    make bench NAME=pulse ARGS="--part scale"

The tasks answer from processes of their own, on the other cores. The controller runs all of its threads: ticks that
read, decide for each service, learn and keep the books; looks at AWS at their real pace, whose answers have AWS's size;
metrics that are published. Each service has nine days behind it, and once in the run a slot of five minutes ends for
all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from statistics import median

from benchmarks.pulse_parts.many_tasks import TASKS
from benchmarks.pulse_parts.watcher import Seen, Watch
from benchmarks.result import Figure, finish

#: Each process of tasks needs two files a task.
TASKS_A_PROCESS = 2_500
MOST_SECONDS = 1.0
MOST_MEGABYTES = 300.0
#: An estimate may be off by three of the standard errors that it states, and because the moment at which a task
#: counted is known to some milliseconds only.
ERRORS, CLOCK_ERROR = 3.0, 0.02
#: Those for whom there was no time in a round are asked first in the next; hardly any may be.
LEAST_READ_SHARE = 0.99

#: Name, number of services, tasks of a service that are read at most in a round.
CASES = (
    ("1,000 services of 10 tasks", 1_000, 400),
    ("1 service of 10,000 tasks, all read", 1, TASKS),
    ("1 service of 10,000 tasks, 400 read", 1, 400),
)


def main() -> None:
    """Watch, print a row a case, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30, help="ticks of each case that are measured")
    parser.add_argument("--case", type=int, choices=range(1, len(CASES) + 1), help="one case alone")
    options = parser.parse_args()
    figures = measure(options.rounds, CASES if options.case is None else CASES[options.case - 1 : options.case])
    slowest = max(figure.value for figure in figures if figure.name.startswith("slowest"))
    ok = all(figure.ok for figure in figures)
    finish("pulse_scale", slowest, "s", target=f"<= {MOST_SECONDS:g}", ok=ok, figures=figures)


def measure(rounds: int, cases: Sequence[tuple[str, int, int]]) -> list[Figure]:
    """Print a row a case; its figures are the slowest of ``rounds`` ticks, CPU time, memory and error."""
    ours, others = _cores()
    figures = []
    print(f"Watching {TASKS:,} tasks from one core, {rounds} ticks each")
    print(f"  {'':<38}{'tick median':>12}{'slowest':>9}{'CPU':>8}{'reads':>8}{'memory':>9}{'error':>8}")
    with many_tasks(TASKS, others) as ports:
        for name, services, most_tasks in cases:
            seen = _watch(Watch(ports=ports, services=services, most_tasks=most_tasks, rounds=rounds, core=ours))
            figures += _judge(name, min(TASKS, services * most_tasks), seen)
    return figures


def _cores() -> tuple[int | None, set[int]]:
    """The core for the watcher and those for the tasks; None where processes cannot be bound to cores."""
    if not hasattr(os, "sched_getaffinity"):
        return None, set()
    first, *others = sorted(os.sched_getaffinity(0))
    return first, set(others) or {first}


@contextmanager
def many_tasks(count: int, cores: set[int]) -> Iterator[list[int]]:
    """Processes that are ``count`` tasks; yields the ports at which these answer."""
    with ExitStack() as stack:
        processes = []
        for first in range(0, count, TASKS_A_PROCESS):
            command = [sys.executable, "-m", "benchmarks.pulse_parts.many_tasks", str(first)]
            command.append(str(min(TASKS_A_PROCESS, count - first)))
            process = stack.enter_context(
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
            stack.callback(process.terminate)
            if cores:
                os.sched_setaffinity(process.pid, cores)
            processes.append(process)
        yield [port for process in processes for port in json.loads(_line(process))]


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise SystemExit("the tasks ended at once: they need two open files each (ulimit -n)")
    return line


def _watch(what: Watch) -> Seen:
    command = [sys.executable, "-m", "benchmarks.pulse_parts.watcher"]
    done = subprocess.run(command, input=json.dumps(asdict(what)), stdout=subprocess.PIPE, text=True, check=True)
    return Seen(**json.loads(done.stdout))


def _judge(name: str, most_reads: int, seen: Seen) -> list[Figure]:
    error = max(map(abs, seen.errors))
    allowed = ERRORS * seen.relative_error + CLOCK_ERROR
    slowest, read = max(seen.seconds), min(seen.answered) / most_reads
    print(
        f"  {name:<38}{median(seen.seconds):>10.3f} s{slowest:>7.3f} s{median(seen.cpu_seconds):>6.3f} s"
        f"{median(seen.answered):>8,.0f}{seen.megabytes:>6.0f} MB{100 * error:>7.2f}%",
        flush=True,
    )
    print(f"  {'':<6}slots ended {seen.slots_closed}, calls of AWS in all: {_calls(seen)}", flush=True)
    cpu = median(seen.cpu_seconds)
    return [
        Figure(f"slowest tick, {name}", slowest, "s", f"<= {MOST_SECONDS:g}", slowest <= MOST_SECONDS),
        Figure(f"CPU time of a round, {name}", cpu, "s", f"<= {MOST_SECONDS:g}", cpu <= MOST_SECONDS),
        Figure(f"slots ended, {name}", seen.slots_closed, "", ">= 1", seen.slots_closed >= 1),
        Figure(f"memory, {name}", seen.megabytes, "MB", f"<= {MOST_MEGABYTES:g}", seen.megabytes <= MOST_MEGABYTES),
        Figure(f"largest error, {name}", 100 * error, "%", f"<= {100 * allowed:.2f}", error <= allowed),
        Figure(f"least share read, {name}", read, "", f">= {LEAST_READ_SHARE:g}", read >= LEAST_READ_SHARE),
    ]


def _calls(seen: Seen) -> str:
    return ", ".join(f"{operation} {times}" for operation, times in sorted(seen.calls.items()))


if __name__ == "__main__":
    main()
