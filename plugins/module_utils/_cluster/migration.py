# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waits for files that move between bricks, and counts them."""

from __future__ import annotations

from typing import Dict

from .._host.local_host import LocalHost
from . import cli as commands
from . import store
from . import volume as volumes
from .cli import Cli, Hopeless, Refused

Counts = Dict[str, int]
"""files, bytes, failures, skipped; see volume.Progress."""


def wait(cli: Cli, host: LocalHost, volume: str, words: tuple[str, ...], what: str, seconds: float) -> volumes.Progress:
    """The progress at its end. words: the command that tells of it. what: what is waited for, as it stands in the message.

    Raises ClusterError after ``seconds``, and Hopeless where another run changes the bricks.
    """
    seen: list[volumes.Progress] = []
    bricks = store.existing(cli, host, volume).bricks

    def missing() -> str:
        try:
            seen[:] = [volumes.parse_progress(cli.read(*words))]
        except Refused as error:
            if store.existing(cli, host, volume).bricks != bricks:
                raise Hopeless(f"{error}; another run has changed the bricks of volume {volume}") from error
            raise
        migrated = f"{seen[0].files} files so far; it goes on, and the next run waits for it again"
        return "" if seen[0].done else f"{', '.join(seen[0].running)}, {migrated}"

    commands.wait(cli.clock, seconds, what, missing)
    return seen[0]


def add(counts: Counts, progress: volumes.Progress) -> Counts:
    """The counts with those of one more migration."""
    return {name: count + counts.get(name, 0) for name, count in progress.describe().items()}
