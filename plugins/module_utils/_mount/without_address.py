# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers whose names lead nowhere: a mount does without them, and nobody would learn of the mistake before the others are away."""

from __future__ import annotations

import socket
from typing import Sequence

from .._gluster.server import Server
from .model import Node
from .resolve import answers

_NONE = {getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA", "EAI_ADDRFAMILY") if hasattr(socket, name)}
"""What getaddrinfo says of a name that has no address, and not of one that could not be looked up now."""


def warnings(servers: Sequence[Server], node: Node) -> tuple[str, ...]:
    """A line for those of ``servers`` that have no address on this host, none if there are none such.

    One of which nothing is known in time may have an address: a DNS server that is away is another matter.
    """
    if len(servers) < 2:
        return ()
    found = {
        server
        for server, answer in answers(servers, node)
        if isinstance(answer, socket.gaierror) and answer.errno in _NONE
    }
    names = ", ".join(server.host for server in servers if server in found)
    if not names:
        return ()
    return (
        f"servers: {names}: no address on this host, so that a mount goes by the others alone; see the name, /etc/hosts and the DNS",
    )
