# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kernel answers where there is no mount to put anything beneath; with mounts, molecule/session and molecule/inuse show it."""

from __future__ import annotations

import errno
import os

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import mount_beneath, syscall


def refusing(code):
    def call(path, _number, *_arguments):
        raise OSError(code, "refused", path)

    return call


def test_a_copy_of_the_mount_is_put_beneath_the_other_and_let_go():
    calls = []

    def call(path, number, *arguments):
        calls.append((path, number, arguments))
        return os.open("/dev/null", os.O_RDONLY) if number == syscall.OPEN_TREE else 0

    assert mount_beneath.put("/run/new", "/srv/web", call)
    (_source, _open, opened), (target, _move, moved) = calls
    assert (opened[1], target, moved[3]) == (b"/run/new", "/srv/web", b"/srv/web")
    assert moved[4] == 0x204, "the flags of linux/mount.h: from a descriptor, beneath"
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(moved[0])


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOSYS, errno.EPERM])
def test_a_kernel_that_cannot_do_it_is_no_error(code):
    assert not mount_beneath.put("/run/new", "/srv/web", refusing(code))


def test_any_other_answer_names_the_path():
    with pytest.raises(FileNotFoundError) as caught:
        mount_beneath.put("/run/new", "/srv/web", refusing(errno.ENOENT))
    assert caught.value.filename == "/run/new"


def test_what_is_no_mount_is_not_called_unused(tmp_path):
    assert not mount_beneath.unused(str(tmp_path))


def test_a_system_call_that_fails_says_of_which_path(tmp_path):
    missing = str(tmp_path / "missing")
    with pytest.raises(OSError, match=r"No such file|not permitted") as caught:
        syscall.umount2(missing, syscall.MNT_EXPIRE)
    assert caught.value.filename == missing
