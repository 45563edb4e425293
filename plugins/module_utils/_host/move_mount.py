# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Moving a proven mount to where its users look for it, also beneath one that they use."""

from __future__ import annotations

import errno
import os
from typing import Callable

from . import syscall

Move = Callable[[str, str, int], None]
"""move(source, target, flags): move the mount on top at ``source`` to ``target``. Raises OSError."""


def move(source: str, target: str, flags: int = 0) -> None:
    """move_mount(2) of the mount on top at ``source``. Raises OSError."""
    syscall.call(
        target, syscall.MOVE_MOUNT, syscall.AT_FDCWD, os.fsencode(source), syscall.AT_FDCWD, os.fsencode(target), flags
    )


def beneath(source: str, target: str, mover: Move = move) -> bool:
    """Move the mount at ``source`` beneath the one on top at ``target``; False where the kernel cannot do that. Raises OSError."""
    try:
        mover(source, target, syscall.MOVE_MOUNT_BENEATH)
    except OSError as error:
        # An older kernel does not know the flag, one before 5.2 not the call.
        if error.errno in (errno.EINVAL, errno.ENOSYS):
            return False
        raise
    return True
