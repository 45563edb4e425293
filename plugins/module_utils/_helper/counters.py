# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What healing has done since the boot: a small file that each run adds to and that ``gluster-failover metrics`` reads.

It lies below /run, since a counter may begin anew at a boot, and so that nothing of it is left on a node.
"""

from __future__ import annotations

import json
from typing import Any, Mapping, NamedTuple

from .._host import files, lock
from .._host.clock import Clock

_NAME = "heal.counters"
_LOCK_SECONDS = 1.0

HEALED, FAILED = "healed", "failed"


class Counters(NamedTuple):
    """runs: of healing. last_run: when the last one ended, seconds since 1970, 0 for never. heals: by mount point and HEALED or FAILED; the mount point is ""
    where a run could not say it. attempts: by server and outcome."""

    runs: int = 0
    last_run: float = 0.0
    heals: Mapping[tuple[str, str], int] = {}
    attempts: Mapping[tuple[str, str], int] = {}


def read(directory: str) -> Counters:
    """What stands in ``directory``; nothing counted where there is no file, or one that cannot be read."""
    try:
        content = json.loads(files.read_untrusted(f"{directory}/{_NAME}"))
        heals, attempts = _by_two(content["heals"]), _by_two(content["attempts"])
        return Counters(int(content["runs"]), float(content["last_run"]), heals, attempts)
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return Counters()


def add(directory: str, run: Counters, clock: Clock) -> None:
    """Add what one run has counted; ``last_run`` replaces the one of before. Raises OSError, and LockTimeout where another run writes for too long."""
    with lock.hold(f"{directory}/{_NAME}.lock", _LOCK_SECONDS, clock):
        before = read(directory)
        sums: dict[str, Any] = {"runs": before.runs + run.runs, "last_run": run.last_run}
        for name in ("heals", "attempts"):
            old, new = getattr(before, name), getattr(run, name)
            keys = dict.fromkeys((*old, *new))
            sums[name] = [[*key, old.get(key, 0) + new.get(key, 0)] for key in keys]
        path = f"{directory}/{_NAME}"
        files.replace(path, json.dumps(sums).encode("ascii"), mode=0o600, new=files.new_of(path))


def _by_two(rows: Any) -> dict[tuple[str, str], int]:
    return {(str(first), str(second)): int(count) for first, second, count in rows}
