# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A node with the mount helper, a volume of each test's own, and what befalls the servers."""

from __future__ import annotations

import contextlib
import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest

from ansible_collections.evenkeel.glusterfs.tests.lab import (
    PEERS,
    STRANGER,
    VOLUMES,
    eventually,
)

GLUSTERD = "^/usr/sbin/glusterd"
IDLE, USED = "/srv/idle", "/srv/used"
_NUMBERS = itertools.count(1)
_EXHAUSTED = "Exhausted all volfile servers"
"""What a client writes into its log when it has come to the end of its list of servers."""


class Pool:
    """The servers, and the node."""

    def __init__(self, lab):
        self.lab = lab
        self.node = lab.node
        self.status, self.statuses = self.node.status, self.node.statuses
        self.peers = [lab.host(name) for name in PEERS]
        self.release = self.node.run("glusterfs", "--version").split()[1]

    @property
    def deaf(self):
        """Whether a client that has come to the end of its list of servers stays with the last one (glusterfs issue 4166)."""
        return tuple(map(int, self.release.split("."))) < (11, 2)

    @property
    def keeps_ports(self):
        """Whether a client that found nobody at the port of a brick tries that one for ever (glusterfs issue 4274)."""
        return (11, 0) <= tuple(map(int, self.release.split("."))) < (11, 2)

    def whole(self, names=PEERS):
        """Whether the glusterds of ``names`` run and see each other, and no other one."""
        status = [self.lab.host(name).run("gluster", "peer", "status", check=False) for name in names]
        return all(text.count("(Connected)") == len(names) - 1 for text in status)

    def make(self, kind=("replica", "3"), count=3, more=()):
        """A started volume; its name. more: hosts of further bricks."""
        name = f"session{next(_NUMBERS)}"
        bricks = self.bricks(name, count) + (self.bricks(name, len(more), more) if more else [])
        self.lab.gluster("volume", "create", name, *kind, *bricks, "force")
        self.lab.gluster("volume", "start", name)
        return name

    @staticmethod
    def bricks(name, count, hosts=PEERS):
        return [f"{host}:/bricks/{name}-{next(_NUMBERS)}" for _round in range(count // len(hosts)) for host in hosts]

    def delete(self, name):
        self.lab.gluster("volume", "stop", name, "force")
        self.lab.gluster("volume", "delete", name)

    @contextlib.contextmanager
    def stopped(self, back=("gfs1", "gfs2"), in_turn=False):
        """All servers stop, for as long as takes a client to the end of its list, and those of ``back`` come back; the others do in the end.

        in_turn: each comes back before the next one stops, but for the last, at which the clients are then.
        """
        try:
            before = self.exhausted()
            if in_turn:
                for peer in self.peers[:-1]:
                    peer.run("systemctl", "stop", "glusterd")
                    eventually(lambda peer=peer: self.left(peer), 30, f"the clients have left {peer.name}")
                    peer.start_glusterd()
                self.peers[-1].run("systemctl", "stop", "glusterd")
            else:
                with ThreadPoolExecutor() as pool:
                    list(pool.map(lambda peer: peer.run("systemctl", "stop", "glusterd"), self.peers))
            if self.deaf:
                eventually(lambda: self.exhausted() >= before + 2, 40, "the clients are at the end of their lists")
            for name in back:
                self.lab.host(name).start_glusterd()
            eventually(lambda: self.whole(back), 60, "the servers that are back see each other")
            yield
        finally:
            for peer in self.peers:
                peer.start_glusterd()
            eventually(self.whole, 60, "the pool is whole again")

    def exhausted(self):
        """How often a client has come to the end of its list, as the logs of both mounts have it."""
        logs = [f"/var/log/glusterfs/{path[1:].replace('/', '-')}.log" for path in (IDLE, USED)]
        return self.node.run("cat", *logs).count(_EXHAUSTED)

    def left(self, peer):
        """Whether two clients have a connection to another glusterd than this one."""
        address = self.node.run("getent", "hosts", peer.name).split()[0]
        there = self.node.run("ss", "-Htn", "state", "established", "dport", "=", ":24007").splitlines()
        return len(there) >= 2 and not any(f"{address}:24007" in line for line in there)

    @contextlib.contextmanager
    def replaced(self, volume):
        """Another host takes the place of the third server, which is away, and its bricks; in the end it is that server's again."""
        third = self.peers[-1]
        self.lab.gluster("peer", "probe", STRANGER)
        eventually(lambda: self.whole(("gfs1", "gfs2", STRANGER)), 60, "the new member is connected")
        self.hand_over(volume, third.name, STRANGER)
        self.lab.gluster("peer", "detach", third.name, "force")
        try:
            yield
        finally:
            third.run("sh", "-c", "pkill -9 glusterfs; rm -rf /var/lib/glusterd/peers/* /var/lib/glusterd/vols/*")
            third.start_glusterd()
            self.lab.gluster("peer", "probe", third.name)
            names = (*PEERS, STRANGER)
            eventually(lambda: self.whole(names), 60, "the old member is connected")
            self.hand_over(volume, STRANGER, third.name)
            self.lab.gluster("peer", "detach", STRANGER)

    def hand_over(self, volume, old, new):
        """A brick of the one host becomes a brick of the other."""
        (gone,) = [brick for brick in volume.bricks() if brick.startswith(f"{old}:")]
        (brick,) = self.bricks(volume.name, 1, (new,))
        self.lab.gluster("volume", "replace-brick", volume.name, gone, brick, "commit", "force")

    def mount(self, path, volume, **more):
        arguments = {"order": "listed", "timeout_total": 60, "fstab": "failover", **more}
        done = self.lab.mount(path=path, volume=volume, servers=list(PEERS), **arguments)
        assert not done.failed, done.message
        return done

    def gone(self, path):
        done = self.lab.mount(path=path, state="absent")
        assert not done.failed, done.message

    def clients(self, path):
        """The processes that serve this path."""
        return self.node.pids(f"glusterfs .*{path}$")

    def heal(self):
        """The exit code and the output of a healing run, and the seconds that it took."""
        return self.node.timed("gluster-failover", "heal")


@pytest.fixture(scope="session")
def pool(lab):
    made = Pool(lab)
    # Nobody detaches a member that has bricks.
    for name in set(VOLUMES) & set(made.lab.gluster("volume", "list").split()):
        made.delete(name)
    done = made.lab.use("mount_helper")
    assert not done.failed, done.message
    return made


@pytest.fixture
def volume(pool, request):
    """A volume of three copies, mounted twice: nobody uses the one, and somebody has a file open on the other. It may have bricks on more hosts."""
    eventually(pool.whole, 60, "the pool is whole")
    name = pool.make(more=getattr(request, "param", ()))
    for path in (IDLE, USED):
        pool.mount(path, name)
    pool.node.run("touch", f"{USED}/open")
    with pool.node.in_background(
        f"import time\nfile = open('{USED}/open', 'a')\nprint('ready')\n"
        "while True:\n    print(time.time(), file=file, flush=True)\n    time.sleep(0.2)"
    ) as user:
        yield Volume(pool, name, user.pid)
    for path in (IDLE, USED):
        pool.gone(path)
    pool.delete(name)


class Volume:
    """It, and the process that has a file open on it. before: the status of the mounts at the beginning."""

    def __init__(self, pool, name, user):
        self.pool = pool
        self.name = name
        self.user = user
        self.before = {path: pool.status(path) for path in (IDLE, USED)}

    def bricks(self):
        """As the servers have them by now."""
        return sorted(self.in_order())

    def of_set(self, number):
        """The three bricks of a set."""
        return self.in_order()[3 * number : 3 * number + 3]

    def in_order(self):
        text = self.pool.lab.gluster("volume", "info", self.name)
        return [line.partition(": ")[2] for line in text.splitlines() if line.startswith("Brick") and ":/" in line]
