"""Files that are written whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fastscale.errors import InputError
from fastscale.files import replace_content, write_whole


@pytest.mark.parametrize("durable", [False, True])
def test_the_new_content_takes_the_place_of_the_old(tmp_path: Path, durable: bool) -> None:
    path = tmp_path / "deep" / "er" / "file"
    replace_content(path, b"a long old one", durable=durable)
    replace_content(path, b"new", durable=durable)
    assert path.read_bytes() == b"new"
    assert list(path.parent.iterdir()) == [path]


def test_a_reader_has_the_old_file_whole_while_the_new_one_comes(tmp_path: Path) -> None:
    path = tmp_path / "file"
    replace_content(path, b"old")
    with path.open("rb") as reader:
        replace_content(path, b"new")
        assert reader.read() == b"old"


def test_only_what_is_durable_waits_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bytes] = []
    monkeypatch.setattr(os, "fsync", lambda _handle: synced.append((tmp_path / "file.part").read_bytes()))
    replace_content(tmp_path / "file", b"light")
    replace_content(tmp_path / "file", b"heavy", durable=True)
    assert synced == [b"heavy"]


def test_text_is_written_as_utf_8(tmp_path: Path) -> None:
    write_whole(tmp_path / "page", "θ → 한국어")
    assert (tmp_path / "page").read_bytes() == "θ → 한국어".encode()


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(InputError, match=r"taken/page' cannot be written: \w") as error:
        write_whole(tmp_path / "taken" / "page", "text")
    assert "\n" not in str(error.value)
