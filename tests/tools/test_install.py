"""The installer may be ended at any moment, and the next run goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.localcloud.server.process import eventually

INSTALLER = Path(__file__).resolve().parents[2] / "tools" / "install.py"

#: Ends like Debian's without its package python3-venv: with half of an environment.
HALF_A_VENV = """
import pathlib, sys
folder = pathlib.Path(sys.argv[1])
(folder / "bin").mkdir(parents=True)
(folder / "bin" / "python").symlink_to(sys.executable)
(folder / "pyvenv.cfg").touch()
sys.exit("ensurepip is not available")
"""


def start(venv: Path, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(INSTALLER), "--venv", str(venv)],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_an_interrupted_environment_is_gone_and_half_of_one_is_made_anew(tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    left_over = venv / "left-over"
    left_over.touch()
    process = start(venv)
    assert eventually(lambda: not left_over.exists() and (venv / "bin" / "python").exists(), seconds=20)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert out == f"Creating a virtual environment in {venv}\n"
    assert err == "\nInterrupted: the installation is not complete; the same command goes on with it\n"
    assert not venv.exists()


def test_an_environment_that_cannot_be_finished_is_not_taken_for_one(tmp_path: Path) -> None:
    (tmp_path / "venv.py").write_text(HALF_A_VENV)
    _, err = (process := start(tmp_path / "made", PYTHONPATH=str(tmp_path))).communicate(timeout=20)
    assert process.returncode == 2
    assert err.splitlines()[-1].startswith("error: could not create a virtual environment: on Debian")
    assert not (tmp_path / "made").exists()


def test_a_folder_of_something_else_keeps_what_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "venv.py").write_text(HALF_A_VENV)
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "thesis.txt").touch()
    process = start(folder, PYTHONPATH=str(tmp_path))
    process.communicate(timeout=20)
    assert process.returncode == 2
    assert (folder / "thesis.txt").exists()
