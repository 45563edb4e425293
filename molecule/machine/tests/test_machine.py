# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user's own machines do and containers cannot: thin volumes, automount, reboots."""

from __future__ import annotations

import json
import subprocess

import pytest

from ansible_collections.evenkeel.glusterfs.molecule.machine.conftest import LAB
from ansible_collections.evenkeel.glusterfs.tests.lab import ROOT, eventually

SERVERS = ("thin1", "thin2")


def filesystem(guest, path):
    found = json.loads(guest.run(f"findmnt --json --output SOURCE,FSTYPE,OPTIONS --mountpoint {path}"))["filesystems"]
    return found[-1]


def bricks_online(guest):
    told = guest.run("gluster --mode=script volume status web detail", check=False)
    return told.count("Online               : Y") == len(SERVERS)


def connected(node, path):
    return sum(brick["connected"] for brick in node.status(path)["bricks"])


@pytest.mark.parametrize("name", SERVERS)
def test_a_brick_lies_on_a_thin_volume_that_promises_more_than_its_pool_has(guests, name):
    report = json.loads(
        guests[name].run("lvs --reportformat json --units b --nosuffix -o lv_name,segtype,lv_size,pool_lv")
    )
    volumes = {row["lv_name"]: row for row in report["report"][0]["lv"]}
    assert volumes["pool"]["segtype"] == "thin-pool"
    assert (volumes["thin"]["segtype"], volumes["thin"]["pool_lv"]) == ("thin", "pool")
    assert int(volumes["thin"]["lv_size"]) > int(volumes["pool"]["lv_size"])
    mounted = filesystem(guests[name], "/bricks/thin")
    assert (mounted["source"], mounted["fstype"]) == ("/dev/mapper/bricks-thin", "xfs")
    assert {"noatime", "inode64"} <= set(mounted["options"].split(","))


LVM = {"vg": "other", "thinpool": "pool", "pool_size": "1g", "lv": "thin", "size": "1g"}


@pytest.mark.parametrize(
    ("brick", "told"),
    [
        (lambda device: {"lvm": {**LVM, "pvs": [device]}}, "{} has data on it (ext4) and is left as it is"),
        (lambda device: {"device": device}, "{} has ext4 on it and is left as it is"),
    ],
    ids=["thin volume", "device"],
)
def test_a_device_that_has_files_keeps_them(guests, brick, told):
    server = guests["thin2"]
    device = server.run("modprobe loop && truncate --size 64M /root/disk && losetup --find --show /root/disk").strip()
    try:
        server.run(f"mkfs.ext4 -q {device} && mount {device} /mnt && echo kept > /mnt/file && umount /mnt")
        variables = {"gluster_server_bricks": [{"path": "/bricks/other", **brick(device)}]}
        role = {"name": "evenkeel.glusterfs.gluster_server", "tasks_from": "prepare_bricks"}
        argv = LAB.task("thin2", "ansible.builtin.include_role", f"--extra-vars={json.dumps(variables)}", **role)
        done = subprocess.run(argv, capture_output=True, text=True, timeout=300, check=False, cwd=ROOT)
        assert told.format(device) in done.stdout, done.stdout + done.stderr
        assert server.run(f"mount {device} /mnt && cat /mnt/file && umount /mnt") == "kept"
    finally:
        server.run(f"losetup --detach {device}; rm /root/disk")


def test_after_a_reboot_of_a_server_its_brick_is_back_on_its_own_disk_with_what_was_written_meanwhile(guests, node):
    node.run("echo before > /srv/boot/server")
    server = guests["thin2"]
    server.reboot()
    assert filesystem(server, "/bricks/thin")["fstype"] == "xfs"
    eventually(lambda: bricks_online(guests["thin1"]), 60, "both bricks online")
    # What is written before would wait for the self-heal daemon, which may look again only after ten minutes.
    eventually(lambda: connected(node, "/srv/boot") == len(SERVERS), 60, "the client has both")
    node.run("echo after > /srv/boot/server")
    eventually(lambda: server.run("cat /bricks/thin/web/server") == "after", 60, "the brick has what was written last")


def test_after_a_reboot_of_a_node_the_mount_is_back_and_proven(node):
    node.run("echo kept > /srv/boot/node")
    node.reboot()
    eventually(lambda: node.run("systemctl is-active srv-boot.mount", check=False) == "active", 60, "mounted at boot")
    assert node.run("cat /srv/boot/node") == "kept"
    (row,) = json.loads(node.run("gluster-failover status --json /srv/boot"))
    assert row["state"] == "healthy"


def test_an_automount_waits_until_somebody_looks_and_then_shows_the_volume(node):
    node.run("echo asked > /srv/boot/asked")
    node.reboot()
    assert node.run("systemctl is-active srv-asked.automount") == "active"
    assert filesystem(node, "/srv/asked")["fstype"] == "autofs"
    assert node.run("cat /srv/asked/asked") == "asked"
    assert filesystem(node, "/srv/asked")["fstype"] == "fuse.glusterfs"
    assert node.run("systemctl is-active srv-asked.mount") == "active"


def test_an_automount_that_nobody_looked_at_yet_is_no_foreign_mount_to_the_role(node):
    node.reboot()
    assert filesystem(node, "/srv/asked")["fstype"] == "autofs"
    argv = ["molecule", "converge", "--scenario-name", "machine", "--no-command-borders"]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=600, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert filesystem(node, "/srv/asked")["fstype"] == "fuse.glusterfs"
    assert node.run("cat /srv/asked/asked") == "asked"


def test_a_node_whose_servers_are_all_away_boots_and_mounts_when_one_is_back(guests, node):
    for name in SERVERS:
        guests[name].run("systemctl stop glusterd")
    try:
        node.reboot()
        assert node.run("findmnt --mountpoint /srv/boot", check=False) == ""
    finally:
        for name in SERVERS:
            guests[name].run("systemctl start glusterd")
    eventually(lambda: "fuse.glusterfs" in node.run("findmnt --mountpoint /srv/boot", check=False), 120, "mounted")
    assert node.run("cat /srv/boot/node") == "kept"
