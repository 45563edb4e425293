# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What mount_info tells of the mounts of a node."""

from __future__ import annotations

import os

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._module import mount_info
from ansible_collections.evenkeel.glusterfs.tests.unit.machine import ADDRESSES, DEAD, HUNG, FakeMachine


@pytest.fixture
def machine(tmp_path):
    return FakeMachine(tmp_path)


def argv(path, *servers, volume="web", more=()):
    return (
        "/usr/sbin/glusterfs",
        *(f"--volfile-server={name}" for name in servers),
        f"--volfile-id={volume}",
        *more,
        path,
    )


def test_every_gluster_mount_is_told_whoever_made_it_and_no_other(machine):
    os.mkdir(machine.path)
    machine.add_mount(fstype="ext4", source="/dev/sdb1", path="/data")
    machine.add_gluster(argv(machine.path, "gfs2", "gfs1", more=("--subdir-mount=/sites/one",)))
    (mount,) = mount_info.rows([], machine.node)
    bricks = mount.pop("bricks")
    assert [brick["connected"] for brick in bricks] == [True, True, True]
    assert mount == {
        "path": machine.path,
        "state": "healthy",
        "volume": "web",
        "subdir": "sites/one",
        "bind_of": None,
        "why": None,
        "source": "gfs1:/web",
        "server": "gfs2",
        "pid": mount["pid"],
        "outdated": False,
        "stale": None,
        "via": "host",
    }


def test_several_mounts_are_told_in_the_order_asked_for(machine):
    paths = [str(machine.parent / name) for name in ("one", "two", "three")]
    machine.add_gluster(argv(paths[0], "gfs1"))
    machine.add_gluster(argv(paths[1], "gfs2"), answers=DEAD)
    told = mount_info.rows([paths[1], paths[0], paths[2]], machine.node)
    assert [(mount["path"], mount["state"]) for mount in told] == [
        (paths[1], "dead"),
        (paths[0], "healthy"),
        (paths[2], "absent"),
    ]
    assert told[2]["server"] is told[2]["source"] is None


def test_a_mount_that_hangs_is_told_within_the_bound(machine):
    machine.add_gluster(answers=HUNG)
    begun = machine.clock.now()
    (mount,) = mount_info.rows([], machine.node)
    assert mount["state"] == "hung"
    assert machine.clock.now() - begun <= 6


def test_a_server_that_the_client_was_not_given_is_told_by_its_address(machine):
    machine.add_gluster(argv(machine.path, "gfs1"))
    machine.change(resolve=lambda _host, _port: [])
    assert mount_info.rows([], machine.node)[0]["server"] == ADDRESSES["gfs1"]


def test_a_server_on_another_port_is_found(machine):
    machine.add_gluster(argv(machine.path, "gfs1", more=("--volfile-server-port=24008",)))
    assert mount_info.rows([], machine.node)[0]["server"] is None, "it is connected to port 24007"


def test_a_path_that_can_be_no_mount_point_is_refused(machine):
    with pytest.raises(ValueError, match="paths 'srv': must be absolute"):
        mount_info.rows(["srv"], machine.node)


def test_one_odd_mount_is_one_odd_row(machine):
    paths = [str(machine.parent / name) for name in ("one", "two", "three", "four")]
    machine.add_gluster(argv(paths[0], "gfs1"), volfile="\x00 nonsense")
    machine.add_gluster(argv(paths[1], "gfs1"))
    machine.add_gluster(argv(paths[2], "gfs1"), answers=HUNG)
    machine.add_gluster(argv(paths[3], "gfs1"))
    run = machine.node.host.run

    def fails(argv, timeout):
        failed = "-c" in argv and argv[-1] == paths[3]
        return machine.ended(argv, 1, stderr="MemoryError\x1b[2J\n") if failed else run(argv, timeout)

    machine.change(run=fails)
    rows = mount_info.rows([], machine.node)
    assert [row["state"] for row in rows] == ["degraded", "healthy", "hung", "hung"]
    assert [row["bricks"] for row in rows if row["path"] != paths[1]] == [[], [], []]
    assert "no volfile" in rows[0]["why"]
    assert rows[1]["why"] is rows[2]["why"] is None
    assert rows[3]["why"] == rf"looking at {paths[3]} failed: MemoryError\x1b[2J"


def test_what_a_user_has_mounted_is_not_listed(machine):
    machine.add_mount(source="gfs1:/web", data="rw,user_id=1000")
    assert mount_info.rows([], machine.node) == []
    assert mount_info.rows([machine.path], machine.node)[0]["state"] == "foreign"
