# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client whose glusterd is frozen goes on to the next of its list, under who uses its mount; elsewhere its connection stays."""

from __future__ import annotations

import errno
import os
import socket

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.attempt import Outcome
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import tcp
from ansible_collections.evenkeel.glusterfs.tests.unit.machine import HOSTS, SILENT, FakeMachine, report_of

ARGV = ("/usr/sbin/glusterfs", *(f"--volfile-server={name}" for name in HOSTS), "--volfile-id=web")


def link(address, descriptor, received=2000, port=24007):
    return tcp.Connection(socket.AF_INET, b"%d" % descriptor, tcp.ESTABLISHED, address, port, 1, received, descriptor)


MANAGEMENT = link("10.0.0.1", 9)
ASKS = link("10.0.0.1", 8, received=0)
"""One by which it asks for a port of a brick, and which the frozen glusterd owes an answer."""
BRICK = link("10.0.0.1", 7, port=49152)


@pytest.fixture
def machine(tmp_path):
    """A mount, used by somebody, whose client is connected to the first server, which is frozen."""
    made = FakeMachine(tmp_path)
    os.mkdir(made.path)
    made.mounted = made.add_gluster((*ARGV, made.path))
    made.add_user(4711, "writer", made.path)
    made.says["gfs1"] = SILENT
    made.links = [BRICK, ASKS, MANAGEMENT]
    made.change(destroy_connection=lambda entry: goes_to(made, "10.0.0.2", entry))
    return made


def goes_to(machine, address, entry):
    machine.destroyed.append(entry)
    (machine.proc.path / str(machine.mounted.pid) / "net" / "tcp").write_text(machine._tcp(address))


def test_the_client_goes_on_to_the_next_server_and_who_uses_its_mount_keeps_it(machine):
    heard = []
    machine.change(on_attempt=heard.append)
    report = report_of(machine.spec(), machine.node)
    assert machine.destroyed == [MANAGEMENT]
    assert (report.changed, report.healed, report.server, report.warnings) == (True, True, "gfs2", ())
    assert report.observed.client.pid == machine.mounted.pid
    assert not machine.started()
    first = report.attempts[0]
    assert (str(first.server), first.outcome) == ("gfs1", Outcome.CUT_OFF)
    assert first.detail.endswith("its connection there was ended, and it is connected to another one now")
    assert heard[0] == first


def test_check_mode_foresees_it_and_destroys_nothing(machine):
    report = report_of(machine.spec(), machine.node, check=True)
    assert (report.changed, report.healed, machine.destroyed) == (True, True, [])


def test_a_client_at_the_end_of_its_list_keeps_its_connection(machine):
    """One up to GlusterFS 11.1 never goes back in its list."""
    machine.says = {"gfs3": SILENT}
    machine.links = [link("10.0.0.3", 9)]
    goes_to(machine, "10.0.0.3", None)
    machine.destroyed.clear()
    report = report_of(machine.spec(), machine.node)
    assert (report.changed, machine.destroyed) == (False, [])
    assert "is in use" in str(report.warnings) or "uses" in str(report.warnings)


def test_a_connection_that_cannot_be_ended_is_told_and_the_mount_is_left_to_its_user(machine):
    def refuse(_entry):
        raise OSError(errno.EPERM, "Operation not permitted")

    machine.change(destroy_connection=refuse)
    report = report_of(machine.spec(), machine.node)
    assert not report.changed
    assert report.attempts[0].detail.endswith("its connection there cannot be ended: Operation not permitted")
    assert report.attempts[0].outcome is Outcome.SILENT


def test_one_that_comes_to_no_other_server_is_stale_as_before(machine):
    machine.change(destroy_connection=machine.destroyed.append)
    report = report_of(machine.spec(), machine.node)
    assert (report.changed, report.observed.state.value) == (False, "stale")
    assert report.attempts[0].detail.endswith("came to no other within 10 s")


def test_a_connection_to_another_server_than_the_frozen_one_stays(machine):
    machine.links = [link("10.0.0.2", 9)]
    report_of(machine.spec(), machine.node)
    assert machine.destroyed == []
