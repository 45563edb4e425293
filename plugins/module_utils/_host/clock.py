# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The clock that the engine reads and waits by: passed in, so that tests neither patch nor sleep."""

from __future__ import annotations

import time
from typing import Callable

Ended = Callable[[float], bool]
"""ended(seconds): wait for something for at most so many seconds; whether it has come."""


class Clock:
    """Seconds of a clock that never goes back, and waiting on it."""

    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def wait(self, ended: Ended, seconds: float) -> bool:
        """Wait by ``ended`` for at most ``seconds``; whether it has come. What can be asked to end meanwhile, waits in parts, see strand.py."""
        return ended(seconds)


CLOCK = Clock()
