"""Real traffic, given by FASTSCALE_TRACES (a folder); the repository ships none."""

import os
from pathlib import Path

import pytest

from fastscale.simulate.traffic.reader import read_trace
from tests.simulate.worlds import run

FOLDER = os.environ.get("FASTSCALE_TRACES")
pytestmark = pytest.mark.skipif(not FOLDER, reason="FASTSCALE_TRACES names no folder of real traffic traces")


def test_every_real_trace_can_be_read_and_simulated():
    files = sorted(path for path in Path(FOLDER or "").iterdir() if path.suffix in (".txt", ".csv", ".log", ".gz"))
    assert files, f"{FOLDER} holds no trace"
    for path in files:
        trace = read_trace(path)
        outcome = run(trace.sliced(0, 86_400).scaled_to_peak(2000), "default")
        ended = outcome.requests.failed + outcome.requests.late
        assert 0 <= ended < outcome.requests.offered
        assert outcome.task_hours >= 2 * 24 * 0.9
