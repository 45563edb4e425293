# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files as a whole: how texts of the kernel and of root are read, how a file is read that somebody else may have put there, how one is replaced."""

from __future__ import annotations

import contextlib
import os
import stat
import threading
from typing import Callable, Iterator

MOST_BYTES = 1 << 20

Rename = Callable[[str, str], None]
"""rename(new, path): puts ``new`` in the place of ``path``, as os.replace does."""


def read_text(path: str) -> str:
    """A text of the kernel or of root. Bytes that are no UTF-8 are surrogates, and carriage returns stay. Raises OSError."""
    with open(path, encoding="utf-8", errors="surrogateescape", newline="\n") as file:
        return file.read()


def text_at(path: str) -> str | None:
    """The same, None where it cannot be read."""
    try:
        return read_text(path)
    except OSError:
        return None


def readlink(path: str) -> str:
    """Where a link of /proc leads, "" where that cannot be said."""
    try:
        return os.readlink(path)
    except OSError:
        return ""


def read_untrusted(path: str, most: int = MOST_BYTES, owner: int | None = None) -> bytes:
    """The content of the regular file ``path``; what else may stand there is neither followed nor waited for.

    most: bytes that it may have. owner: user id that the file must belong to, that of this process if None.
    Raises OSError for what cannot be read, ValueError for a file that is not as it should be.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ValueError(f"{path} is no regular file")
        if status.st_uid != (os.geteuid() if owner is None else owner):
            raise ValueError(f"{path} belongs to user {status.st_uid}")
        content = file.read(most + 1)
    if len(content) > most:
        raise ValueError(f"{path} has more than {most} bytes")
    return content


def new_of(path: str) -> str:
    """Where the next version of ``path`` lies until it is whole, by writers of which one writes at a time."""
    folder, name = os.path.split(path)
    return os.path.join(folder, f".{name}.evenkeel-new")


def replace(
    path: str,
    content: bytes,
    *,
    mode: int = 0o644,
    new: str = "",
    prepare: Callable[[int], None] | None = None,
    still_wanted: Callable[[], bool] | None = None,
    rename: Rename = os.replace,
) -> bool:
    """Put a file at ``path`` in one step: whoever opens it finds the old file or the new one, also after a power cut. False where it was not put.

    mode: its permissions, whatever the umask. prepare(descriptor): gives them instead, and whatever else the file must have before it is seen.
    still_wanted(): asked last; where it says False the old file stays.
    new: see ``new_of``: what a killed writer left there is cleared away by the next one. Without it several may write at once.
    Raises OSError; the old file is there then, and nothing beside it.
    """
    new = new or f"{new_of(path)}.{os.getpid()}-{threading.get_ident()}"
    with _staged(new):
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            if prepare:
                prepare(file.fileno())
            else:
                os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        if still_wanted and not still_wanted():
            return False
        rename(new, path)
    _sync(os.path.dirname(path))
    return True


def replace_link(path: str, target: str) -> None:
    """Put a symbolic link to ``target`` at ``path`` in one step; one writer at a time. Raises OSError."""
    new = new_of(path)
    with _staged(new):
        os.symlink(target, new)
        os.replace(new, path)


@contextlib.contextmanager
def _staged(new: str) -> Iterator[None]:
    """Nothing lies at ``new`` before, nor afterwards."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(new)
    try:
        yield
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(new)


def _sync(folder: str) -> None:
    """Make the new name outlast a power cut, where the file system can: the change is done by now and cannot be taken back."""
    with contextlib.suppress(OSError):
        handle = os.open(folder or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
