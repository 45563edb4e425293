# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster.here import Here, not_mounted
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._failover import mountinfo

FSTAB = b"/dev/sdb1 /bricks/one xfs defaults 0 0\n/dev/sdc1 /bricks\\040two xfs defaults 0 0\n/dev/sda1 / ext4 defaults 0 1\nswap none swap sw 0 0\n"
MOUNTINFO = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n30 22 8:17 / /bricks/one rw - xfs /dev/sdb1 rw\n"


def test_a_brick_below_a_mount_point_of_fstab_where_nothing_is_mounted_is_found():
    assert not_mounted("/bricks two/data", FSTAB, MOUNTINFO) == "/bricks two"
    assert not_mounted("/bricks/one/data", FSTAB, MOUNTINFO.splitlines()[0]) == "/bricks/one"


def test_a_brick_on_what_is_mounted_and_one_that_fstab_knows_nothing_of_are_well():
    assert not_mounted("/bricks/one/data", FSTAB, MOUNTINFO) == ""
    assert not_mounted("/bricks/onemore", FSTAB, MOUNTINFO) == ""
    assert not_mounted("/srv", b"", MOUNTINFO) == ""


def test_this_host_reads_its_own_tables_and_a_new_directory_was_no_brick(tmp_path):
    assert isinstance(Here().fstab(), bytes)
    assert mountinfo.at(mountinfo.parse(Here().mountinfo()), "/")
    assert not Here().was_brick(str(tmp_path))
    assert not Here().was_brick(str(tmp_path / "nope"))


def test_a_directory_that_bears_the_mark_of_a_volume_was_a_brick(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "getxattr", lambda path, name: b"x" * 16)
    assert Here().was_brick(str(tmp_path))


def test_a_directory_is_empty_until_something_lies_in_it(tmp_path):
    assert not Here().has_files(str(tmp_path))
    assert not Here().has_files(str(tmp_path / "not-there"))
    (tmp_path / ".hidden").touch()
    assert Here().has_files(str(tmp_path))


def test_a_host_without_fstab_mounts_nothing_by_it(monkeypatch):
    monkeypatch.setattr("builtins.open", raising)
    assert Here().fstab() == b""


def raising(*_args, **_kwargs):
    raise FileNotFoundError
