# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client that starts loses its connections to silent bricks, and no others, and only where the rest of the volume suffices."""

from __future__ import annotations

import errno

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster import silence
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.attempt import Outcome, Step
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.volfile import Brick, Subvolume, Volfile
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import tcp
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount import disconnect
from ansible_collections.evenkeel.glusterfs.tests.unit.fakes import FakeTasks, Later

BRICKS = tuple(Brick(f"gfs{number}", "/b", f"web-client-{number}") for number in range(3))
VOLUME = Volfile((Subvolume("web-replicate-0", "replicate", BRICKS, to_write=2, to_read=2),))
PORTS = {"gfs0": 49152, "gfs1": 49252, "gfs2": 49352}


def address(host):
    return f"192.0.2.{host[-1]}"


def link(host, port, descriptor, state=tcp.ESTABLISHED, received=0):
    return tcp.Connection(2, b"%d" % descriptor, state, address(host), port, 1000 + descriptor, received, descriptor)


MANAGEMENT = link("gfs0", 24007, 9, received=2000)
HEALTHY = [MANAGEMENT, link("gfs0", 49152, 10), link("gfs2", 49352, 11)]


class Client:
    """A client that starts; it has ended its start when it has lost a connection, or after six seconds."""

    def __init__(self, *links, silent=(), frozen=(), refusal=None):
        self.links = [*HEALTHY, *links]
        self.silent = silent
        self.frozen = frozen
        self.refusal = refusal
        self.destroyed = []
        self.tasks = FakeTasks()

    def ask(self, brick, _timeout, progress, place):
        place((address(brick.host),), 24007)
        progress(Step.CONNECT)
        if brick.host in self.silent:
            return Later(None)
        progress(Step.BRICKS)
        place((address(brick.host),), PORTS[brick.host])
        return Later(None if brick.host in self.frozen else 0.002)

    def destroy(self, connection):
        if self.refusal:
            raise self.refusal
        self.destroyed.append(connection)

    def over(self):
        return self.tasks.now() >= 6 or bool(self.destroyed)

    def watched(self, require="writable", volume=VOLUME):
        inquiry = silence.Inquiry(volume.bricks, self.ask, self.tasks, up={"web-client-0", "web-client-2"})
        connections = disconnect.Connections(lambda: self.links, self.destroy)
        return disconnect.watch(self.over, volume, require, inquiry, connections, 24007, self.tasks)


def test_a_client_loses_its_connection_to_the_silent_brick_and_no_other():
    waits = link("gfs1", 24007, 12, tcp.SYN_SENT)
    client = Client(waits, silent=["gfs1"])
    (attempt,) = client.watched()
    assert client.destroyed == [waits]
    assert client.tasks.now() < 1.1
    assert (str(attempt.server), attempt.outcome) == ("gfs1", Outcome.CUT_OFF)
    assert "the client was disconnected from gfs1:/b and connects again by itself" in attempt.detail


def test_a_frozen_brick_is_given_up_at_its_own_port_and_its_glusterd_is_not():
    client = Client(link("gfs1", 24007, 12), link("gfs1", 49252, 13), frozen=["gfs1"])
    client.watched()
    assert [entry.port for entry in client.destroyed] == [49252]


def test_the_connection_to_glusterd_stays_also_where_that_falls_silent():
    """A client up to GlusterFS 11.1 never goes back in its list of servers."""
    asks = link("gfs0", 24007, 8)
    client = Client(asks, silent=["gfs0"])
    inquiry = silence.Inquiry(BRICKS, client.ask, client.tasks, up={"web-client-2", "web-client-1"})
    connections = disconnect.Connections(lambda: client.links, client.destroy)
    disconnect.watch(client.over, VOLUME, "writable", inquiry, connections, 24007, client.tasks)
    assert client.destroyed == [asks]


@pytest.mark.parametrize(
    ("require", "silent"), [("all", ["gfs1"]), ("writable", ["gfs0", "gfs1"]), ("any", ["gfs0", "gfs1", "gfs2"])]
)
def test_where_what_is_left_does_not_suffice_nobody_is_given_up(require, silent):
    client = Client(link("gfs1", 24007, 12, tcp.SYN_SENT), silent=silent)
    assert client.watched(require) == ()
    assert not client.destroyed


def test_a_client_that_has_no_connection_yet_is_waited_for():
    client = Client(silent=["gfs1"])
    waits = link("gfs1", 24007, 12, tcp.SYN_SENT)
    late = iter([[], [], [], [waits]])
    client.links = property
    connections = disconnect.Connections(lambda: next(late), client.destroy)
    inquiry = silence.Inquiry(BRICKS, client.ask, client.tasks, up={"web-client-0", "web-client-2"})
    (attempt,) = disconnect.watch(
        lambda: bool(client.destroyed), VOLUME, "writable", inquiry, connections, 24007, client.tasks
    )
    assert client.destroyed == [waits]
    assert attempt.outcome is Outcome.CUT_OFF


def test_where_the_kernel_does_not_destroy_connections_the_mount_waits_and_says_so():
    refusal = OSError(errno.EOPNOTSUPP, "Operation not supported")
    client = Client(link("gfs1", 24007, 12, tcp.SYN_SENT), silent=["gfs1"], refusal=refusal)
    (attempt,) = client.watched()
    assert attempt.outcome is Outcome.SILENT
    assert attempt.detail.endswith(
        "gfs1:/b cannot be given up, so that the mount waits for it: Operation not supported"
    )


def test_a_connection_that_has_ended_by_itself_is_no_failure():
    client = Client(link("gfs1", 24007, 12, tcp.SYN_SENT), silent=["gfs1"], refusal=FileNotFoundError())
    (attempt,) = client.watched()
    assert attempt.outcome is Outcome.CUT_OFF


def test_where_all_bricks_answer_nothing_is_done():
    client = Client(link("gfs1", 49252, 12))
    assert client.watched() == ()
    assert not client.destroyed
