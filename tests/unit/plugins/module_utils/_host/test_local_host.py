# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import mountinfo
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.local_host import LocalHost, not_mounted

FSTAB = b"/dev/sdb1 /bricks/one xfs defaults 0 0\n/dev/sdc1 /bricks\\040two xfs defaults 0 0\n/dev/sda1 / ext4 defaults 0 1\nswap none swap sw 0 0\n"
MOUNTINFO = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n30 22 8:17 / /bricks/one rw - xfs /dev/sdb1 rw\n"


def test_a_brick_below_a_mount_point_of_fstab_where_nothing_is_mounted_is_found():
    assert not_mounted("/bricks two/data", FSTAB, MOUNTINFO, str) == "/bricks two"
    assert not_mounted("/bricks/one/data", FSTAB, MOUNTINFO.splitlines()[0], str) == "/bricks/one"


def test_a_brick_on_what_is_mounted_and_one_that_fstab_knows_nothing_of_are_well():
    assert not_mounted("/bricks/one/data", FSTAB, MOUNTINFO, str) == ""
    assert not_mounted("/bricks/onemore", FSTAB, MOUNTINFO, str) == ""
    assert not_mounted("/srv", b"", MOUNTINFO, str) == ""


def test_this_host_reads_its_own_tables_and_a_new_directory_was_no_brick(tmp_path):
    assert isinstance(LocalHost().fstab(), bytes)
    assert mountinfo.at(mountinfo.parse(LocalHost().mountinfo()), "/")
    assert not LocalHost().was_brick(str(tmp_path))
    assert not LocalHost().was_brick(str(tmp_path / "nope"))


def test_a_directory_that_bears_the_mark_of_a_volume_was_a_brick(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "getxattr", lambda path, name: b"x" * 16)
    assert LocalHost().was_brick(str(tmp_path))


def test_a_directory_is_empty_until_something_lies_in_it(tmp_path):
    assert not LocalHost().has_files(str(tmp_path))
    assert not LocalHost().has_files(str(tmp_path / "not-there"))
    (tmp_path / ".hidden").touch()
    assert LocalHost().has_files(str(tmp_path))


def test_a_host_without_fstab_mounts_nothing_by_it(monkeypatch):
    monkeypatch.setattr("builtins.open", raising)
    assert LocalHost().fstab() == b""


def raising(*_args, **_kwargs):
    raise FileNotFoundError


def test_a_brick_below_a_mount_point_that_is_a_symbolic_link_is_on_what_is_mounted_there():
    table = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n30 22 8:17 / /var/data rw - xfs /dev/sdb1 rw\n"

    def real(path):
        return path.replace("/data", "/var/data", 1) if path.startswith("/data") else path

    lines = b"/dev/sdb1 /data xfs defaults 0 0\n"
    assert not_mounted("/data/brick", lines, table, real) == ""
    assert not_mounted("/var/data/brick", lines, table, real) == ""
    assert not_mounted("/data/brick", lines, table.splitlines()[0], real) == "/data"


def test_a_line_that_somebody_mounts_by_hand_is_no_promise():
    lines = FSTAB + b"/dev/sdd1 /bricks xfs noauto 0 0\n/dev/sde1 /bricks/one/deep xfs noauto,nofail 0 0\n"
    assert not_mounted("/bricks/other/data", lines, MOUNTINFO, str) == ""
    assert not_mounted("/bricks/one/deep/data", lines, MOUNTINFO, str) == ""
    assert not_mounted("/bricks/one/deep/data", lines, MOUNTINFO.splitlines()[0], str) == "/bricks/one"
    lazy = b"/dev/sdd1 /lazy xfs noauto,x-systemd.automount 0 0\n"
    assert not_mounted("/lazy/data", lazy, MOUNTINFO, str) == "/lazy"
    assert not_mounted("/lazy/data", lazy, MOUNTINFO + "31 22 0:40 / /lazy rw - autofs systemd-1 rw\n", str) == ""


def test_what_is_mounted_further_down_holds_the_brick_whatever_is_missing_above():
    table = MOUNTINFO.splitlines()[0] + "\n30 22 8:17 / /bricks/one/deep rw - xfs /dev/sdb1 rw\n"
    assert not_mounted("/bricks/one/deep/data", FSTAB, table, str) == ""


def test_a_directory_that_glusterd_takes_by_force_only_is_told(tmp_path, monkeypatch):
    assert LocalHost().real("/nope/../x") == "/x"
    assert LocalHost().unfit(str(tmp_path / "not" / "there")) == ""
    monkeypatch.setattr(os.path, "ismount", lambda path: path.endswith("point"))
    assert LocalHost().unfit(str(tmp_path / "point")).startswith("is a mount point")
    known = {str(tmp_path): 1, "/": 1}
    monkeypatch.setattr(os, "stat", lambda path: os.stat_result((0, 0, known[path], 0, 0, 0, 0, 0, 0, 0)))
    monkeypatch.setattr(os.path, "isdir", lambda path: True)
    assert LocalHost().unfit(str(tmp_path / "data")).startswith("lies in the root file system")
    known["/"] = 2
    assert LocalHost().unfit(str(tmp_path / "data")) == ""
