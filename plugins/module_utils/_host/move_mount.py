# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Moving a proven mount to where its users look for it, also beneath one that they use.

mount(8) has no command for the latter before util-linux 2.40, so the system call is made by its number.
"""

from __future__ import annotations

import errno
import os
from typing import Callable

_MOVE_MOUNT = 429  # on all architectures since Linux 5.2
_AT_FDCWD = -100
BENEATH = 0x200  # MOVE_MOUNT_BENEATH of linux/mount.h, since Linux 6.5

Move = Callable[[str, str, int], None]
"""move(source, target, flags): move the mount on top at ``source`` to ``target``. Raises OSError."""


def move(source: str, target: str, flags: int = 0) -> None:
    """move_mount(2) of the mount on top at ``source``. Raises OSError."""
    import ctypes  # some milliseconds, which only runs that need it spend

    libc = ctypes.CDLL(None, use_errno=True)
    done = libc.syscall(
        ctypes.c_long(_MOVE_MOUNT),
        ctypes.c_int(_AT_FDCWD),
        ctypes.c_char_p(os.fsencode(source)),
        ctypes.c_int(_AT_FDCWD),
        ctypes.c_char_p(os.fsencode(target)),
        ctypes.c_uint(flags),
    )
    if done < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), target)


def beneath(source: str, target: str, mover: Move = move) -> bool:
    """Move the mount at ``source`` beneath the one on top at ``target``; False where the kernel cannot do that. Raises OSError."""
    try:
        mover(source, target, BENEATH)
    except OSError as error:
        # An older kernel does not know the flag, one before 5.2 not the call.
        if error.errno in (errno.EINVAL, errno.ENOSYS):
            return False
        raise
    return True
