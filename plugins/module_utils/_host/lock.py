# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A lock with a limited wait, between processes of this node and between their threads."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import Iterator

from .clock import Clock

DIRECTORY = "/run/evenkeel.glusterfs"
"""For locks, and for what else one run leaves for another until the next boot; it is root's."""

_POLL_SECONDS = 0.05


class LockTimeout(Exception):
    """Another process held the lock for all of the time limit."""


@contextmanager
def hold(path: str, timeout: float, clock: Clock) -> Iterator[None]:
    """Hold an exclusive flock(2) on the file ``path``, waiting for it for at most ``timeout`` seconds.

    The file is made where it is missing and stays: removing a lock file lets two processes hold "the" lock at once. The kernel lets go of the
    lock when its holder ends, however it ends; the descriptor is not inherited by what is started meanwhile. The lock belongs to that descriptor and not
    to the process, as one of fcntl(2) would: two threads of one process exclude each other as two processes do.
    Raises LockTimeout, or OSError where the file cannot be made.
    """
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        deadline = clock.now() + timeout
        while not _try(descriptor):
            if clock.now() >= deadline:
                raise LockTimeout(f"another process has held {path} for {timeout:g} s")
            clock.sleep(_POLL_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
