# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the servers' names resolve to, as far as that is known in time: a dead DNS server holds up nothing."""

from __future__ import annotations

import functools
from typing import Any, Iterator, Sequence

from .._gluster.server import Server
from .model import Node

NAMES_SECONDS = 1.0
"""How long the servers' names get to resolve when the name of the one in use is looked for; else it is reported by its address."""


def resolved(servers: Sequence[Server], node: Node) -> Iterator[tuple[Server, Sequence[tuple[Any, ...]]]]:
    """Each of ``servers`` with what its name resolves to, as soon as it does, within NAMES_SECONDS; asked all at once."""
    return ((server, answer) for server, answer in answers(servers, node) if not isinstance(answer, BaseException))


def answers(servers: Sequence[Server], node: Node) -> Iterator[tuple[Server, Any]]:
    """As ``resolved``, with the exception of one whose name does not resolve."""
    tasks = node.network.tasks()
    for server in servers:
        tasks.start(server, functools.partial(node.host.resolve, server.host, server.port))
    deadline = tasks.now() + NAMES_SECONDS
    for _server in servers:
        done = tasks.wait(deadline - tasks.now())
        if done is None:
            return
        yield done


def addresses_of(entries: Sequence[tuple[Any, ...]]) -> frozenset[str]:
    """The IP addresses, as the kernel's tables have them: without the zone."""
    return frozenset(str(entry[4][0]).partition("%")[0] for entry in entries)
