# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The addresses that the interfaces of this host have, as getifaddrs(3) gets them: rtnetlink(7), RTM_GETADDR.

An address that a socket can be bound to need not be one of them: net.ipv4.ip_nonlocal_bind and IP_FREEBIND allow any.
"""

from __future__ import annotations

import socket
import struct
from typing import NamedTuple

_SECONDS = 5.0
"""The kernel answers within milliseconds; a wait has a limit all the same."""
_MOST_TRIES = 3
_DATAGRAM = 1 << 16

_ROUTE = 0
"""NETLINK_ROUTE, which Python's socket module has on Linux only."""
_GET, _NEW = 22, 20
"""RTM_GETADDR, RTM_NEWADDR."""
_ERROR, _DONE = 2, 3
_DUMP = 0x301
"""NLM_F_REQUEST | NLM_F_DUMP."""
_CHANGED = 0x10
"""NLM_F_DUMP_INTR: an address came or went while they were listed."""
_ADDRESS, _LOCAL = 1, 2
"""IFA_ADDRESS, which is the other end's where a link has two ends, and IFA_LOCAL, which is missing where there is nothing to tell apart."""

_HEADER = struct.Struct("=IHHII")
_INTERFACE = struct.Struct("=BBBBI")
_ATTRIBUTE = struct.Struct("=HH")


class Part(NamedTuple):
    """One datagram of the answer. done: whether it is the last one. changed: whether the list may lack one."""

    addresses: frozenset[str]
    done: bool
    changed: bool


def addresses() -> frozenset[str]:
    """All addresses of IPv4 and IPv6, without their zone. Raises OSError where the kernel does not say."""
    own: frozenset[str] = frozenset()
    for _try in range(_MOST_TRIES):
        own, changed = _ask()
        if not changed:
            break
    return own


def _ask() -> tuple[frozenset[str], bool]:
    own: set[str] = set()
    changed = False
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _ROUTE) as endpoint:
        endpoint.settimeout(_SECONDS)
        endpoint.sendall(
            _HEADER.pack(_HEADER.size + _INTERFACE.size, _GET, _DUMP, 1, 0)
            + _INTERFACE.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
        )
        while True:
            part = parse(endpoint.recv(_DATAGRAM))
            own |= part.addresses
            changed = changed or part.changed
            if part.done:
                return frozenset(own), changed


def parse(datagram: bytes) -> Part:
    """Read messages of rtnetlink. Raises OSError where they tell of an error, or make no sense."""
    own, done, changed = set(), False, False
    at = 0
    while at + _HEADER.size <= len(datagram):
        length, kind, flags, _sequence, _port = _HEADER.unpack_from(datagram, at)
        if length < _HEADER.size or at + length > len(datagram):
            raise OSError("the kernel's list of addresses makes no sense")
        if kind == _ERROR:
            code = -struct.unpack_from("=i", datagram, at + _HEADER.size)[0]
            raise OSError(code, "the kernel does not list the addresses of this host")
        done = done or kind == _DONE
        changed = changed or bool(flags & _CHANGED)
        if kind == _NEW:
            own.add(_address(datagram[at + _HEADER.size : at + length]))
        at += _aligned(length)
    return Part(frozenset(filter(None, own)), done, changed)


def _address(message: bytes) -> str:
    """What getifaddrs(3) gives as the address of the interface; empty where it is of another family."""
    family = _INTERFACE.unpack_from(message)[0]
    sizes = {int(socket.AF_INET): 4, int(socket.AF_INET6): 16}
    attributes = {}
    at = _INTERFACE.size
    while at + _ATTRIBUTE.size <= len(message):
        length, kind = _ATTRIBUTE.unpack_from(message, at)
        if length < _ATTRIBUTE.size:
            break
        attributes[kind] = message[at + _ATTRIBUTE.size : at + length]
        at += _aligned(length)
    raw = attributes.get(_LOCAL) or attributes.get(_ADDRESS) or b""
    return socket.inet_ntop(family, raw) if len(raw) == sizes.get(family) else ""


def _aligned(length: int) -> int:
    return (length + 3) & ~3
