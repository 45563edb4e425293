# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults: how each is made and undone, and what must hold after. A new fault is one entry of FAULTS.

Every fault is met by the module with the faulty server listed first, so that it is the first one asked.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Callable

from .lab import PEERS, STRANGER, undone

ACCEPT = """
import socket, struct, sys, threading, time
listener = socket.create_server(("", 24007))
print("ready")
while True:
    connection, _address = listener.accept()
    threading.Thread(target=answer, args=(connection,), daemon=True).start()
"""

CLOSE = "def answer(connection):\n    connection.close()\n"
GARBAGE = "def answer(connection):\n    connection.recv(4096)\n    connection.sendall(b'HTTP/1.1 400 Bad Request\\r\\n' * 40)\n    time.sleep(60)\n"


@dataclass(frozen=True)
class Fault:
    """One fault.

    name: what a user would call it. make: a context manager that makes and undoes it. servers: listed for the module, the faulty one first.
    arguments: more for the module. outcome: of the last attempt at the first server.
    seconds: bound on the whole task, above an empty one.
    mounts: whether the module must succeed all the same. message: what its error must say where it must not.
    """

    name: str
    make: Callable
    servers: tuple = PEERS
    arguments: dict = field(default_factory=dict)
    outcome: str = "silent"
    seconds: float = 2.0
    mounts: bool = True
    message: tuple = ()


def no_fault(_lab):
    return ExitStack()


def glusterd_stopped(lab):
    host = lab.host("gfs1")
    return undone(lambda: host.run("systemctl", "stop", "glusterd"), lambda: host.run("systemctl", "start", "glusterd"))


def glusterd_frozen(lab):
    host = lab.host("gfs1")
    return undone(
        lambda: host.signal("STOP", "/usr/sbin/glusterd "), lambda: host.signal("CONT", "/usr/sbin/glusterd ")
    )


def host_drops_all(lab):
    host = lab.host("gfs1")

    def drop():
        for command in (
            "add table inet fault",
            "add chain inet fault input { type filter hook input priority 0 ; policy drop ; }",
            "add chain inet fault output { type filter hook output priority 0 ; policy drop ; }",
        ):
            host.in_network("nft", command)

    return undone(drop, lambda: host.in_network("nft", "delete", "table", "inet", "fault"))


def no_arp(lab):
    host = lab.host("gfs1")

    def unplug():
        host.in_network("ip", "link", "set", "eth0", "down")
        lab.node.in_network("ip", "neigh", "flush", "all")

    return undone(unplug, lambda: host.in_network("ip", "link", "set", "eth0", "up"))


def volume_stopped(lab):
    host = lab.host("gfs2")
    return undone(
        lambda: host.run("gluster", "--mode=script", "volume", "stop", "pages"),
        lambda: host.run("gluster", "--mode=script", "volume", "start", "pages"),
    )


def impostor(behaviour):
    """Something that is no glusterd listens on glusterd's port of the stranger."""

    @contextmanager
    def make(lab):
        host = lab.host(STRANGER)
        with undone(
            lambda: host.run("systemctl", "stop", "glusterd"), lambda: host.run("systemctl", "start", "glusterd")
        ):
            head, body = ACCEPT.split("listener =", 1)
            with host.in_background(f"{head}{behaviour}listener ={body}"):
                yield

    return make


STRANGER_FIRST = (STRANGER, *PEERS)

FAULTS = (
    Fault("nothing is wrong", no_fault, outcome="ok"),
    Fault("connection refused", glusterd_stopped, outcome="refused"),
    Fault("host drops all packets", host_drops_all, seconds=14),
    Fault("no ARP answer", no_arp, seconds=7),
    Fault("glusterd frozen", glusterd_frozen, seconds=12),
    Fault("accepts, then closes", impostor(CLOSE), STRANGER_FIRST, outcome="closed"),
    Fault("answers garbage", impostor(GARBAGE), STRANGER_FIRST, outcome="garbage"),
    Fault("stale peer does not know the volume", no_fault, STRANGER_FIRST, outcome="no volume"),
    Fault(
        "no server knows the volume",
        no_fault,
        arguments={"volume": "nowhere"},
        outcome="no volume",
        mounts=False,
        message=("no server has a volume nowhere", "gfs1", "gfs2", "gfs3"),
    ),
    Fault(
        "volume stopped",
        volume_stopped,
        arguments={"volume": "pages", "timeout_total": 6},
        outcome="bricks down",
        seconds=9,
        mounts=False,
        message=("timeout_total is 6 s", "gfs1:/bricks/pages", "gfs2:/bricks/pages", "gfs3:/bricks/pages"),
    ),
    Fault(
        "subdirectory missing",
        no_fault,
        arguments={"subdir": "no/such/directory"},
        outcome="fatal",
        mounts=False,
        message=("cannot be mounted", "/no/such/directory", "is not found"),
    ),
)
