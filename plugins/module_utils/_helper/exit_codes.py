# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a command that mounts ends: the exit codes of mount(8), and DIED for the client of a mount that its command stays with."""

from __future__ import annotations

from .._host import signals
from .._mount.model import MountError

OK, WRONG, SYSTEM, DIED, INTERRUPTED, FAILED = 0, 1, 2, 3, 8, 32

ERRORS = (ValueError, MountError, OSError, signals.Interrupted)
"""What a command ends with that could not do what it was called for."""


def of(error: BaseException) -> tuple[int, str]:
    """The exit code for one of ERRORS, and what to tell a person."""
    if isinstance(error, signals.Interrupted):
        return INTERRUPTED, f"interrupted by {error}; what had been begun is undone"
    if isinstance(error, MountError):
        return FAILED, str(error)
    return SYSTEM if isinstance(error, OSError) else WRONG, str(error)
