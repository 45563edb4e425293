# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an unprivileged user of a node does, with processes and file systems of his own: the mounts stay as they are, with their clients."""

from __future__ import annotations

import time

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._failover import proof
from ansible_collections.evenkeel.glusterfs.tests.faults.lab import eventually
from ansible_collections.evenkeel.glusterfs.tests.hostile.node import HOME, PATH

SILENT = f"{HOME}/silent"


def stopped_for_good(node, pid):
    """Whether a process hangs on a file system, with SIGKILL pending."""
    return node.host.run("cut", "-d ", "-f3", f"/proc/{pid}/stat", check=False).strip() == "D"


def test_a_process_that_looks_like_our_look_and_hangs_makes_no_mount_hung(node):
    look = [("/usr/bin/stat", "stat"), f"{SILENT}/x", "-c", proof._CHILD, "mount", PATH]
    with node.neighbour(SILENT, "silent", "fsname=x"), node.running(*look, ready=False) as pid:
        time.sleep(0.5)
        node.host.run("kill", "-9", pid)
        eventually(lambda: stopped_for_good(node, pid), 10, "and cannot be killed")
        before = node.row()
        assert before["state"] == "healthy"
        code, said = node.heal()
        assert (code, said) == (0, "")
        assert node.row() == before
