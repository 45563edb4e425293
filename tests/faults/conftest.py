# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from .lab import eventually, from_environment

PATH = "/srv/fault"


@pytest.fixture(scope="session")
def lab():
    return from_environment()


@pytest.fixture(scope="session")
def empty_task(lab):
    """Seconds that Ansible itself takes for a task that does nothing: the price of any task."""
    return min(
        lab.use("server_info", servers=["127.0.0.1"], volumes=["web"], bricks=False).seconds for _try in range(3)
    )


@pytest.fixture(autouse=True)
def clean(lab):
    """Each test finds whole servers and a node without mounts, and leaves it so."""
    eventually(lab.whole, 90, "all peers connected, all bricks up")
    yield
    gone = lab.mount(path=PATH, state="absent")
    assert not gone.failed, gone.message
    assert traces(lab.node) == []


def traces(node, path=PATH):
    """What of a mount is on a node: table entries, client processes, directories, lines of fstab."""
    found = [line for line in node.run("cat", "/proc/mounts").splitlines() if f" {path} " in line]
    found += [f"process {pid}" for pid in node.pids(f"glusterfs .*{path}$")]
    found += [f"directory {path}"] if node.exists(path) else []
    return found + [line for line in node.run("cat", "/etc/fstab").splitlines() if path in line]
