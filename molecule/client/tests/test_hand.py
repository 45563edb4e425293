# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""mount, umount and the command by hand, as an administrator types them."""

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.molecule.client.node import HEALING, ODD, PATH, TIMER
from ansible_collections.evenkeel.glusterfs.tests.lab import eventually

TYPE = "mount -t glusterfs_failover"


@pytest.fixture(scope="module")
def node(host):
    """Nothing here breaks anything. Healing rests: while it looks at a mount, umount says for a moment that the mount is in use."""
    eventually(host.well, 90, "all mounts are well")
    host.host.run("systemctl", "stop", TIMER)
    eventually(lambda: host.show(HEALING, "ActiveState") in ("inactive", "failed"), 60, "nothing heals")
    yield host
    host.host.run("systemctl", "start", TIMER)


def test_a_line_of_fstab_is_mounted_and_unmounted_by_its_path(node):
    for path in ("/srv/site1", ODD):
        code, text, _seconds = node.try_out(f"umount '{path}'")
        assert code == 0, text
        assert node.try_out(f"umount '{path}'")[0] == 32, "as with any file system"
        code, text, _seconds = node.try_out(f"mount '{path}'")
        assert (code, f"{path} is mounted, healthy, by " in text) == (0, True), text
    assert node.status("/srv/site1")["subdir"] == "site1"
    assert node.try_out("touch /srv/site1/x")[0] == 1, "it is read-only, as its line says"


def test_mount_a_with_all_mounted_is_well_and_without_a_word(node):
    assert node.try_out("mount -a")[:2] == (0, "")
    assert node.try_out("mount -a")[:2] == (0, "")


def test_mount_a_mounts_what_is_missing(node):
    assert node.try_out("umount /srv/site1")[0] == 0
    assert node.try_out("mount -a")[0] == 0
    assert node.state("/srv/site1") == "healthy"


def test_findmnt_finds_no_error_in_the_lines(node):
    code, text, _seconds = node.try_out("findmnt --verify")
    assert (code, " 0 errors" in text) == (0, True), text


def test_findmnt_shows_the_mounts_as_fstab_has_them(node):
    for path in (PATH, ODD):
        table, kernel = (
            node.host.run("findmnt", *which, "-no", "SOURCE", path) for which in (["--fstab"], ["--kernel"])
        )
        assert table == kernel


@pytest.mark.parametrize(
    ("command", "code", "told"),
    [
        (f"{TYPE} -o bogus gfs1:/web /mnt", 1, "option 'bogus' is not one that mount.glusterfs knows"),
        (f"{TYPE} -o order=circle gfs1:/web /mnt", 1, "order=circle: must be one of random, listed"),
        (f"{TYPE} -o timeout-total=6 gfs1,gfs2:/none /mnt", 32, "no server has a volume none"),
        (f"{TYPE} -o timeout-total=6 nowhere:/web /mnt", 32, "nowhere: resolve: "),
        (f"{TYPE} gfs1:/pages {PATH}", 32, "something else is mounted there: volume web, not pages"),
        (f"{TYPE} gfs1:/web /etc/hostname", 32, ""),
        ("/sbin/mount.glusterfs_failover", 1, "usage: mount.glusterfs_failover"),
        ("/sbin/mount.glusterfs_failover gfs1:/web /mnt -x", 1, "option -x not recognized"),
        ("umount /mnt", 32, "not mounted"),
    ],
)
def test_what_cannot_be_done_has_the_exit_code_of_mount_and_says_why(node, command, code, told):
    got, text, _seconds = node.try_out(command)
    assert (got, told in text) == (code, True), text
    assert "/mnt" not in node.host.run("cat", "/proc/mounts")


@pytest.mark.parametrize("flags", ["-n", "-v", "-s -o bogus", "-n -v -s -o noatime,log-level=WARNING"])
def test_the_flags_of_mount_are_understood_with_an_empty_environment(node, flags):
    """As systemd starts it."""
    code, text, _seconds = node.try_out(f"env -i /sbin/mount.glusterfs_failover gfs1,gfs2:/web /mnt {flags}")
    try:
        assert code == 0, text
        assert "/mnt is mounted, healthy, by gfs" in text
    finally:
        assert node.try_out("umount /mnt")[0] == 0


def test_f_mounts_nothing(node):
    assert node.try_out(f"{TYPE} -f gfs1:/web /mnt")[0] == 0
    assert node.try_out("env -i /sbin/mount.glusterfs_failover gfs1:/web /mnt -f")[0] == 0
    assert "/mnt" not in node.host.run("cat", "/proc/mounts")


def test_the_command_says_which_server_a_mount_would_use(node):
    code, text, _seconds = node.try_out(f"gluster-failover why {PATH}")
    assert code == 0
    assert f"a mount would use {node.first.name}" in text
    assert f"{node.first.name}: getspec: ok" in text
    assert f"now: healthy, by {node.status()['server']}" in text


def test_a_line_of_another_tool_for_the_same_path_is_told_before_anything_is_touched(node):
    """Of another file system it is left to its owner; ours stay as they are."""
    table = node.host.run("cat", "/etc/fstab")
    node.host.write("/etc/fstab", f"{table}nas:/x /srv/theirs nfs defaults 0 0\n")
    try:
        arguments = {"path": "/srv/theirs", "volume": "web", "servers": ["gfs1"], "fstab": "failover"}
        for state in ("mounted", "absent"):
            done = node.lab.mount(**arguments, state=state)
            assert done.failed
            assert "mounts type nfs at /srv/theirs" in done.message
        assert node.host.run("cat", "/etc/fstab") == f"{table}nas:/x /srv/theirs nfs defaults 0 0\n"
        assert not node.host.exists("/srv/theirs")
    finally:
        node.host.write("/etc/fstab", table)


def test_a_line_of_the_plain_client_for_the_same_path_becomes_ours_and_is_mounted_once(node):
    table = node.host.run("cat", "/etc/fstab")
    node.host.write("/etc/fstab", f"{table}gfs1:/web /srv/plain glusterfs defaults 0 0\n")
    try:
        arguments = {"path": "/srv/plain", "volume": "web", "servers": ["gfs1", "gfs2"]}
        done = node.lab.mount(**arguments, fstab="failover")
        assert not done.failed, done.message
        assert node.host.run("grep", "-c", "/srv/plain", "/etc/fstab") == "1\n"
        assert node.try_out("mount -a")[:2] == (0, "")
        assert node.host.run("grep", "-c", "/srv/plain", "/proc/mounts") == "1\n"
    finally:
        assert not node.lab.mount(path="/srv/plain", state="absent").failed
    assert node.host.run("cat", "/etc/fstab") == table
