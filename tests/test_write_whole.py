"""Files are written whole or not at all."""

from __future__ import annotations

import os
import stat

import pytest

from protolint import files


def test_new_file_has_the_permissions_of_any_new_file(tmp_path):
    files.write_whole(str(tmp_path / "new"), b"a\r\n\xff")
    (tmp_path / "other").write_bytes(b"")
    assert (tmp_path / "new").read_bytes() == b"a\r\n\xff"
    assert os.stat(tmp_path / "new").st_mode == os.stat(tmp_path / "other").st_mode


def test_permissions_are_kept(tmp_path):
    path = tmp_path / "old"
    path.write_bytes(b"old")
    path.chmod(0o640)
    files.write_whole(str(path), b"new")
    assert (path.read_bytes(), stat.S_IMODE(os.stat(path).st_mode)) == (b"new", 0o640)


def test_link_stays_a_link(tmp_path):
    (tmp_path / "file").write_bytes(b"old")
    os.symlink("file", tmp_path / "link")
    files.write_whole(str(tmp_path / "link"), b"new")
    assert os.readlink(tmp_path / "link") == "file"
    assert (tmp_path / "file").read_bytes() == b"new"


def test_failure_leaves_what_was_there(tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"old")

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="No space"):
        files.write_whole(str(tmp_path / "file"), b"new")
    assert os.listdir(tmp_path) == ["file"]
    assert (tmp_path / "file").read_bytes() == b"old"


def test_what_is_no_regular_file_is_written_to():
    before = os.stat(os.devnull)
    files.write_whole(os.devnull, b"text")
    assert os.stat(os.devnull).st_ino == before.st_ino


def test_missing_folder(tmp_path):
    with pytest.raises(FileNotFoundError):
        files.write_whole(str(tmp_path / "none" / "file"), b"")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_write_protected_file_is_left_alone(tmp_path):
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "file").chmod(0o444)
    with pytest.raises(PermissionError):
        files.write_whole(str(tmp_path / "file"), b"new")
    assert (tmp_path / "file").read_bytes() == b"old"
