# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TCP connections of processes of this network namespace, listed and destroyed by sock_diag(7), as ``ss --kill`` does.

A destroyed connection ends for its process at once with ECONNABORTED, whatever the network does; one that is still being made too (tcp_abort).
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
from typing import NamedTuple

from . import netlink

ESTABLISHED, SYN_SENT = 1, 2
"""States of a connection, as in linux/tcp_states.h."""

_BY_FAMILY, _DESTROY = 20, 21
"""SOCK_DIAG_BY_FAMILY, SOCK_DESTROY."""
_INFO = 2
"""INET_DIAG_INFO: the connection's struct tcp_info."""
_RECEIVED = struct.Struct("=128xQ")
"""Where tcpi_bytes_received is in that (linux/tcp.h)."""
_REQUEST = struct.Struct("=BBBBI")
_SOCKET = struct.Struct("!HH16s16s")
_REST = struct.Struct("=I8s")
_ANSWER = struct.Struct("=BBBB")
_INODE = struct.Struct("=IIIII")
_ID_SIZE = _SOCKET.size + _REST.size


class Connection(NamedTuple):
    """A TCP connection of this network namespace.

    identity: what the kernel knows it by; a later one with the same addresses has another. address: the other end's, one of IPv4 as such.
    received: bytes that have come by it. descriptor: the process's file descriptor of it, -1 where no process was asked for.
    """

    family: int
    identity: bytes
    state: int
    address: str
    port: int
    inode: int
    received: int = 0
    descriptor: int = -1


def connections(port: int = 0) -> tuple[Connection, ...]:
    """The connections to ``port``, to any if 0, that are established or being made. Raises OSError where the kernel does not list them."""
    connections: list[Connection] = []
    for family in (socket.AF_INET, socket.AF_INET6):
        states = 1 << ESTABLISHED | 1 << SYN_SENT
        question = _REQUEST.pack(family, socket.IPPROTO_TCP, 1 << (_INFO - 1), 0, states)
        question += _SOCKET.pack(0, port, b"", b"") + _REST.pack(0, b"\xff" * 8)
        answer = netlink.listing(netlink.SOCK_DIAG, _BY_FAMILY, question)
        connections += [_connection(content) for kind, content in answer.messages if kind == _BY_FAMILY]
    return tuple(connections)


def unheard(port: int) -> frozenset[int]:
    """The established connections to ``port`` by which nothing has come, by inode; none where the kernel does not tell."""
    try:
        return frozenset(
            entry.inode for entry in connections(port) if entry.state == ESTABLISHED and not entry.received
        )
    except OSError:
        return frozenset()


def destroy(connection: Connection) -> None:
    """End a connection at this end. Raises OSError: EPERM without CAP_NET_ADMIN, EOPNOTSUPP where the kernel cannot, ENOENT where it is gone by now."""
    question = _REQUEST.pack(connection.family, socket.IPPROTO_TCP, 0, 0, 1 << connection.state)
    netlink.order(netlink.SOCK_DIAG, _DESTROY, question + connection.identity)


def of_process(pid: int, proc: str = "/proc") -> tuple[Connection, ...]:
    """The connections of a process. Raises OSError where it is gone, or the kernel does not list them."""
    own = sockets(pid, proc)
    entries = connections() if own else ()
    return tuple(entry._replace(descriptor=own[entry.inode]) for entry in entries if entry.inode in own)


def sockets(pid: int, proc: str = "/proc") -> dict[int, int]:
    """The file descriptors of the sockets that a process has open, by inode. Raises OSError where it is gone."""
    folder = f"{proc}/{pid}/fd"
    descriptors = {}
    for name in os.listdir(folder):
        with contextlib.suppress(OSError):  # closed meanwhile
            target = os.readlink(f"{folder}/{name}")
            if target.startswith("socket:["):
                descriptors[int(target[len("socket:[") : -1])] = int(name)
    return descriptors


def _connection(message: bytes) -> Connection:
    """An inet_diag_msg of linux/inet_diag.h."""
    family, state, _timer, _retransmits = _ANSWER.unpack_from(message)
    identity = message[_ANSWER.size : _ANSWER.size + _ID_SIZE]
    _source_port, port, _source, raw = _SOCKET.unpack_from(identity)
    inode = _INODE.unpack_from(message, _ANSWER.size + _ID_SIZE)[4]
    info = netlink.attributes(message[_ANSWER.size + _ID_SIZE + _INODE.size :]).get(_INFO, b"")
    received = _RECEIVED.unpack_from(info)[0] if len(info) >= _RECEIVED.size else 0
    return Connection(
        family, identity, state, address_of(raw[:4] if family == socket.AF_INET else raw), port, inode, received
    )


def address_of(raw: bytes) -> str:
    """The text of an address of 4 or 16 bytes, one of IPv4 that is written as one of IPv6 as such."""
    if len(raw) == 4:
        return socket.inet_ntop(socket.AF_INET, raw)
    if raw.startswith(b"\0" * 10 + b"\xff\xff"):
        return socket.inet_ntop(socket.AF_INET, raw[12:])
    return socket.inet_ntop(socket.AF_INET6, raw)
