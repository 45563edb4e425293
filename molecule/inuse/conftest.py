# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A node with a mount, whose root is shared as on a host that is no container, and another host that sees the same volume."""

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.molecule.inuse.users import PATH
from ansible_collections.evenkeel.glusterfs.tests.lab import PEERS, eventually


class Node:
    """The node, and what is done to its mount."""

    def __init__(self, lab):
        self.lab = lab
        self.host = lab.node
        self.run = self.host.run

    def module(self, *, check=False, **arguments):
        given = {
            "path": PATH,
            "volume": "web",
            "servers": list(PEERS),
            "order": "listed",
            "fstab": "failover",
            "patience": 0,
        }
        return self.lab.finish(self.lab.start("mount", check=check, **{**given, **arguments}))

    def mount(self, **arguments):
        """Have it mounted, and well."""
        done = self.module(remount=True, **arguments)
        assert not done.failed, done.message
        assert done.values["mount"]["state"] == "healthy"
        return done

    @staticmethod
    def warned(done):
        """The warnings of a run, as texts: ansible-core 2.19 sends more of each."""
        return [text if isinstance(text, str) else text["event"]["msg"] for text in done.values.get("warnings") or []]

    def seen(self):
        """What must not change: the mount, its client, its line in fstab, the guard, what is noted of it."""
        return self.run(
            "sh", "-c",
            f"grep ' {PATH} ' /proc/self/mountinfo; pgrep -f 'glusterfs .*{PATH}$'; cat /etc/fstab; ls /run/evenkeel.glusterfs/*.owed",
            check=False,
        )  # fmt: skip


@pytest.fixture(scope="session")
def lab(lab):
    eventually(lab.whole, 120, "all peers connected, all bricks up")
    return lab


@pytest.fixture(scope="session")
def host(lab):
    node = Node(lab)
    node.run("mount", "--make-rshared", "/")
    install = (
        "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends runc"
    )
    node.run("sh", "-c", f"command -v runc || {{ {install}; }}", timeout=180)
    assert not lab.use("mount_helper").failed
    yield node
    node.module(state="absent")


@pytest.fixture
def node(host):
    host.mount()
    return host


@pytest.fixture(scope="session")
def witness(lab):
    arguments = {"path": PATH, "volume": "web", "servers": list(PEERS), "fstab": "none"}
    assert not lab.use("mount", node="node2", **arguments).failed
    return lab.host("node2")
