# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mount helper as mount(8) and systemd call it, on a machine that is not there."""

from __future__ import annotations

import os

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._helper import mount_helper
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import process, signals
from ansible_collections.evenkeel.glusterfs.tests.unit.machine import (
    DEAD,
    REFUSED,
    FakeMachine,
    exits,
    graph,
    interrupted_by,
)


class Called:
    """One call: its exit code, and the lines it said."""

    def __init__(self, machine, *argv, uid=0):
        self.lines = []
        self.code = mount_helper.main(argv, machine.node, self.lines.append, uid)
        self.text = "\n".join(self.lines)


@pytest.fixture
def machine(tmp_path):
    return FakeMachine(tmp_path)


def mount(machine, *more, source="gfs1,gfs2,gfs3:/web", opts="rw,_netdev,order=listed"):
    return Called(machine, source, machine.path, "-o", opts, *more)


def test_the_volume_is_mounted_and_each_try_is_a_line_of_the_journal(machine):
    machine.says = {"gfs1": REFUSED}
    called = mount(machine)
    assert called.code == 0
    assert called.lines[0].startswith("gfs1: connect: refused after ")
    assert called.lines[0].endswith(": Connection refused")
    assert called.lines[-1] == f"{machine.path} is mounted, healthy, by gfs2"
    assert machine.top(machine.path).source == "gfs1,gfs2,gfs3:/web", "findmnt and mount -a know it by its line"


def test_who_calls_mount_in_a_namespace_of_his_own_gets_his_mount_there(machine):
    """As after unshare --mount, and as mount(8) itself does."""
    machine.leave_the_host("master:1")
    assert mount(machine).code == 0


def test_a_subdirectory_is_mounted(machine):
    assert mount(machine, source="gfs1:/web/sites/one").code == 0
    assert "--subdir-mount=/sites/one" in machine.started()[0]


def test_mount_a_of_what_is_mounted_changes_nothing_and_asks_nobody(machine):
    mount(machine)
    machine.asked.clear()
    again = mount(machine, "-v")
    assert (again.code, again.lines) == (0, [f"{machine.path} is mounted already"])
    assert machine.asked == []
    assert mount(machine).lines == []


def test_a_dead_mount_is_replaced(machine):
    os.mkdir(machine.path)
    machine.add_gluster(answers=DEAD)
    assert mount(machine).code == 0
    assert len(machine.started()) == 1


def test_another_volume_that_is_mounted_there_is_left_alone(machine):
    mount(machine)
    called = mount(machine, source="gfs1:/pages")
    assert called.code == 32
    assert "something else is mounted there" in called.text


def test_what_cannot_be_mounted_is_the_code_of_a_failed_mount_and_leaves_nothing(machine):
    machine.starts = [exits(1, stderr="no")] * 99
    called = mount(machine, opts="order=listed,timeout-total=3")
    assert called.code == 32
    assert "could not be mounted" in called.text
    assert machine.left() == []


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["gfs1:/web"], "1 arguments in place of a source and a mount point; usage: "),
        (["gfs1:/web", "/srv/web", "-x"], "option -x not recognized; usage: "),
        (["gfs1:/web", "/srv/web", "-N", "1"], "option -N: "),
        (["gfs1:/web", "/srv/web", "-o", "bogus"], "option 'bogus' is not one that mount.glusterfs knows"),
        (["gfs1:/web", "srv"], "mount point 'srv': must be absolute"),
    ],
)
def test_wrong_arguments_are_told_with_the_code_of_mount(machine, argv, told):
    called = Called(machine, *argv)
    assert called.code == 1
    assert told in called.text
    assert machine.ran == []


def test_only_root_mounts(machine):
    called = Called(machine, "gfs1:/web", machine.path, uid=1000)
    assert (called.code, called.text) == (1, "mount.glusterfs_failover: only root can mount")


def test_fake_checks_and_mounts_nothing(machine):
    assert mount(machine, "-f", "-n").code == 0
    assert mount(machine, "-f", opts="bogus").code == 1
    assert mount(machine, "-sf", opts="bogus").code == 0
    assert machine.left() == []


def test_an_error_of_the_system_has_a_code_of_its_own(machine):
    machine.change(proc="/nowhere")
    assert mount(machine).code == 2


def test_a_stop_by_systemd_undoes_what_was_begun(machine):
    machine.starts = [interrupted_by(signals.Interrupted("SIGTERM"))]
    called = mount(machine)
    assert called.code == 8
    assert "interrupted by SIGTERM" in called.text
    assert machine.left() == []


def test_less_bricks_than_wanted_for_writing_is_told(machine):
    machine.graph = graph("distribute")
    machine.down = {"gfs3"}
    called = mount(machine, opts="order=listed,require=any")
    assert called.code == 0
    assert "cannot be written" in called.text


@pytest.mark.parametrize(("unit", "run"), [("srv-web.mount", process.run_among), ("session-1.scope", process.run)])
def test_systemd_mounts_at_an_automount_point_from_its_own_process_group(tmp_path, unit, run):
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "cgroup").write_text(f"0::/system.slice/{unit}\n")
    assert mount_helper.this_node(str(tmp_path)).host.run is run


def test_without_arguments_it_tells_this_nodes_terminal_how_it_is_used(capsys):
    assert mount_helper.this_node().host.proc == "/proc"
    assert mount_helper.main(["x"]) == 1
    assert "usage: mount.glusterfs_failover" in capsys.readouterr().err
