# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mounts of clients that have lost their servers are mounted anew where nobody uses them, by the module and by healing."""

from __future__ import annotations

import os
import socket

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster import client
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._helper import cli
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import tcp
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount import model, pending
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount.mount import mount as mounting
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount.staging import staging_spec
from ansible_collections.evenkeel.glusterfs.tests.unit.fake_systemd import SystemdMachine
from ansible_collections.evenkeel.glusterfs.tests.unit.fakes import FakeStrands
from ansible_collections.evenkeel.glusterfs.tests.unit.machine import (
    HOSTS,
    REFUSED,
    SILENT,
    FakeMachine,
    exits,
    graph,
    mounts_but,
    report_of,
)

WHY = "its client has no connection to any glusterd, though gfs1, gfs2, gfs3 answer"
GROWN = graph().replace("remote-host gfs3", "remote-host gfs4")


@pytest.fixture
def machine(tmp_path):
    """One whose mount is stale: its client is connected to no glusterd."""
    made = SystemdMachine(tmp_path)
    os.mkdir(made.path)
    argv = ("/usr/sbin/glusterfs", *(f"--volfile-server={name}" for name in HOSTS), "--volfile-id=/web", made.path)
    made.old = made.add_gluster(argv)
    (made.proc.path / str(made.old.pid) / "net" / "tcp").write_text("head\n")
    return made


@pytest.fixture
def heal(machine, tmp_path):
    def run(*argv):
        lines = []
        words = ["--fstab", machine.fstab(tmp_path, None), *(argv or ("heal",))]
        code = cli.main(words, machine.node, lines.append, FakeStrands(machine.clock))
        return code, "\n".join(lines)

    return run


def mount(machine, **more):
    return report_of(machine.spec(), machine.node, **more)


def left(machine):
    """The mounts of the machine by their path and client, and whether one is owed."""
    return [(entry.path, entry.pid) for entry in machine.mounts], pending.is_marked(
        machine.path, machine.node.host.lock_directory
    )


def untouched(machine):
    return left(machine) == ([(machine.path, machine.old.pid)], False)


def renewed(machine):
    (entry,), noted = left(machine)
    return (
        entry[0] == machine.path and entry[1] != machine.old.pid and not noted and not alive(machine, machine.old.pid)
    )


def alive(machine, pid):
    return (machine.proc.path / str(pid)).exists()


def test_healing_has_a_client_of_a_frozen_glusterd_go_on_to_the_next_server_under_who_uses_its_mount(machine, heal):
    management = tcp.Connection(socket.AF_INET, b"", tcp.ESTABLISHED, "10.0.0.1", 24007, 1, 2000, 9)
    table = machine.proc.path / str(machine.old.pid) / "net" / "tcp"
    table.write_text(machine._tcp("10.0.0.1"))
    machine.says["gfs1"] = SILENT
    machine.links = [management]
    machine.change(destroy_connection=lambda _entry: table.write_text(machine._tcp("10.0.0.2")))
    machine.add_user(4711, "writer", machine.path)
    code, text = heal()
    assert code == 0, text
    assert "its connection there was ended, and it is connected to another one now" in text
    assert untouched(machine)


@pytest.mark.parametrize("old_kernel", [False, True])
def test_healing_mounts_anew_where_nobody_uses_the_mount(machine, heal, old_kernel):
    machine.old_kernel = old_kernel
    assert heal() == (0, f"{machine.path}: was stale ({WHY}), is healthy")
    assert renewed(machine)
    code, text = heal("status")
    assert (code, text.splitlines()[1].split()) == (0, [machine.path, "healthy", "web", "gfs1", "3/3"])


def test_status_says_what_to_do(machine, heal):
    code, text = heal("status")
    assert code == 0, "it answers"
    _head, row, why, todo = text.splitlines()
    assert row.split() == [machine.path, "stale", "web", "-", "3/3"]
    assert why == f"    {WHY}"
    assert (
        todo
        == f"    what to do: gluster-failover heal {machine.path} mounts it anew where nobody uses it, and names its users"
    )
    assert untouched(machine)


