# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting, and undoing."""

from __future__ import annotations

import time
from contextlib import contextmanager


def eventually(condition, seconds, what):
    """Wait until ``condition()`` holds. Fails with ``what`` when time is over."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.1)


@contextmanager
def undone(do, undo):
    """Do something to the lab for a while."""
    do()
    try:
        yield
    finally:
        undo()
