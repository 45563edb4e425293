# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Boots of a node while servers fail. A restart of its container is a boot: systemd in it starts anew and reads fstab."""

from __future__ import annotations

import time
from contextlib import contextmanager

import pytest

from ansible_collections.evenkeel.glusterfs.molecule.client.node import (
    DIRECT,
    DIRECT_UNIT,
    NATIVE,
    NATIVE_UNIT,
    PATH,
    UNIT,
)
from ansible_collections.evenkeel.glusterfs.tests.lab import eventually, undone
from ansible_collections.evenkeel.glusterfs.tests.lab.service import SERVICE

MORE = 5.0
"""Seconds that a boot may take for a mount beyond what a direct mount from a good server takes in the same boot."""

TIMEOUT_TOTAL = 40
"""Of the mount, in vars/main.yml."""

SYSTEMD_LIMIT = 90
"""Seconds that systemd gives to a mount that says no limit of its own."""

FAULTS = {
    "healthy": (lambda _host: None, lambda _host: None),
    "refused": (lambda host: host.run("systemctl", "stop", "glusterd"), lambda host: host.start_glusterd()),
    "frozen": (
        lambda host: host.signal("STOP", "^/usr/sbin/glusterd"),
        lambda host: host.signal("CONT", "^/usr/sbin/glusterd"),
    ),
    "dropped": (
        lambda host: host.in_network(
            "nft", "add table inet fault; add chain inet fault in { type filter hook input priority 0; policy drop; }"
        ),
        lambda host: host.in_network("nft", "delete table inet fault"),
    ),
    "host_frozen": (
        lambda host: host.signal("STOP", "^/usr/sbin/glusterf?s?d"),
        lambda host: host.signal("CONT", "^/usr/sbin/glusterf?s?d"),
    ),
}
SILENT = ("frozen", "dropped", "host_frozen")
"""Those under which nothing at all comes from where a brick is: a direct mount waits 10 s for it."""
well = {}
"""Seconds of the boot of this run under which nothing was wrong."""


@contextmanager
def compared(node):
    """Two more lines in fstab of the plain client: one from the same server first, with the others as backups, and one straight from a good server."""
    first, good, other = (node.first.name, *(peer.name for peer in node.peers if peer is not node.first))
    lines = (
        f"{first}:/web {NATIVE} glusterfs _netdev,nofail,backup-volfile-servers={good}:{other} 0 0\n"
        f"{good}:/web {DIRECT} glusterfs _netdev,nofail 0 0\n"
    )
    before = node.host.run("cat", "/etc/fstab")
    node.host.run("mkdir", "-p", NATIVE, DIRECT)
    node.host.write("/etc/fstab", before + lines)
    try:
        yield
    finally:
        node.host.write("/etc/fstab", before)
        for path in (NATIVE, DIRECT):
            node.host.run("umount", "-l", path, check=False)
            for pid in node.host.pids(f"^/usr/sbin/glusterfs .*{path}$"):
                node.host.run("kill", "-9", pid, check=False)
        node.host.run("systemctl", "daemon-reload")
        node.host.run("rmdir", NATIVE, DIRECT)


def ended(node, unit, seconds):
    """How a mount of the boot ended, for a table."""
    eventually(lambda: node.show(unit, "ActiveState") in ("active", "failed"), seconds, f"{unit} ends")
    state, result = node.show(unit, "ActiveState"), node.show(unit, "Result")
    return f"{node.seconds_after_network(unit):.1f} s" + ("" if state == "active" else f" {state} ({result})")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_node_mounts_at_boot_as_soon_as_a_direct_mount_could_though_its_first_server_is(node, lab, fault):
    do, undo = FAULTS[fault]
    with compared(node):
        with undone(lambda: do(node.first), lambda: undo(node.first)):
            node.boot()
            for unit in (UNIT, DIRECT_UNIT):
                eventually(lambda unit=unit: node.active(unit), 90, f"{unit} is mounted")
            ours, direct = (node.seconds_after_network(unit) for unit in (UNIT, DIRECT_UNIT))
            print(
                f"\n{fault}: ours {ours:.1f} s, straight from a good server {direct:.1f} s after the network is online"
            )
            print(f"{fault}: the plain client {ended(node, NATIVE_UNIT, SYSTEMD_LIMIT + 30)}")
            well.setdefault(fault, ours)
            assert ours < (well.get("healthy", direct) if fault in SILENT else direct) + MORE
            assert node.home() == UNIT, "systemd ends the client with its mount, and not before"
            eventually(lambda: node.active(SERVICE), 10, "the service that needs the mount runs")
            tries = node.host.run("journalctl", "--boot", "--no-pager", "--output", "cat", "--unit", UNIT).splitlines()
            assert any(line.startswith(f"{node.first.name}: ") for line in tries), "each try is a line of the journal"
            assert any(line.startswith(f"{PATH} is mounted, ") for line in tries)
            if fault in SILENT:
                assert any(line.startswith(f"{node.first.name}: bricks: cut off after ") for line in tries)
        eventually(lab.whole, 90, "the lab is whole")


