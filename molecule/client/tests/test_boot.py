# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Boots of a node while servers fail. A restart of its container is a boot: systemd in it starts anew and reads fstab."""

from __future__ import annotations

import time

import pytest

from ansible_collections.evenkeel.glusterfs.molecule.client.node import PATH, SERVICE, UNIT
from ansible_collections.evenkeel.glusterfs.tests.faults.lab import eventually, undone

MORE = 5.0
"""Seconds that a boot may take for a mount beyond what a direct mount from a good server takes."""

BRICK_SILENT = 10.1
"""A direct mount waits so long for the brick that does not answer (GlusterFS 10.3, the replicate translator)."""

TIMEOUT_TOTAL = 40
"""Of the mount, in vars/main.yml."""

FAULTS = {
    "healthy": (lambda _host: None, lambda _host: None, 0.1),
    "refused": (lambda host: host.run("systemctl", "stop", "glusterd"), lambda host: host.start_glusterd(), 0.1),
    "frozen": (
        lambda host: host.signal("STOP", "^/usr/sbin/glusterd"),
        lambda host: host.signal("CONT", "^/usr/sbin/glusterd"),
        BRICK_SILENT,
    ),
    "dropped": (
        lambda host: host.in_network(
            "nft", "add table inet fault; add chain inet fault in { type filter hook input priority 0; policy drop; }"
        ),
        lambda host: host.in_network("nft", "delete table inet fault"),
        BRICK_SILENT,
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_node_mounts_at_boot_though_its_first_server_is(node, lab, fault):
    do, undo, direct = FAULTS[fault]
    with undone(lambda: do(node.first), lambda: undo(node.first)):
        node.boot()
        eventually(lambda: node.active(UNIT), 60, f"{PATH} is mounted")
        seconds = node.seconds_after_network(UNIT)
        print(f"{fault}: {PATH} is mounted {seconds:.1f} s after the network is online")
        assert seconds < direct + MORE
        assert node.home() == UNIT, "systemd ends the client with its mount, and not before"
        eventually(lambda: node.active(SERVICE), 10, "the service that needs the mount runs")
    eventually(lab.whole, 90, "the lab is whole")


def test_with_all_servers_dead_the_boot_ends_within_the_limit_and_mount_and_service_come_when_they_are_back(node, lab):
    with undone(
        lambda: [peer.signal("STOP", "^/usr/sbin/glusterd") for peer in node.peers],
        lambda: [peer.signal("CONT", "^/usr/sbin/glusterd") for peer in node.peers],
    ):
        node.boot()
        # A service of multi-user.target needs the mount, so the target waits for it; nothing else does.
        seconds = node.seconds_after_network("multi-user.target")
        print(f"all dead: the boot ends {seconds:.1f} s after the network is online")
        assert seconds < TIMEOUT_TOTAL + MORE
        eventually(lambda: node.show(UNIT, "ActiveState") == "failed", 80, "the mount's time is over")
        assert not node.active(SERVICE)
    back = time.monotonic()
    eventually(lambda: node.active(UNIT), 60, f"{PATH} is mounted after the servers came back")
    print(f"all dead: {PATH} is mounted {time.monotonic() - back:.1f} s after the servers came back")
    eventually(lambda: node.active(SERVICE), 15, "the service that had waited for it runs")
    assert node.home() == UNIT
    eventually(lab.whole, 90, "the lab is whole")
