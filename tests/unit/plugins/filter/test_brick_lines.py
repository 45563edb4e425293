# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.evenkeel.glusterfs.plugins.filter.brick_lines import brick_lines

BRICKS = ({"path": "/bricks/one", "device": "/dev/sdb"}, {"path": "/bricks/two", "device": "/dev/sdc"})
SDB, SDC = 8 << 8 | 16, 8 << 8 | 32


def devices(one="UUID=one\nTYPE=xfs\nPART_ENTRY_UUID=p1\n", two="UUID=two\nTYPE=xfs\nLABEL=l2\n"):
    return {"/dev/sdb": [SDB, one], "/dev/sdc": [SDC, two]}


def mounted(*entries):
    return "".join(f"{30 + n} 1 {number} / {path} rw - xfs x rw\n" for n, (number, path) in enumerate(entries))


def sources(mounts="", fstab="", known=None, present=(), bricks=BRICKS, real=None):
    return [line["source"] for line in brick_lines(bricks, known or devices(), mounts, fstab, present, real)]


@pytest.mark.parametrize(
    ("mounts", "fstab"),
    [
        ("", ""),
        (
            mounted(("8:16", "/bricks/one"), ("8:32", "/bricks/two")),
            "UUID=one /bricks/one xfs d 0 0\nUUID=two /bricks/two xfs d 0 0",
        ),
        (
            mounted(("8:16", "/bricks/one"), ("8:32", "/bricks/two")),
            "/dev/sdb /bricks/one xfs d 0 0\n/dev/sdc /bricks/two xfs d 0 0",
        ),
        ("", "# UUID=two /bricks/one xfs\n"),
        (
            mounted(("8:16", "/bricks/one"), ("8:32", "/bricks/two")),
            "PARTUUID=p1 /bricks/one xfs d 0 0\nLABEL=l2 /bricks/two/ xfs d 0 0",
        ),
        (
            "",
            '/dev/disk/by-uuid/one /bricks/one xfs d 0 0\nUUID="two" /bricks/two xfs d 0 0\nLABEL=home /home ext4 d 0 0',
        ),
        ("30 1 0:45 / /bricks/one rw - autofs systemd-1 rw\n", "UUID=one /bricks/one xfs x-systemd.automount 0 0"),
    ],
    ids=[
        "a first run",
        "nothing to do",
        "lines by name are moved over",
        "a comment",
        "lines by partition and label",
        "a link in place of a UUID",
        "a mount that waits for its first access",
    ],
)
def test_a_brick_is_mounted_by_the_uuid_of_its_device(mounts, fstab):
    assert sources(mounts, fstab) == ["UUID=one", "UUID=two"]


def test_a_device_without_a_file_system_gets_its_line_after_it_has_one():
    assert sources(known=devices(one="")) == ["", "UUID=two"]


@pytest.mark.parametrize(
    ("case", "said"),
    [
        (
            {"fstab": "UUID=two /bricks/one xfs d 0 0\nUUID=one /bricks/two xfs d 0 0"},
            "carries the file system that /etc/fstab has for /bricks/two",
        ),
        (
            {"mounts": mounted(("8:32", "/bricks/one"), ("8:16", "/bricks/two"))},
            "not on /dev/sdb but on the device 8:32",
        ),
        ({"mounts": mounted(("8:16", "/bricks/one")), "known": devices(one="")}, "finds no file system"),
        ({"mounts": mounted(("8:16", "/srv/home"))}, "/dev/sdb is what is mounted at /srv/home"),
        ({"mounts": mounted(("8:16", "/bricks/two"))}, "/dev/sdb is the brick /bricks/two"),
        ({"fstab": "UUID=one /srv/home xfs d 0 0"}, "for /srv/home"),
        ({"fstab": "/dev/sdb /srv/home xfs d 0 0"}, "for /srv/home"),
        (
            {"fstab": "LABEL=l1 /srv/home xfs d 0 0", "known": devices(one="UUID=one\nLABEL=l1\nTYPE=xfs\n")},
            "for /srv/home",
        ),
        (
            {"fstab": "LABEL=l1 /bricks/one xfs d 0 0", "known": devices(one="UUID=one\nLABEL=l2\nTYPE=xfs\n")},
            "has the file system l1 for it, and /dev/sdb has l2",
        ),
        ({"fstab": "UUID=gone /bricks/one xfs d 0 0"}, "has the file system gone for it, and /dev/sdb has one"),
        (
            {"fstab": "UUID=moved /bricks/one xfs d 0 0", "known": devices(one=""), "present": ["moved"]},
            "and /dev/sdb has none",
        ),
        ({"known": devices(one="UUID=one\nTYPE=ext4\n")}, "/dev/sdb has ext4 on it"),
        ({"known": devices(one="PTUUID=0a\nPTTYPE=gpt\n")}, "/dev/sdb has gpt on it"),
        ({"known": {"/dev/sdb": [SDB, ""], "/dev/sdc": [SDB, ""]}}, "named for another brick too"),
    ],
)
def test_a_device_that_is_not_the_bricks_is_refused(case, said):
    with pytest.raises(AnsibleFilterError, match="gluster_server_bricks: /bricks/") as raised:
        sources(**case)
    assert said in str(raised.value)


def test_a_new_disk_takes_the_place_of_one_that_is_gone():
    assert sources(fstab="UUID=gone /bricks/one xfs d 0 0", known=devices(one="")) == ["", "UUID=two"]


@pytest.mark.parametrize("path", ["/bricks/one/", "/data/one"])
def test_a_second_run_finds_the_brick_where_its_path_leads(path):
    """A slash at its end, or a link on the way: the kernel tells where it is mounted in truth."""
    bricks = [{"path": path, "device": "/dev/sdb"}]
    mounts = mounted(("8:16", "/bricks/one"))
    for fstab in (f"UUID=one {path} xfs d 0 0", "UUID=one /bricks/one xfs d 0 0"):
        assert sources(mounts, fstab, bricks=bricks, real={path: "/bricks/one"}) == ["UUID=one"]


@pytest.mark.parametrize(
    ("device", "real", "source"),
    [
        ("/dev/vg/brick", "/dev/dm-3", "/dev/vg/brick"),
        ("/dev/mapper/brick", "/dev/mapper/brick", "/dev/mapper/brick"),
        ("/dev/dm-3", "/dev/dm-3", "UUID=one"),
        ("/dev/disk/by-id/wwn-1", "/dev/sdb", "UUID=one"),
        ("/dev/md/brick", "/dev/md127", "UUID=one"),
    ],
)
def test_a_name_of_the_device_mapper_stays_since_a_snapshot_has_the_same_uuid(device, real, source):
    bricks = [{"path": "/bricks/one", "device": device}]
    known = {device: [253 << 8 | 3, "UUID=one\nTYPE=xfs\n"]}
    for fstab in ("", f"{real} /bricks/one xfs d 0 0", "UUID=one /bricks/one xfs d 0 0"):
        assert sources("", fstab, known, bricks=bricks, real={device: real}) == [source]
    assert sources("", "", {device: [253 << 8 | 3, ""]}, bricks=bricks, real={device: real}) == [""]
