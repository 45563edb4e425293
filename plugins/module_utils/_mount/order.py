# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The order in which servers are tried.

Random is a full shuffle and never a ring that starts somewhere: in a ring a dead server's successor gets the dead one's share on top of its own,
after a shuffle all that are left share it.
"""

from __future__ import annotations

import hashlib
import random
from typing import Sequence

from .._gluster.server import Server

ORDERS = ("random", "listed")


def of_node(servers: Sequence[Server], node: str) -> tuple[Server, ...]:
    """The order that a node of this name has, always the same, and as likely as any other (rendezvous hashing).

    Nodes that know nothing of each other so spread over the servers, evenly in the mean, and over those that are left where one is lost.
    """
    return tuple(sorted(servers, key=lambda server: hashlib.sha256(f"{node}\0{server}".encode()).digest()))


def arrange(
    servers: Sequence[Server], *, order: str, prefer: Sequence[Server], rng: random.Random
) -> tuple[Server, ...]:
    """Put ``servers`` in the order to try them, each once, those of ``prefer`` before all others.

    order: random shuffles the preferred among themselves and the others among themselves; listed keeps both as given.
    Raises ValueError for another order or a preferred server that is not among the servers.
    """
    if order not in ORDERS:
        raise ValueError(f"order {order!r}: must be one of {', '.join(ORDERS)}")
    strange = [str(server) for server in prefer if server not in servers]
    if strange:
        raise ValueError(f"prefer: {', '.join(strange)} is not among the servers")
    first = list(dict.fromkeys(prefer))
    others = [server for server in dict.fromkeys(servers) if server not in first]
    if order == "random":
        rng.shuffle(first)
        rng.shuffle(others)
    return (*first, *others)
