# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""System calls that neither Python nor mount(8) of util-linux before 2.40 has, made by their numbers, which are the same on all architectures."""

from __future__ import annotations

import os
from typing import Any

AT_FDCWD = -100
AT_EMPTY_PATH = 0x1000

OPEN_TREE = 428  # since Linux 5.2
OPEN_TREE_CLONE = 0x1
OPEN_TREE_CLOEXEC = os.O_CLOEXEC

MOVE_MOUNT = 429  # since Linux 5.2
MOVE_MOUNT_F_EMPTY_PATH = 0x4
MOVE_MOUNT_BENEATH = 0x200  # since Linux 6.5

MNT_EXPIRE = 0x4


def call(path: str, number: int, *arguments: int | bytes) -> int:
    """What syscall(2) returns. Raises OSError, whose filename is ``path``."""
    import ctypes  # some milliseconds, which only runs that need it spend

    words = [ctypes.c_long(word) if isinstance(word, int) else ctypes.c_char_p(word) for word in arguments]
    return _checked(_libc().syscall(ctypes.c_long(number), *words), path)


def umount2(path: str, flags: int) -> None:
    """umount2(2). Raises OSError."""
    _checked(_libc().umount2(os.fsencode(path), flags), path)


def _libc() -> Any:
    import ctypes

    return ctypes.CDLL(None, use_errno=True)


def _checked(done: int, path: str) -> int:
    import ctypes

    if done < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), path)
    return done
