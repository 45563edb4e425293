# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A small file that one program of this project leaves for another, perhaps where somebody else can write: read without trust, written in one step."""

from __future__ import annotations

import os
import stat

MOST_BYTES = 1 << 20


def read(path: str, most: int = MOST_BYTES, owner: int | None = None) -> bytes:
    """The content of the regular file ``path``; what else may stand there is neither followed nor waited for.

    most: bytes that it may have. owner: user id that the file must belong to, that of this process if None.
    Raises OSError for what cannot be read, ValueError for a file that is not as it should be.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise ValueError(f"{path} is no regular file")
        if found.st_uid != (os.geteuid() if owner is None else owner):
            raise ValueError(f"{path} belongs to user {found.st_uid}")
        content = file.read(most + 1)
    if len(content) > most:
        raise ValueError(f"{path} has more than {most} bytes")
    return content


def write(path: str, content: bytes) -> None:
    """Put a file at ``path`` that only its owner can read and write, in one step. Raises OSError."""
    new = f"{path}.{os.getpid()}.new"
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(content)
    os.replace(new, path)
