# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A new mount beneath one that lives, so that a plain umount of the upper one uncovers it and no open fails in between (Linux 6.5 or newer)."""

from __future__ import annotations

import errno
import os
from typing import Callable

from . import syscall

Call = Callable[..., int]
"""call(path, number, *arguments): a system call that is about ``path``, see syscall.call."""


def put(source: str, target: str, call: Call = syscall.call) -> bool:
    """Show the mount at ``source`` beneath the one on top at ``target`` too; False where the kernel cannot do that. Raises OSError.

    A copy is put there, since no mount can be moved out of one that is shared, as /run is.
    """
    flags = syscall.OPEN_TREE_CLONE | syscall.OPEN_TREE_CLOEXEC
    try:
        copy = call(source, syscall.OPEN_TREE, syscall.AT_FDCWD, os.fsencode(source), flags)
        try:
            flags = syscall.MOVE_MOUNT_F_EMPTY_PATH | syscall.MOVE_MOUNT_BENEATH
            call(target, syscall.MOVE_MOUNT, copy, b"", syscall.AT_FDCWD, os.fsencode(target), flags)
        finally:
            os.close(copy)
    except OSError as error:
        # An older kernel does not know the flag, one before 5.2 not the call; a filter of system calls may forbid it.
        if error.errno in (errno.EINVAL, errno.ENOSYS, errno.EPERM):
            return False
        raise
    return True


def unused(path: str) -> bool:
    """Whether the kernel would unmount the mount on top at ``path``: no open file, no working directory, nothing mounted below it.

    The first umount2(2) with MNT_EXPIRE unmounts nothing: it tells EBUSY, or marks the mount and tells EAGAIN. Any access takes the mark away again.
    """
    try:
        syscall.umount2(path, syscall.MNT_EXPIRE)
        unused_now = True
    except OSError as error:
        unused_now = error.errno == errno.EAGAIN
    os.close(os.open(path, os.O_PATH | os.O_CLOEXEC))  # an access that asks the file system nothing
    return unused_now
