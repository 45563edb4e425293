# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What docs/security.md states of hosts without TLS."""

from __future__ import annotations

from ansible_collections.evenkeel.glusterfs.tests.lab import PEERS, podman

PATH = "/srv/security"


def test_a_host_outside_the_pool_changes_nothing_of_it(lab):
    def ask(*words):
        argv = ("gluster", "--mode=script", "--inet6", f"--remote-host={PEERS[0]}", *words)
        return podman("exec", lab.node.container, *argv, check=False)

    before = lab.gluster("volume", "info"), lab.gluster("pool", "list")
    assert "Volume Name: web" in ask("volume", "info", "web").stdout
    for words in (
        ("volume", "set", "web", "user.stranger", "1"),
        ("volume", "stop", "web"),
        ("volume", "delete", "web"),
        ("peer", "detach", PEERS[2]),
        ("peer", "probe", "node1"),
    ):
        assert ask(*words).returncode != 0, words
    assert (lab.gluster("volume", "info"), lab.gluster("pool", "list")) == before


def test_what_is_put_on_a_volume_is_no_way_to_root(lab):
    node = lab.node
    try:
        for opts, wanted in (([], {"nosuid", "nodev"}), (["suid", "dev"], set())):
            done = lab.mount(path=PATH, volume="web", servers=list(PEERS), opts=opts, fstab="native", remount=True)
            assert not done.failed, done.message
            for _boot in range(2):
                has = node.run("findmnt", "--noheadings", "--output", "VFS-OPTIONS", PATH).strip().split(",")
                assert {"nosuid", "nodev"} & set(has) == wanted
                node.run("cp", "/usr/bin/id", f"{PATH}/id")
                node.run("chmod", "4755", f"{PATH}/id")
                said = node.run("setpriv", "--reuid=1000", "--clear-groups", f"{PATH}/id")
                assert ("euid=0" in said) is not bool(wanted)
                # as at boot, by mount.glusterfs and the line
                node.run("umount", PATH)
                node.run("mount", PATH)
    finally:
        assert not lab.mount(path=PATH, state="absent").failed
