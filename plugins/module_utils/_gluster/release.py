# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The release of GlusterFS, as its programs tell it by ``--version``."""

from __future__ import annotations

import re

VERSION_SECONDS = 10.0
"""How long a program may take to answer that."""

_RELEASE = re.compile(r"glusterfs ([0-9]{1,4})(?:\.([0-9]{1,4}))?")


def parse(output: str) -> tuple[int, int] | None:
    """The release in a program's answer to ``--version``, as in (10, 3); None where it tells none. A version without a dot is that of development."""
    match = _RELEASE.search(output)
    return (int(match[1]), int(match[2] or 0)) if match else None