def test_the_old_mount_is_gone_only_when_the_new_one_is_beneath_it(machine):
    seen = []
    machine.change(
        put_beneath=lambda source, target: (
            seen.append(left(machine)[0]) or type(machine).put_beneath(machine, source, target)
        )
    )
    assert mount(machine).healed
    staging = staging_spec(machine.spec(), machine.node.host).path
    assert [path for path, _pid in seen[0]] == [machine.path, staging]
    assert not [
        argv for argv in machine.ran if argv[0].endswith("umount") and "-l" in argv and argv[-1] == machine.path
    ]


def test_what_a_run_that_was_cut_off_has_left_keeps_no_later_one_from_it(tmp_path):
    """Its mount was in place, and where it had been proven too."""
    machine = FakeMachine(tmp_path)
    os.mkdir(machine.path)
    staging = staging_spec(machine.spec(), machine.node.host).path
    os.makedirs(staging)
    old = machine.add_gluster(("/usr/sbin/glusterfs", "--volfile-server=gfs1", "--volfile-id=/web", staging))
    machine.bind(old, machine.path)
    (machine.proc.path / str(old.pid) / "net" / "tcp").write_text("head\n")
    report = mount(machine)
    assert (report.healed, report.warnings) == (True, ())
    assert [(entry.path, entry.pid == old.pid) for entry in machine.mounts] == [(machine.path, False)]


def test_who_uses_a_stale_mount_is_named_and_keeps_it(machine, heal):
    machine.add_user(900, "writer", f"{machine.path}/logs")
    code, text = heal()
    assert (code, text) == (
        1,
        f"{machine.path}: stale: {WHY}; {machine.path} is in use by writer (900) and stays mounted; end or unmount that first",
    )
    assert untouched(machine)
    report = mount(machine)
    assert (report.changed, report.observed.state.value) == (False, "stale")
    assert WHY in report.warnings[0]
    assert "writer (900)" in report.warnings[0]
    assert untouched(machine)


def test_what_the_kernel_alone_knows_to_be_in_use_is_kept_too(machine, heal):
    machine.change(unused=lambda _path: False)
    code, text = heal()
    assert (code, "in use by another mount or a process of another namespace" in text) == (1, True), text
    assert untouched(machine)


def test_a_mount_that_is_opened_at_the_last_moment_is_kept_and_the_next_run_ends_it(machine, heal):
    def opened(source, target):
        machine.add_user(900, "writer", machine.path)
        return type(machine).put_beneath(machine, source, target)

    machine.change(put_beneath=opened)
    code, text = heal()
    assert (code, "writer (900)" in text) == (1, True), text
    (waiting, old), noted = left(machine)
    assert (waiting[0], old, noted) == (machine.path, (machine.path, machine.old.pid), False)
    machine.proc.remove(900)
    machine.change(put_beneath=machine.put_beneath)
    started = len(machine.started())
    assert heal() == (0, f"{machine.path}: was stale ({WHY}), is healthy")
    assert (len(machine.started()), left(machine)) == (started, ([waiting], False))


def test_where_no_new_client_comes_up_the_old_one_stays(machine, heal):
    machine.starts = [exits(1)] * 500
    code, text = heal()
    assert (code, f"{WHY}; volume web could not be mounted" in text) == (1, True), text
    assert untouched(machine)


def test_a_new_client_that_meets_the_requirement_is_better_than_a_stale_one(machine, heal):
    machine.graph = GROWN
    machine.says["gfs3"] = REFUSED
    machine.starts = [mounts_but(unconnected=frozenset({"gfs4"}))]
    code, text = heal()
    assert (code, text.endswith("is degraded")) == (0, True), text
    assert renewed(machine)


