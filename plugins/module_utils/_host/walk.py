# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Directories reached from the root part by part, by descriptors, with no symbolic link followed.

A mount point may lie below a directory of a user's, who can put a link to anywhere in the place of a part of its path, between a look and an act of ours.
What acts here acts on what lies at the path itself, or fails.
"""

from __future__ import annotations

import contextlib
import errno
import os
from typing import Callable, Iterator

_PART = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def _ignore(_path: str) -> None:
    """Tell nobody."""


@contextlib.contextmanager
def opened(path: str) -> Iterator[int]:
    """A descriptor (O_PATH) of the directory at ``path``, an absolute path. Raises OSError, which names the part that is none."""
    descriptor = _walk(path, None)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def make(path: str, made: Callable[[str], None] = _ignore) -> None:
    """Make the directory ``path`` and its parents, of mode 0755, where they are missing. made: called with each that was. Raises OSError.

    A parent that was there may be removed before anything lies in it, by another mount that it was made for and that has failed: it is made anew then.
    """
    for last in (False, False, True):
        try:
            os.close(_walk(path, made))
            return
        except FileNotFoundError:
            if last:
                raise


def remove(path: str) -> None:
    """Remove the directory ``path``, an empty one. Raises OSError."""
    parent, name = os.path.split(path)
    with opened(parent) as folder:
        os.rmdir(name, dir_fd=folder)


def _walk(path: str, made: Callable[[str], None] | None) -> int:
    folder = os.open("/", _PART)
    done = ""
    for name in filter(None, path.split("/")):
        done = f"{done}/{name}"
        try:
            following = _enter(folder, name, done, made)
        except OSError as error:
            why = error.strerror
            if error.errno in (errno.ENOTDIR, errno.ELOOP):
                why = "is no directory, or a symbolic link, which is not followed"
            raise OSError(error.errno, why, done) from error
        finally:
            os.close(folder)
        folder = following
    return folder


def _enter(folder: int, name: str, path: str, made: Callable[[str], None] | None) -> int:
    try:
        return os.open(name, _PART, dir_fd=folder)
    except FileNotFoundError:
        if made is None:
            raise
    with contextlib.suppress(FileExistsError):
        os.mkdir(name, 0o755, dir_fd=folder)
        made(path)
    return os.open(name, _PART, dir_fd=folder)
