# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client of a container is disconnected from silent bricks by its host, and no client that was there before."""

from __future__ import annotations

import socket

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._container import disconnect
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster import client
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.attempt import Attempt, Outcome, Step
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.server import Server
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import tcp
from ansible_collections.evenkeel.glusterfs.tests.unit.machine import ADDRESSES, REFUSED, FakeMachine

SERVICE = "gluster-web.service"
WAITS = tcp.Connection(socket.AF_INET, b"", tcp.SYN_SENT, ADDRESSES["gfs3"], 24007, 1, 0, 12)


@pytest.fixture
def machine(tmp_path):
    machine = FakeMachine(tmp_path)
    machine.silent = {"gfs3"}
    machine.links = [WAITS]
    return machine


def serve(machine, contained=True):
    """A client, of a container or of the host, mounts."""
    at = client.STAGING + machine.path if contained else machine.path
    entry = machine.add_gluster(("/usr/sbin/glusterfs", "--volfile-server=gfs1", "--volfile-id=web", at))
    if contained:
        link = machine.proc.path / str(entry.pid) / "ns" / "mnt"
        link.unlink()
        link.symlink_to("mnt:[2]")
    return entry


def watched(machine, *, known=(), seconds=4.0, meanwhile=None):
    """What became of a start that took so long. meanwhile: time and what happens then."""
    events = [meanwhile] if meanwhile else []

    def over():
        while events and machine.clock.now() >= events[0][0]:
            events.pop()[1]()
        return bool(machine.destroyed) or machine.clock.now() >= seconds

    return disconnect.disconnect_contained(machine.spec(), known, machine.node, over)


def test_the_client_of_a_container_is_disconnected_from_a_silent_brick(machine):
    attempts = watched(machine, meanwhile=(1.0, lambda: serve(machine)))
    assert machine.destroyed == [WAITS]
    assert [(str(each.server), each.outcome) for each in attempts] == [("gfs3", Outcome.CUT_OFF)]


def test_one_that_serves_the_mount_already_keeps_its_connections(machine):
    serve(machine)
    known = client.find(machine.path, machine.proc.root)
    assert len(known) == 1
    assert watched(machine, known=known) == ()
    assert not machine.destroyed


def test_a_client_of_the_host_is_not_the_containers(machine):
    assert watched(machine, meanwhile=(1.0, lambda: serve(machine, contained=False))) == ()
    assert not machine.destroyed


def test_a_second_client_of_the_container_is_disconnected_after_the_first_has_ended(machine):
    first = []
    machine.links = []

    def starts_again():
        machine.client_dies(first[0])
        machine.links = [WAITS]
        serve(machine)

    first.append(serve(machine))
    attempts = watched(machine, seconds=8.0, meanwhile=(2.5, starts_again))
    assert machine.destroyed == [WAITS]
    assert [each.outcome for each in attempts] == [Outcome.CUT_OFF]


def test_a_start_that_is_over_at_once_asks_no_server(machine):
    assert watched(machine, seconds=disconnect.ASK_SECONDS / 2) == ()
    assert not machine.asked


def test_where_no_server_serves_the_volume_nobody_is_disconnected(machine):
    serve(machine)
    machine.says = dict.fromkeys(ADDRESSES, REFUSED)
    assert watched(machine) == ()
    assert not machine.destroyed


def test_a_fault_of_our_own_is_no_silence(machine):
    machine.says = dict.fromkeys(ADDRESSES, ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        watched(machine)


def attempt(server, step, outcome, detail=""):
    return Attempt(Server(server), step, outcome, 1.0, detail)


def test_what_the_host_did_stands_in_the_place_of_what_the_container_could_not():
    reported = (
        attempt("gfs1", Step.GETSPEC, Outcome.SILENT),
        attempt("gfs2", Step.GETSPEC, Outcome.OK),
        attempt("gfs1", Step.BRICKS, Outcome.SILENT, "gfs1:/b cannot be given up: Operation not permitted"),
        attempt("gfs2", Step.PROVE, Outcome.OK),
    )
    ours = (attempt("gfs1", Step.BRICKS, Outcome.CUT_OFF),)
    assert disconnect.merged(reported, ours) == (*reported[:2], *ours, reported[3])


def test_what_the_container_could_not_is_told_where_the_host_did_nothing():
    reported = (attempt("gfs1", Step.BRICKS, Outcome.SILENT), attempt("gfs2", Step.PROVE, Outcome.OK))
    assert disconnect.merged(reported, ()) == reported


@pytest.mark.parametrize("ours", [(), (attempt("gfs1", Step.BRICKS, Outcome.CUT_OFF),)])
def test_a_container_that_has_reported_nothing_has_what_the_host_did(ours):
    assert disconnect.merged((), ours) == ours