def test_with_all_servers_dead_the_boot_ends_within_the_limit_and_mount_and_service_come_when_they_are_back(node, lab):
    with compared(node):
        with undone(
            lambda: [peer.signal("STOP", "^/usr/sbin/glusterd") for peer in node.peers],
            lambda: [peer.signal("CONT", "^/usr/sbin/glusterd") for peer in node.peers],
        ):
            node.boot()
            # A service of multi-user.target needs the mount, so the target waits for it; nothing else does.
            seconds = node.seconds_after_network("multi-user.target")
            remote = node.seconds_after_network("remote-fs.target")
            print(
                f"\nall dead: the boot ends {seconds:.1f} s after the network is online, remote-fs.target {remote:.1f} s"
            )
            assert seconds < TIMEOUT_TOTAL + MORE
            assert remote < TIMEOUT_TOTAL / 2, "nothing but what needs the mount waits for it"
            eventually(lambda: node.show(UNIT, "ActiveState") == "failed", 80, "the mount's time is over")
            assert not node.active(SERVICE)
            print(f"all dead: the plain client {ended(node, NATIVE_UNIT, SYSTEMD_LIMIT + 30)}")
        back = time.monotonic()
        eventually(lambda: node.active(UNIT), 60, f"{PATH} is mounted after the servers came back")
        print(f"all dead: {PATH} is mounted {time.monotonic() - back:.1f} s after the servers came back")
        eventually(lambda: node.active(SERVICE), 15, "the service that had waited for it runs")
        assert node.home() == UNIT
        plain = node.show(NATIVE_UNIT, "ActiveState")
        print(f"all dead: the plain client's unit is {plain} when ours is back")


_NO_NAMES = """\
[Unit]
DefaultDependencies=no
Before=network-online.target remote-fs-pre.target
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'echo nameserver 192.0.2.1 > /etc/resolv.conf'
[Install]
WantedBy=sysinit.target
"""


def test_a_node_that_cannot_resolve_names_at_boot_mounts_when_it_can(node):
    resolver = node.host.run("cat", "/etc/resolv.conf")
    node.host.write("/etc/systemd/system/no-names.service", _NO_NAMES)
    node.host.run("systemctl", "enable", "no-names.service")
    try:
        node.boot()
        assert not node.active(UNIT)
        eventually(lambda: node.show(UNIT, "ActiveState") == "failed", 80, "the mount's time is over")
        assert "resolve: " in node.host.run("journalctl", "--boot", "--no-pager", "--unit", UNIT), "it says so"
    finally:
        node.host.run("systemctl", "disable", "no-names.service")
        node.host.run("rm", "/etc/systemd/system/no-names.service")
        node.host.write("/etc/resolv.conf", resolver)
    eventually(lambda: node.active(UNIT) and node.active(SERVICE), 60, f"{PATH} and its service are there")


def test_a_node_whose_directory_of_log_files_went_with_the_last_boot_mounts_all_the_same(node):
    """As where /var/log is a tmpfs."""
    node.host.run("rm", "-r", "/var/log/glusterfs")
    node.boot()
    eventually(node.well, 60, "all mounts are well")
