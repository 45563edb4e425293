# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import walk


@pytest.fixture
def top(tmp_path):
    """A directory with another beside it, and a link from one to the other."""
    (tmp_path / "others" / "web").mkdir(parents=True)
    (tmp_path / "mine").mkdir()
    (tmp_path / "link").symlink_to("others")
    (tmp_path / "file").touch()
    return os.path.realpath(tmp_path)


def open_descriptors():
    return len(os.listdir("/proc/self/fd"))


def test_missing_directories_are_made_and_told(top):
    made = []
    walk.make(f"{top}/mine/a/b", made.append)
    walk.make(f"{top}/mine/a//b/", made.append)
    assert made == [f"{top}/mine/a", f"{top}/mine/a/b"]
    assert os.stat(f"{top}/mine/a/b").st_mode & 0o022 == 0
    walk.remove(f"{top}/mine/a/b")
    assert os.listdir(f"{top}/mine/a") == []


@pytest.mark.parametrize("path", ["link/web", "link/new", "link", "file/new", "mine/../link"])
def test_no_link_is_followed_wherever_it_stands(top, path):
    before = open_descriptors()
    with pytest.raises(OSError, match="no directory, or a symbolic link") as raised:
        walk.make(f"{top}/{path}")
    assert raised.value.filename.startswith(f"{top}/")
    with pytest.raises(OSError, match="."), walk.opened(f"{top}/{path}"):
        pass
    assert os.listdir(f"{top}/others") == ["web"]
    assert open_descriptors() == before


def test_nothing_is_removed_behind_a_link(top):
    with pytest.raises(OSError, match="symbolic link"):
        walk.remove(f"{top}/link/web")
    assert os.listdir(f"{top}/others") == ["web"]


def test_a_directory_that_somebody_else_makes_at_the_same_time_is_no_error(top, monkeypatch):
    """The link to nowhere, too, that he may make."""
    mkdir = os.mkdir

    def faster(name, mode, *, dir_fd):
        mkdir(name, mode, dir_fd=dir_fd)
        mkdir(name, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "mkdir", faster)
    made = []
    walk.make(f"{top}/mine/new", made.append)
    assert (made, os.listdir(f"{top}/mine")) == ([], ["new"])

    monkeypatch.setattr(os, "mkdir", lambda name, mode, *, dir_fd: os.symlink("/nowhere", name, dir_fd=dir_fd))
    with pytest.raises(OSError, match="symbolic link"):
        walk.make(f"{top}/mine/other")


def test_a_parent_that_another_mount_takes_back_meanwhile_is_made_anew(top, monkeypatch):
    mkdir, taken = os.mkdir, []

    def after_it_was_removed(name, mode, *, dir_fd):
        if name == "new" and not taken:
            taken.append(os.rmdir(f"{top}/mine/shared"))
        mkdir(name, mode, dir_fd=dir_fd)

    os.mkdir(f"{top}/mine/shared")
    monkeypatch.setattr(os, "mkdir", after_it_was_removed)
    walk.make(f"{top}/mine/shared/new")
    assert os.listdir(f"{top}/mine/shared") == ["new"]


def test_a_parent_that_is_taken_away_each_time_is_an_error(top, monkeypatch):
    def gone(name, mode, *, dir_fd):
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(os, "mkdir", gone)
    with pytest.raises(FileNotFoundError):
        walk.make(f"{top}/mine/other")
