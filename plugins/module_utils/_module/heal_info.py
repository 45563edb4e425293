# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The heal_info module: what of a volume waits to be healed."""

from __future__ import annotations

import contextlib
from typing import Any, Sequence

from .._cluster import cli as commands
from .._cluster import heal
from .._cluster import volume as volumes
from .._cluster.cli import Cli, ClusterError


def ask(cli: Cli, name: str, *, entries: bool, wait: float = 0.0) -> dict[str, Any]:
    """What of the volume waits to be healed, after up to ``wait`` seconds for the heal. entries: whether they are listed. Raises ValueError, ClusterError."""
    volumes.check_name(name)
    if wait:
        commands.check_seconds("wait", wait)
        cli = heal.for_summary(cli, wait)
        asked = [volumes.Brick.parse(brick.name) for brick in heal.summary(cli, name)]
        with contextlib.suppress(ClusterError):
            heal.wait(cli, name, asked, wait, "within the time to wait")
    bricks = heal.summary(cli, name)
    if not entries:
        return _result(bricks)
    listed = {brick.name: brick for brick in heal.parse(cli.read("volume", "heal", name, "info"))}
    bricks = tuple(
        brick._replace(entries=listed[brick.name].entries if brick.name in listed else ()) for brick in bricks
    )
    split = heal.parse(cli.read("volume", "heal", name, "info", "split-brain"))
    # One brick may know an entry by its GFID alone and another one its path, which is kept.
    every = sorted((entry for brick in split for entry in brick.entries), key=lambda entry: entry.path is not None)
    once = {entry.gfid or entry.path: entry for entry in every}
    split_brain_entries = [{"gfid": entry.gfid, "path": entry.path} for entry in once.values()]
    return {**_result(bricks), "split_brain_entries": split_brain_entries}


def _result(bricks: Sequence[heal.BrickHeal]) -> dict[str, Any]:
    return {
        "healed": all(brick.connected and brick.total == 0 for brick in bricks),
        "total": sum(brick.total or 0 for brick in bricks),
        "split_brain": sum(brick.split_brain or 0 for brick in bricks),
        "disconnected": [brick.name for brick in bricks if not brick.connected],
        "bricks": [heal.describe(brick) for brick in bricks],
    }
