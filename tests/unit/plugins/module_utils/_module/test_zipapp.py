# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file that nodes get: it runs by itself, under each of its names, with nothing around it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._helper import node_files
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import files
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._module import mount_helper, zipapp


@pytest.fixture
def places(tmp_path):
    return mount_helper.Places(str(tmp_path))


def present(places, python="/usr/bin/python3", **how):
    """What was done, or would be."""
    steps = []
    mount_helper.present(python, places, steps, **how)
    return steps


def absent(places, **how):
    steps = []
    mount_helper.absent(places, steps, **how)
    return steps


def run(path, *arguments):
    return subprocess.run([path, *arguments], env={}, cwd="/", capture_output=True, text=True, timeout=60, check=False)


def test_it_runs_as_helper_and_as_command_with_an_empty_environment(tmp_path):
    file = tmp_path / "mount.glusterfs_failover"
    file.write_bytes(zipapp.build(sys.executable))
    file.chmod(0o755)
    helper = run(file, "gfs1:/web", "/srv/web", "-f", "-o", "bogus")
    assert helper.returncode == 1
    assert "option 'bogus' is not one that mount.glusterfs knows" in helper.stderr
    command = tmp_path / "gluster-failover"
    command.symlink_to(file)
    assert "usage: gluster-failover" in run(command, "--help").stdout
    entry = tmp_path / "gluster-spc"
    entry.symlink_to(file)
    assert "usage: gluster-spc" in run(entry, "--help").stdout


def test_the_same_code_is_the_same_file():
    assert zipapp.build("/usr/bin/python3") == zipapp.build("/usr/bin/python3")


def test_it_is_put_there_once_and_taken_away_without_a_trace(places, tmp_path):
    assert present(places, check=True)
    assert os.listdir(tmp_path) == []
    assert present(places, check=False)
    assert not present(places, check=False)
    assert os.stat(places.file).st_mode & 0o777 == 0o755
    assert [os.readlink(link) for link in places.links] == [node_files.FILE] * 2
    assert absent(places, check=True)
    assert absent(places, check=False)
    assert not absent(places, check=False)
    assert not os.path.lexists(os.path.dirname(places.file))


def test_it_is_not_taken_away_while_fstab_mounts_by_it(places):
    present(places, check=False)
    os.mkdir(os.path.dirname(places.fstab))
    with open(places.fstab, "w", encoding="utf-8") as file:
        file.write(
            "# mounts\ngfs1:/web /srv/web glusterfs_failover _netdev 0 0\ngfs1:/web /srv/old glusterfs _netdev 0 0\n"
        )
    with pytest.raises(ValueError, match=r"still mounts by the helper \(line 2 for /srv/web\)"):
        absent(places, check=False)
    assert all(map(os.path.lexists, (places.file, *places.links)))
    assert absent(places, check=True), "an earlier task would have removed the line"


def test_what_a_power_cut_left_of_it_is_mended_and_taken_away(places):
    present(places, check=False)
    new = files.new_of(places.file)
    os.rename(places.file, new)
    with open(new, "wb") as file:
        file.write(b"#!/usr/bin/python3 -I\nhalf")
    assert absent(places, check=False)
    assert not os.path.lexists(os.path.dirname(places.file))
    os.makedirs(os.path.dirname(places.links[0]), exist_ok=True)
    os.symlink("half", files.new_of(places.links[0]))
    assert present(places, check=False)
    assert not present(places, check=True)
    os.symlink("half", files.new_of(places.links[1]))
    assert absent(places, check=False)
    assert os.listdir(os.path.dirname(places.links[1])) == []


def test_for_an_image_it_is_one_file_and_nothing_else(places, tmp_path):
    file = str(tmp_path / "context" / "gluster-spc")
    assert present(places, check=True, file=file)
    assert present(places, check=False, file=file)
    assert not present(places, check=False, file=file)
    assert os.listdir(tmp_path) == ["context"]
    assert os.listdir(tmp_path / "context") == ["gluster-spc"]


def test_an_older_version_is_replaced(places):
    present(places, "/usr/bin/python3.8", check=False)
    os.unlink(places.links[0])
    os.symlink("/elsewhere", places.links[0])
    assert present(places, check=False)
    assert not present(places, check=True)


@pytest.mark.parametrize("python", ["python3", "/opt/my python"])
def test_an_interpreter_that_no_first_line_can_name_is_refused(places, python):
    with pytest.raises(ValueError, match="must be an absolute path without white space"):
        present(places, python, check=False)


def test_a_failure_half_way_tells_what_was_done_before_it(places):
    os.makedirs(os.path.dirname(places.links[1]))
    os.mkdir(places.links[1])
    steps = []
    with pytest.raises(OSError, match="directory"):
        mount_helper.present("/usr/bin/python3", places, steps, check=False)
    assert steps == [f"write {places.file}", f"link {places.links[0]}"]
