# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files as a whole: whoever reads one finds the old or the new one, and what somebody else put in the way does no harm."""

from __future__ import annotations

import os
import stat

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import files


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "file")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def test_a_file_is_made_with_its_mode_whatever_the_umask(path):
    before = os.umask(0o077)
    try:
        assert files.replace(path, b"new", mode=0o755)
    finally:
        os.umask(before)
    assert (read(path), stat.S_IMODE(os.stat(path).st_mode)) == (b"new", 0o755)


def test_whoever_has_the_old_file_open_reads_it_to_its_end(path):
    files.replace(path, b"old")
    with open(path, "rb") as held:
        files.replace(path, b"new")
        assert held.read() == b"old"
    assert read(path) == b"new"


def test_an_error_leaves_the_old_file_and_nothing_beside_it(path, tmp_path):
    files.replace(path, b"old")

    def full(_new, _path):
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        files.replace(path, b"new", rename=full)
    assert read(path) == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_a_file_that_is_not_wanted_any_more_is_not_put(path, tmp_path):
    assert not files.replace(path, b"new", still_wanted=lambda: False)
    assert os.listdir(tmp_path) == []


def test_nobody_reads_it_before_it_has_its_owner_and_mode(path):
    modes = []

    def prepare(descriptor):
        modes.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        os.fchmod(descriptor, 0o640)

    files.replace(path, b"secret", prepare=prepare)
    assert modes == [0o600]
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o640


@pytest.mark.parametrize("left", [files.new_of("file"), f"{files.new_of('file')}.{os.getpid()}"])
def test_what_a_killed_writer_left_is_cleared_away(path, tmp_path, left):
    victim = tmp_path / "victim"
    victim.write_text("kept")
    os.symlink(victim, tmp_path / left)
    files.replace(path, b"new", new=str(tmp_path / left))
    assert victim.read_text() == "kept"
    assert sorted(os.listdir(tmp_path)) == ["file", "victim"]


def test_two_writers_without_a_lock_write_no_common_file(path):
    def other_writes(new, target):
        assert str(os.getpid()) in os.path.basename(new)
        os.replace(new, target)

    assert files.replace(path, b"mine", rename=other_writes)


def test_a_link_is_put_in_the_place_of_another_one_or_of_a_file(path, tmp_path):
    files.replace(path, b"old")
    files.replace_link(path, "one")
    files.replace_link(path, "two")
    assert os.readlink(path) == "two"
    assert os.listdir(tmp_path) == ["file"]


def test_a_text_keeps_each_of_its_bytes(path):
    content = b"one\r\ntwo \xff\n"
    files.replace(path, content)
    assert files.read_text(path).encode("utf-8", "surrogateescape") == content


def test_a_text_that_is_not_there_is_none(path):
    assert files.text_at(path) is None
    assert files.readlink(path) == ""
    with pytest.raises(FileNotFoundError):
        files.read_text(path)


def test_what_is_no_file_of_ours_is_not_read(path, tmp_path):
    os.mkfifo(path)
    with pytest.raises(ValueError, match="no regular file"):
        files.read_untrusted(path)
    os.unlink(path)
    files.replace(path, b"12345")
    assert files.read_untrusted(path, 5) == b"12345"
    with pytest.raises(ValueError, match="more than 4 bytes"):
        files.read_untrusted(path, 4)
    with pytest.raises(ValueError, match="belongs to user"):
        files.read_untrusted(path, owner=os.geteuid() + 1)
    os.symlink(path, tmp_path / "link")
    with pytest.raises(OSError, match="symbolic links"):
        files.read_untrusted(str(tmp_path / "link"))
