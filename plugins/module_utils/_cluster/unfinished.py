# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run has begun and not seen the end of, kept by the volume itself, so that the next run finishes it if this one is cut off.

The words are the bricks that wait to be healed, and "rebalance:ID" for a rebalance to be begun, ID being that of the last one before it.
"""

from __future__ import annotations

from .volume import Task, Volume

OPTION = "user.evenkeel.unfinished"
"""The option of the volume that keeps the words. GlusterFS resets no option of this kind, so that an empty list is NOTHING."""

NOTHING = "none"

_REBALANCE = "rebalance"


def words(volume: Volume | None) -> tuple[str, ...]:
    value = volume.options.get(OPTION, NOTHING) if volume else NOTHING
    return () if value == NOTHING else tuple(value.split())


def rebalance_after(last: Task | None) -> str:
    """The word for a rebalance to be begun after ``last``."""
    return f"{_REBALANCE}:{last.uuid if last else NOTHING}"


def rebalances(recorded: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the words that stand for a rebalance."""
    return tuple(word for word in recorded if word.partition(":")[0] == _REBALANCE)


def began_after(task: Task, word: str) -> bool:
    """Whether a rebalance began after ``word`` was recorded. A word without an ID was recorded by a module of before and tells nothing."""
    _name, colon, last = word.partition(":")
    return bool(colon) and task.uuid != last
