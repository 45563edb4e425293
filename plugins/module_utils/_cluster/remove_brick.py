# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Removes whole subvolumes: migrates their files, looks at the bricks whether one is left, and commits; never by force."""

from __future__ import annotations

import contextlib
from typing import Sequence

from .._host.local_host import LocalHost
from . import brick_files, migration, store
from . import volume as volumes
from .cli import Cli, ClusterError
from .migration import Counts
from .volume import Brick
from .volume_steps import RemoveBricks

MOST_NAMES = 20
"""How many files that stay a message names."""

MOST_COMPARED = 100
"""How many files that stay are compared with those on other bricks. More than that did not come of a server that lost power."""

MOST_PASSES = 20
"""How often the files are migrated, until no failure is counted. A pass over files that are gone already is short."""


def remove(cli: Cli, host: LocalHost, step: RemoveBricks, seconds: float) -> Counts:
    """What was migrated, summed up over all passes. seconds: for each pass. Raises ClusterError where the bricks stay."""
    words = ("volume", "remove-brick", step.volume, *map(str, step.bricks))
    what = f"the files of {' '.join(map(str, step.bricks))} to be migrated"
    counts: Counts = {}
    earlier = step.earlier
    for _pass in range(MOST_PASSES):
        resumed = earlier in (volumes.RUNNING, volumes.COMPLETED)
        if earlier and not resumed:
            # A migration that failed bars another one until it is stopped.
            cli.write(*words, "stop")
        if not resumed:
            cli.write(*words, "start")
        earlier = None
        progress = migration.wait(cli, host, step.volume, (*words, "status"), what, seconds)
        counts = migration.add(counts, progress)
        stayed = [] if progress.failed else _files_that_stay(cli, host, step, seconds)
        if not (progress.failed or progress.failures or progress.skipped or stayed):
            cli.write(*words, "commit")
            return counts
        cli.write(*words, "stop")
        # A file that a client removes while it is looked at counts as a failure too, and with one gluster commits by force only.
        # Where no file stays, another pass moves nothing, and may come to its end without a failure. What an earlier run had begun may have failed with
        # the host that did it, which is up again.
        if (progress.failed or stayed) and not resumed:
            break
    raise ClusterError(_why_not_removed(step, progress, stayed))


def _files_that_stay(cli: Cli, host: LocalHost, step: RemoveBricks, seconds: float) -> list[str]:
    """Files that are on the bricks still and on no other one, as brick and path. An arbiter has none."""
    stayed = []
    for group in volumes.groups(step.bricks, step.shape.size):
        for place, brick in enumerate(group[: step.shape.size - step.shape.arbiter]):
            paths = brick_files.files(cli, step.volume, brick)
            if 0 < len(paths) <= MOST_COMPARED:
                paths = _without_migrated(cli, host, step, place, brick, paths, seconds)
            stayed += [f"{brick}{path}" for path in paths]
    return stayed


def _without_migrated(
    cli: Cli, host: LocalHost, step: RemoveBricks, place: int, brick: Brick, paths: list[str], seconds: float
) -> list[str]:
    """Those of ``paths`` that have not arrived on a brick that stays. place: of ``brick`` in its subvolume, whose fragments can be compared."""
    leaving = {other.key for other in step.bricks}
    stay = [other for other in store.existing(cli, host, step.volume).bricks if other.key not in leaving]
    over = cli.clock.now() + seconds
    for group in volumes.groups(stay, step.shape.size):
        left = over - cli.clock.now()
        if not paths or left <= 0:
            break
        # A brick that cannot be seen has nothing to compare with.
        with contextlib.suppress(ClusterError):
            migrated = brick_files.already_migrated(cli, step.volume, brick, group[place], paths, left)
            paths = [path for path in paths if path not in migrated]
    return paths


def _why_not_removed(step: RemoveBricks, progress: volumes.Progress, stayed: Sequence[str]) -> str:
    stay = f"{' '.join(map(str, step.bricks))} stay in volume {step.volume}"
    counts = f"{progress.failures} failed, {progress.skipped} skipped"
    if not (stayed or progress.failed):
        return (
            f"{stay}: no file is left on them, but each of {MOST_PASSES} passes of the migration ended with "
            f"{counts}, most likely of files that clients removed meanwhile; gluster then removes bricks by force only, which this module never does; "
            "run the task again while clients remove fewer files"
        )
    names = [repr(name) for name in stayed[:MOST_NAMES]]
    names += [f"and {len(stayed) - MOST_NAMES} more"] if len(stayed) > MOST_NAMES else []
    return (
        f"{stay}: the migration ended with {counts}"
        + (f"; {', '.join(progress.failed)}" if progress.failed else "")
        + (f"; still there: {', '.join(names)}" if names else "")
        + f"; see /var/log/glusterfs/{step.volume}-rebalance.log on their hosts for why, and run the task again, which tries once more; a file that stays"
        " all the same, such as one that was on its way when a server lost power, moves when a client copies it: cp -a FILE FILE.new, mv FILE.new FILE;"
        " one that stays even then is not what clients see: compare the two, and take away that on the brick: find BRICK -samefile BRICK/FILE -delete"
    )
