# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guard of a bare directory, on the real file system; what it needs the capabilities for is tested both with and without them."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import immutable

CAP_LINUX_IMMUTABLE, CAP_SYS_ADMIN = 9, 21
EFFECTIVE = int(Path("/proc/self/status").read_text().partition("CapEff:")[2].split()[0], 16)
CAPABLE = all(EFFECTIVE >> bit & 1 for bit in (CAP_LINUX_IMMUTABLE, CAP_SYS_ADMIN))


@pytest.fixture
def bare():
    """An empty directory on a disk: /tmp may be a tmpfs of a kernel whose tmpfs has no attributes yet."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as parent:
        path = f"{parent}/web"
        os.mkdir(path, 0o750)
        yield path
        if CAPABLE:
            immutable.clear_guard(path)


def test_nothing_is_written_to_a_guarded_directory_until_the_guard_is_lifted(bare):
    found = immutable.set_guard(bare)
    assert found.immutable is CAPABLE
    assert found == immutable.set_guard(bare)
    if not CAPABLE:
        assert "not permitted" in found.reason
        return
    with pytest.raises(PermissionError):
        Path(bare, "lost").write_text("written below an absent mount")
    with pytest.raises(PermissionError):
        os.rmdir(bare)
    assert immutable.read_guard(bare) == immutable.Guard(True)
    assert os.stat(bare).st_mode & 0o777 == 0o750
    immutable.clear_guard(bare)
    immutable.clear_guard(bare)
    Path(bare, "file").write_text("")


def test_a_directory_with_files_is_left_as_it_is_and_the_reason_told(bare):
    Path(bare, "file").write_text("mine")
    found = immutable.set_guard(bare)
    assert not found.immutable
    assert found.reason == "the directory below the mount is not empty" or not CAPABLE
    Path(bare, "another").write_text("")


def test_a_directory_that_is_not_there_has_no_guard_and_lifting_it_is_no_error(bare):
    missing = f"{bare}/missing"
    assert not immutable.read_guard(missing).immutable
    assert immutable.set_guard(missing).reason
    immutable.clear_guard(missing)


def test_a_link_to_a_directory_is_not_followed(bare):
    os.symlink(bare, f"{os.path.dirname(bare)}/link")
    assert not immutable.set_guard(f"{os.path.dirname(bare)}/link").immutable
    assert not immutable.read_guard(bare).immutable


def test_a_link_on_the_way_to_a_directory_is_not_followed(bare):
    above = os.path.dirname(bare)
    os.mkdir(f"{above}/users")
    os.symlink(above, f"{above}/users/d")
    for found in (immutable.set_guard(f"{above}/users/d/web"), immutable.read_guard(f"{above}/users/d/web")):
        assert (found.immutable, "symbolic link" in found.reason) == (False, True)
    immutable.clear_guard(f"{above}/users/d/web")
    assert not immutable.read_guard(bare).immutable


def test_nothing_is_put_beside_a_sealed_mount_point_and_nothing_in_its_place(bare):
    above = os.path.dirname(bare)
    found = immutable.seal(bare)
    try:
        assert found.immutable is CAPABLE, found.reason
        if CAPABLE:
            assert immutable.seal(bare) == immutable.Guard(True)
            for act in (lambda: os.symlink("/etc", f"{above}/x"), lambda: os.rename(bare, f"{above}/y")):
                with pytest.raises(PermissionError):
                    act()
            Path(bare, "file").write_text("the mount point itself is no concern of it")
    finally:
        immutable.clear_guard(above)


def test_a_directory_that_holds_more_than_the_mount_point_is_not_sealed(bare):
    Path(os.path.dirname(bare), "mine\x1b").write_text("")
    found = immutable.seal(bare)
    assert (found.immutable, r"holds more than the mount point: mine\x1b" in found.reason) == (False, True)
