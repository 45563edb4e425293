# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.evenkeel.glusterfs.plugins.filter.brick_lines import brick_lines

BRICKS = [{"path": "/bricks/one", "device": "/dev/sdb"}, {"path": "/bricks/two", "device": "/dev/sdc"}]
SDB, SDC = 8 << 8 | 16, 8 << 8 | 32


def devices(one="UUID=one\nTYPE=xfs\n", two="UUID=two\nTYPE=xfs\n"):
    return {"/dev/sdb": [SDB, one], "/dev/sdc": [SDC, two]}


def mounted(*entries):
    return "".join(f"{30 + n} 1 {number} / {path} rw - xfs x rw\n" for n, (number, path) in enumerate(entries))


def sources(mounts="", fstab="", known=None, present=()):
    return [line["source"] for line in brick_lines(BRICKS, known or devices(), mounts, fstab, present)]


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
    ],
    ids=["a first run", "nothing to do", "lines by name are moved over", "a comment"],
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
