# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The metrics of a node: its mounts as they were just seen, and what healing has done. What each means: docs/monitoring.md."""

from __future__ import annotations

from typing import Mapping, Sequence

from .._mount.state import State
from .counters import Counters
from .exposition import Metric, Sample
from .status_table import Row


def of_node(
    rows: Sequence[Row], guards: Mapping[str, bool], seconds: float, unread: int, counters: Counters
) -> list[Metric]:
    """Each mount point of ``rows`` in all its series.

    guards: by mount point, of those that could be looked at. seconds: that the look at all of them took. unread: lines of fstab that cannot be read.
    """
    results = [(str(row.result["path"]), row) for row in rows]
    known = [(path, row) for path, row in results if row.result["bricks"]]
    return [
        Metric(
            "gluster_failover_mount_state",
            "gauge",
            "Whether the mount point is in this state; exactly one of them is 1.",
            [
                Sample(int(row.state is state), {"path": path, "state": state.value})
                for path, row in results
                for state in State
            ],
        ),
        Metric(
            "gluster_failover_mount_failed",
            "gauge",
            "Whether a mount should be there and does not answer.",
            [Sample(int(row.failed), {"path": path}) for path, row in results],
        ),
        Metric(
            "gluster_failover_mount_info",
            "gauge",
            "Always 1. What is mounted, and the server that its client uses now.",
            [
                Sample(1, {"path": path, **{name: row.result[name] or "" for name in ("volume", "subdir", "server")}})
                for path, row in results
            ],
        ),
        Metric(
            "gluster_failover_mount_bricks",
            "gauge",
            "Bricks that the client of the mount wants to be connected to.",
            [Sample(len(row.result["bricks"]), {"path": path}) for path, row in known],
        ),
        Metric(
            "gluster_failover_mount_bricks_connected",
            "gauge",
            "Bricks that it is connected to.",
            [Sample(sum(brick["connected"] for brick in row.result["bricks"]), {"path": path}) for path, row in known],
        ),
        Metric(
            "gluster_failover_mount_guarded",
            "gauge",
            "Whether the bare directory below the mount is immutable, so that nothing is written there while nothing is mounted.",
            [Sample(int(guarded), {"path": path}) for path, guarded in guards.items()],
        ),
        Metric(
            "gluster_failover_look_duration_seconds",
            "gauge",
            "How long the look at all mounts took.",
            [Sample(seconds)],
        ),
        Metric(
            "gluster_failover_fstab_unreadable_lines",
            "gauge",
            "Lines of type glusterfs_failover in fstab that cannot be read.",
            [Sample(unread)],
        ),
        Metric(
            "gluster_failover_heal_runs_total", "counter", "Runs of healing since the boot.", [Sample(counters.runs)]
        ),
        Metric(
            "gluster_failover_heal_last_run_timestamp_seconds",
            "gauge",
            "When the last run of healing ended, 0 for never since the boot.",
            [Sample(counters.last_run)],
        ),
        Metric(
            "gluster_failover_heals_total",
            "counter",
            "Mount points that runs of healing have healed, or wanted to heal and could not.",
            [Sample(count, {"path": path, "result": result}) for (path, result), count in counters.heals.items()],
        ),
        Metric(
            "gluster_failover_attempts_total",
            "counter",
            "Tries at servers by runs of healing, by how they ended.",
            [Sample(count, {"server": server, "outcome": end}) for (server, end), count in counters.attempts.items()],
        ),
    ]
