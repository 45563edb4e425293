# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a node with the role gluster_client does that a container cannot: automount under failures, a clock that is wrong at boot."""

from __future__ import annotations

from ansible_collections.evenkeel.glusterfs.tests.lab import eventually

TIMER = "gluster-failover-heal.timer"


def test_an_automounted_client_that_is_killed_is_healed_and_the_automount_lives_on(node):
    assert node.run("ls /srv/asked") == node.run("ls /srv/boot"), "the first look mounts it"
    before = node.status("/srv/asked")["pid"]
    node.run(f"kill -9 {before}")
    eventually(lambda: node.status("/srv/asked")["state"] == "healthy", 120, "the timer has healed it")
    assert node.status("/srv/asked")["pid"] != before
    assert "srv-asked.mount" in node.run(f"cat /proc/{node.status('/srv/asked')['pid']}/cgroup")
    assert node.run("systemctl is-active srv-asked.automount") == "active"


def test_an_automount_that_was_unmounted_comes_back_when_somebody_looks_and_not_before(node):
    node.run("umount /srv/asked")
    eventually(
        lambda: node.run("systemctl is-active srv-asked.automount", check=False) == "active", 20, "it waits again"
    )
    node.run("gluster-failover heal", check=False, timeout=180)
    assert node.status("/srv/asked")["state"] == "absent"
    node.run("ls /srv/asked")
    assert node.status("/srv/asked")["state"] == "healthy"


_WRONG = """[Unit]
DefaultDependencies=no
Before=network-online.target remote-fs-pre.target timers.target
[Service]
Type=oneshot
ExecStart=/bin/date --set 2001-01-01
[Install]
WantedBy=sysinit.target
"""


def test_a_node_whose_clock_is_wrong_at_boot_and_put_right_later_mounts_and_heals(node):
    """As one without a battery for its clock, until it has the time from the network."""
    now = node.run("date +%s")
    node.run(f"printf '%s' '{_WRONG}' > /etc/systemd/system/wrong-clock.service && systemctl enable wrong-clock")
    try:
        node.reboot()
        assert node.run("date +%Y") == "2001"
        eventually(lambda: node.status("/srv/boot")["state"] == "healthy", 60, "mounted at boot")
        node.run(f"date --set @{now}")
        assert node.run(f"systemctl is-active {TIMER}") == "active"
        before = node.status("/srv/boot")["pid"]
        node.run(f"kill -9 {before}")
        eventually(lambda: node.status("/srv/boot")["pid"] not in (before, None), 120, "the timer has healed it")
    finally:
        node.run("systemctl disable wrong-clock && rm /etc/systemd/system/wrong-clock.service")


def test_an_automount_is_removed_without_mounting_it_once_more(node):
    node.run("systemctl stop srv-asked.mount && systemctl start srv-asked.automount")
    filesystem = "findmnt --noheadings --output FSTYPE --mountpoint /srv/asked"
    eventually(lambda: node.run(filesystem, check=False) == "autofs", 20, "it waits")
    arguments = {"path": "/srv/asked", "state": "absent"}
    well, told = node.module("evenkeel.glusterfs.mount", "--check", **arguments)
    assert (well, told["changed"]) == (True, True)
    assert node.status("/srv/asked")["state"] == "absent", "a look into it would have mounted it"
    well, told = node.module("evenkeel.glusterfs.mount", **arguments)
    assert (well, told["changed"], told.get("warnings", [])) == (True, True, [])
    assert node.run("ls /srv") == "boot"
    assert node.run("systemctl is-active srv-asked.automount", check=False) == "inactive"
