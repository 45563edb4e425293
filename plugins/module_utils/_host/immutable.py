# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guard of a mount point: its bare directory made immutable, so that nothing is written there while nothing is mounted.

The directory is reached through a copy of its parent's mount without the mounts below it, so it makes no difference whether something is mounted on it,
and what is mounted is never touched. No symbolic link is followed on the way.

It needs the capability CAP_LINUX_IMMUTABLE, and a file system with attributes (ext4, XFS, Btrfs, tmpfs, overlay).
"""

from __future__ import annotations

import array
import fcntl
import os
import struct
from contextlib import contextmanager
from typing import Iterator, NamedTuple

from . import syscall, walk
from .plain import plain

_LONG = struct.calcsize("l")
# _IOR('f', 1, long) and _IOW('f', 2, long) of linux/fs.h, with the direction bits of asm-generic/ioctl.h; the flags are an int all the same.
_GETFLAGS = 2 << 30 | _LONG << 16 | ord("f") << 8 | 1
_SETFLAGS = 1 << 30 | _LONG << 16 | ord("f") << 8 | 2
_IMMUTABLE = 0x10  # FS_IMMUTABLE_FL

SEAL = "x-failover.seal"
"""The mount option that asks for ``seal``; the client does not see it."""


class Guard(NamedTuple):
    """immutable: whether the bare directory is guarded. reason: why it is not, "" if it is."""

    immutable: bool
    reason: str = ""


def read_guard(path: str) -> Guard:
    """Whether the directory at ``path``, an absolute path without symbolic links, is guarded."""
    try:
        with _bare(path) as directory:
            return Guard(True) if _flags(directory) & _IMMUTABLE else Guard(False, "none was made")
    except OSError as error:
        return Guard(False, _why(error))


def set_guard(path: str) -> Guard:
    """Guard the directory at ``path`` if it is empty. One that cannot be is left as it is; the answer says why."""
    try:
        with _bare(path) as directory:
            flags = _flags(directory)
            if not flags & _IMMUTABLE:
                if os.listdir(directory):
                    return Guard(False, "the directory below the mount is not empty")
                _set_flags(directory, flags | _IMMUTABLE)
            return Guard(True)
    except OSError as error:
        return Guard(False, _why(error))


def clear_guard(path: str) -> None:
    """Take the guard away, if there is one. Raises OSError if it stays."""
    try:
        with _bare(path) as directory:
            flags = _flags(directory)
            if flags & _IMMUTABLE:
                _set_flags(directory, flags & ~_IMMUTABLE)
    except OSError:
        if read_guard(path).immutable:
            raise


def seal(path: str) -> Guard:
    """Guard the directory above the mount point ``path``, so that nobody who can write there puts something beside it, or a link in its place.

    Only where nothing else lies in it, since that could not be changed any more. The answer says why it is not guarded.
    """
    parent, name = os.path.split(path)
    try:
        with _above(parent) as directory:
            others = [other for other in os.listdir(directory) if other != name]
            if others:
                return Guard(False, f"{parent} holds more than the mount point: {plain(others[0])}")
            flags = _flags(directory)
            if not flags & _IMMUTABLE:
                _set_flags(directory, flags | _IMMUTABLE)
            return Guard(True)
    except OSError as error:
        return Guard(False, f"{parent} cannot be made immutable: {error.strerror}")


@contextmanager
def _above(parent: str) -> Iterator[int]:
    with walk.opened(parent) as folder:
        directory = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)
    try:
        yield directory
    finally:
        os.close(directory)


def _why(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no directory"
    return f"the directory below the mount cannot be made immutable: {error.strerror}"


def _flags(directory: int) -> int:
    flags = array.array("i", [0] * (_LONG // 4))
    fcntl.ioctl(directory, _GETFLAGS, flags, True)
    return flags[0]


def _set_flags(directory: int, flags: int) -> None:
    fcntl.ioctl(directory, _SETFLAGS, array.array("i", [flags] + [0] * (_LONG // 4 - 1)))


@contextmanager
def _bare(path: str) -> Iterator[int]:
    """The directory itself, opened below whatever is mounted on it."""
    parent, name = os.path.split(path)
    with walk.opened(parent) as folder:
        tree = _tree(folder)
    try:
        directory = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=tree)
    finally:
        os.close(tree)
    try:
        yield directory
    finally:
        os.close(directory)


def _tree(folder: int) -> int:
    """A copy of the mount that an open directory lies on, seen from there, without the mounts below. Raises OSError."""
    flags = syscall.OPEN_TREE_CLONE | syscall.OPEN_TREE_CLOEXEC | syscall.AT_EMPTY_PATH
    return syscall.call("", syscall.OPEN_TREE, folder, b"", flags)
