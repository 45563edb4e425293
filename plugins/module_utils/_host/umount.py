# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""umount(8)."""

from __future__ import annotations

from .process import Completed, Run, program

_SECONDS = 30.0


def umount(path: str, run: Run, *, lazy: bool) -> Completed:
    """Unmount what lies at ``path``, once. lazy: whether the mount goes from its place at once, and for good with its last user."""
    return run((program("umount") or "umount", *(["-l"] if lazy else []), path), _SECONDS)
