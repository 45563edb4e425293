# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One line a try, for the journal and for a terminal."""

from __future__ import annotations

from .._gluster.attempt import Attempt
from .._host.plain import plain


def line(attempt: Attempt) -> str:
    """``gfs1: connect: refused after 0.00 s: Connection refused``."""
    detail = f": {plain(attempt.detail)}" if attempt.detail else ""
    return (
        f"{attempt.server or '-'}: {attempt.step.value}: {attempt.outcome.value} after {attempt.seconds:.2f} s{detail}"
    )