def test_one_that_does_not_meet_it_is_not(machine, heal):
    machine.starts = [mounts_but(unconnected=frozenset({"gfs2", "gfs3"}))] * 500
    code, text = heal()
    assert (code, "is not connected to gfs2:/bricks/web, gfs3:/bricks/web" in text) == (1, True), text
    assert untouched(machine)


# -- a client that does not come back to a brick


@pytest.fixture
def apart(machine):
    """Its client is connected to a server, but not to one of the bricks, all of which answer."""
    machine.old.unconnected = frozenset({"gfs3"})
    (machine.proc.path / str(machine.old.pid) / "net" / "tcp").write_text(machine._tcp("10.0.0.1"))
    return machine


APART = "its client does not come back to gfs3:/bricks/web, which answers"


def test_one_that_does_not_come_back_to_a_brick_is_exchanged(apart, heal):
    assert heal() == (0, f"{apart.path}: was stale ({APART}), is healthy")
    assert renewed(apart)


def test_it_stays_where_somebody_uses_it_and_who_does_is_named(apart, heal):
    apart.add_user(900, "writer", apart.path)
    code, text = heal()
    assert (code, f"{apart.path}: stale: {APART}" in text, "writer (900)" in text) == (1, True, True), text
    assert untouched(apart)


@pytest.mark.parametrize("unconnected", [{"gfs3"}, {"gfs2"}])
def test_it_stays_where_a_new_client_would_not_have_that_brick_too(apart, heal, unconnected):
    apart.starts = [mounts_but(unconnected=frozenset(unconnected))]
    code, text = heal()
    assert code == 1
    assert text.endswith("a new client does not reach more bricks than the one that is there"), text
    assert untouched(apart)


def test_the_module_mounts_anew_and_says_so_before_in_check_mode(machine):
    report = mount(machine, check=True)
    assert (report.changed, report.healed, report.observed.state.value) == (True, True, "stale")
    assert untouched(machine)
    report = mount(machine)
    assert (report.changed, report.healed, report.observed.state.value, report.server) == (
        True,
        True,
        "healthy",
        "gfs1",
    )
    assert renewed(machine)
    assert not mount(machine).changed


def test_a_stale_mount_that_cannot_be_exchanged_stays_and_why_is_a_warning(machine):
    machine.starts = [exits(1)] * 500
    report = mount(machine)
    assert (report.changed, report.observed.state.value) == (False, "stale")
    assert f"{WHY}. It is mounted anew by the next run" in report.warnings[0]
    assert "volume web could not be mounted" in report.warnings[0]
    assert untouched(machine)


def test_where_a_kernel_puts_no_mount_beneath_and_none_on_top_a_mount_is_owed_and_that_is_an_error(machine):
    machine.old_kernel = machine.unbindable = True
    with pytest.raises(model.MountError, match="the new mount could not be put in its place"):
        mount(machine)
    assert left(machine) == ([], True)


def test_remount_refuses_a_stale_mount_that_is_in_use_as_any_other(machine):
    machine.add_user(900, "writer", machine.path)
    with pytest.raises(model.MountError, match="writer"):
        mount(machine, refresh=True)
    assert untouched(machine)


def test_what_belongs_to_the_mount_is_done_once_it_is_in_place(machine):
    with mounting(machine.spec(), machine.node):
        assert renewed(machine)


def test_a_mount_of_a_container_is_told_and_not_mounted_over(machine, heal):
    (machine.proc.path / str(machine.old.pid) / "cmdline").write_bytes(
        b"\0".join(
            [
                b"/usr/sbin/glusterfs",
                b"--volfile-server=gfs1",
                b"--volfile-id=/web",
                (client.STAGING + machine.path).encode(),
            ]
        )
        + b"\0"
    )
    link = machine.proc.path / str(machine.old.pid) / "ns" / "mnt"
    link.unlink()
    link.symlink_to("mnt:[7]")
    code, text = heal()
    assert (code, "a container mounts it" in text) == (1, True), text
    assert untouched(machine)
