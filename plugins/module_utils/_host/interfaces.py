# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The addresses that the interfaces of this host have, as getifaddrs(3) gets them: rtnetlink(7), RTM_GETADDR.

An address that a socket can be bound to need not be one of them: net.ipv4.ip_nonlocal_bind and IP_FREEBIND allow any.
"""

from __future__ import annotations

import socket
import struct
from typing import Iterable

from . import netlink

_MOST_TRIES = 3

_GET, _NEW = 22, 20
"""RTM_GETADDR, RTM_NEWADDR."""
_ADDRESS, _LOCAL = 1, 2
"""IFA_ADDRESS, which is the other end's where a link has two ends, and IFA_LOCAL, which is missing where there is nothing to tell apart."""

_INTERFACE = struct.Struct("=BBBBI")


def addresses() -> frozenset[str]:
    """All addresses of IPv4 and IPv6, without their zone. Raises OSError where the kernel does not say."""
    question = _INTERFACE.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
    for _try in range(_MOST_TRIES):
        answer = netlink.listing(netlink.ROUTE, _GET, question)
        if not answer.changed:
            break
    return read(answer.messages)


def read(messages: Iterable[tuple[int, bytes]]) -> frozenset[str]:
    """The addresses that messages of rtnetlink, by kind and content, tell of."""
    return frozenset(filter(None, (_address(content) for kind, content in messages if kind == _NEW)))


def _address(message: bytes) -> str:
    """What getifaddrs(3) gives as the address of the interface; empty where it is of another family."""
    family = _INTERFACE.unpack_from(message)[0]
    sizes = {int(socket.AF_INET): 4, int(socket.AF_INET6): 16}
    attributes = netlink.attributes(message[_INTERFACE.size :])
    raw = attributes.get(_LOCAL) or attributes.get(_ADDRESS) or b""
    return socket.inet_ntop(family, raw) if len(raw) == sizes.get(family) else ""
