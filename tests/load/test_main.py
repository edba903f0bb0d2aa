from __future__ import annotations

from pathlib import Path

import pytest

from fastscale.load.__main__ import main


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--host=localhost:8000"], "--host 'localhost:8000' is not a URL: give http://HOST:PORT"),
        (["--host=http://"], "--host 'http://' is not a URL"),
        (["--shape=[[0,1]"], "is not JSON pairs"),
        (["--shape=[[1,1],[2,1]]"], "starts at 0 seconds, not 1"),
        (["--shape=/does/not/exist.csv"], "cannot be read: No such file or directory"),
        (["--timeout=0"], "--timeout 0 is not a time"),
        (["--path=load"], "--path 'load' is not a path"),
        (["--max-in-flight=0"], "--max-in-flight 0 sends nothing"),
        (["--out=/does/not/exist/lines"], "cannot be written"),
        (["--surge-seconds=1"], "a surge of 1 s is not longer than its rise of 1 s"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["--host=http://127.0.0.1:1", *arguments])
    said = capsys.readouterr().err

    assert code == 2
    assert complaint in said
    assert said.count("\n") == 1


def test_a_binary_file_is_not_a_shape(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "shape.csv"
    file.write_bytes(b"\xff\xfe\x00")

    assert main(["--host=http://127.0.0.1:1", f"--shape={file}"]) == 2
    assert "is not text" in capsys.readouterr().err
