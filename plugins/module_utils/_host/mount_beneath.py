# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A new mount beneath one that lives, so that a plain umount of the upper one uncovers it and no open fails in between (Linux 6.5 or newer).

The system calls are made by their numbers: mount(8) has no command for this before util-linux 2.40.
"""

from __future__ import annotations

import errno
import os
from typing import Any

_OPEN_TREE, _MOVE_MOUNT = 428, 429  # on all architectures since Linux 5.2
_AT_FDCWD = -100
_CLONE = 0x1  # OPEN_TREE_CLONE
_CLOEXEC = os.O_CLOEXEC  # OPEN_TREE_CLOEXEC is the same
_BENEATH = 0x200  # MOVE_MOUNT_BENEATH of linux/mount.h, since Linux 6.5
_EMPTY_PATH = 0x4  # MOVE_MOUNT_F_EMPTY_PATH
_EXPIRE = 0x4  # MNT_EXPIRE of umount2(2)


def put(source: str, target: str) -> bool:
    """Show the mount at ``source`` beneath the one on top at ``target`` too; False where the kernel cannot do that. Raises OSError.

    A copy is put there, since no mount can be moved out of one that is shared, as /run is.
    """
    libc = _libc()
    copy = libc.syscall(_OPEN_TREE, _AT_FDCWD, os.fsencode(source), _CLONE | _CLOEXEC)
    if copy < 0:
        return _unable(source)
    try:
        if libc.syscall(_MOVE_MOUNT, copy, b"", _AT_FDCWD, os.fsencode(target), _EMPTY_PATH | _BENEATH) < 0:
            return _unable(target)
    finally:
        os.close(copy)
    return True


def _unable(path: str) -> bool:
    import ctypes

    code = ctypes.get_errno()
    # An older kernel does not know the flag, one before 5.2 not the call; a filter of system calls may forbid it.
    if code in (errno.EINVAL, errno.ENOSYS, errno.EPERM):
        return False
    raise OSError(code, os.strerror(code), path)


def unused(path: str) -> bool:
    """Whether the kernel would unmount the mount on top at ``path``: no open file, no working directory, nothing mounted below it.

    The first umount2(2) with MNT_EXPIRE unmounts nothing: it tells EBUSY, or marks the mount and tells EAGAIN. Any access takes the mark away again.
    """
    import ctypes

    done = _libc().umount2(os.fsencode(path), _EXPIRE)
    code = ctypes.get_errno()
    os.close(os.open(path, os.O_PATH | os.O_CLOEXEC))  # an access that asks the file system nothing
    return done == 0 or code == errno.EAGAIN


def _libc() -> Any:
    import ctypes  # some milliseconds, which only runs that need it spend

    return ctypes.CDLL(None, use_errno=True)
