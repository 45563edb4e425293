# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mounts that die under a service that writes, and the calls of mount(8) by hand."""

from __future__ import annotations

from ansible_collections.evenkeel.glusterfs.molecule.client.node import PATH, SERVICE, UNIT
from ansible_collections.evenkeel.glusterfs.tests.faults.lab import eventually


def test_a_client_that_is_killed_is_replaced_under_a_service_that_writes(node):
    eventually(lambda: node.active(SERVICE), 30, "the service runs")
    before = node.status()["pid"]
    service = node.show(SERVICE, "MainPID")
    node.host.run("kill", "-9", str(before))
    assert node.status()["state"] == "dead"
    eventually(lambda: node.status()["state"] == "healthy", 60, "the timer has healed it")
    assert node.home() == UNIT
    assert node.show(SERVICE, "MainPID") == service, "the service ran on"
    assert node.below() == [], "nothing was written below the mount point, by its guard"
    size = node.host.run("stat", "-c", "%s", f"{PATH}/app.log")
    eventually(lambda: node.host.run("stat", "-c", "%s", f"{PATH}/app.log") != size, 5, "the service writes again")


def test_mount_and_umount_by_hand(node):
    assert node.host.run("mount", "-a") == ""
    node.host.run("systemctl", "stop", "gluster-failover-heal.timer")
    node.host.run("umount", "/srv/site1")
    node.host.run("mount", "/srv/site1")
    assert node.status("/srv/site1")["subdir"] == "site1"
    node.host.run("findmnt", "--verify")
    node.host.run("systemctl", "start", "gluster-failover-heal.timer")


def test_an_unknown_option_is_refused_by_name(node):
    text = node.host.run(
        "sh", "-c", "mount -t glusterfs_failover -o bogus gfs1:/web /mnt 2>&1; echo code $?", check=False
    )
    assert "option 'bogus' is not one that mount.glusterfs knows" in text
    assert text.rstrip().endswith("code 1")


def test_the_command_says_which_server_a_mount_would_use(node):
    text = node.host.run("gluster-failover", "why", PATH)
    assert f"a mount would use {node.first.name}" in text
    assert f"{node.first.name}: getspec: ok" in text
