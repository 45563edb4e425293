# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What mount_info tells: the mounts of a node as values of a result."""

from __future__ import annotations

from typing import Any, Sequence

from .._gluster.validate import check_path
from .._mount import survey
from .._mount.model import Node


def rows(paths: Sequence[str], node: Node) -> list[dict[str, Any]]:
    """The mounts at ``paths``, or all GlusterFS mounts if that is empty. Raises ValueError for what can be no mount point."""
    wanted = [check_path(path, "paths") for path in paths] or survey.paths(node.host)
    return [
        {
            "path": seen.observed.path,
            "source": seen.observed.mount.source if seen.observed.mount else None,
            "server": seen.server,
            **seen.observed.as_result(),
        }
        for seen in survey.inspect_all(wanted, node)
    ]
