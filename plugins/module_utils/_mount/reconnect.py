# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client whose glusterd is frozen comes to another one, and its mount stays.

A frozen glusterd keeps the client's connection for 1800 s, in which the client hears nothing of its volume. When that connection ends the client goes on to
the next server of its list, within 3 s and with all that is open there. A client up to 11.1 never goes back in its list (glusterfs issue 4166), so the
connection is destroyed only where a server that answers comes later.
"""

from __future__ import annotations

from typing import NamedTuple, Sequence

from .._gluster.attempt import Attempt, Outcome, Step
from .._gluster.server import GLUSTERD_PORT, Server
from . import session
from .disconnect import management
from .inspect import inspect, server_in_use
from .model import Node
from .state import Observed

_SECONDS = 10.0
"""How long the client gets to come to another server: it tries one every 3 s."""
_POLL_SECONDS = 0.5


class Reconnected(NamedTuple):
    """What came of it. observed: what is there then, which is as it was, and stale, where the client came to no other server."""

    observed: Observed
    attempt: Attempt


def reconnect(observed: Observed, servers: Sequence[Server], node: Node) -> Reconnected | None:
    """End the connection of a stale client to its frozen glusterd, and wait until it hears from another one. None where it has none by now.

    servers: some to ask besides those that the client knows.
    """
    process, stale = observed.client, observed.stale
    if process is None or stale is None or not stale.others:
        return None
    port = next((server.port for server in process.servers), GLUSTERD_PORT)
    began = node.host.clock.now()
    frozen = Server.parse(server_in_use(observed, process.servers, node) or stale.address)
    try:
        entry = management(node.host.tcp_connections(process.pid), port)
        if entry is None or entry.address != stale.address:
            return None
        node.host.destroy_connection(entry)
    except OSError as error:
        detail = f"{stale.detail}; its connection there cannot be ended: {error.strerror}"
        return Reconnected(
            observed, Attempt(frozen, Step.GETSPEC, Outcome.SILENT, node.host.clock.now() - began, detail)
        )
    while True:
        node.host.clock.sleep(_POLL_SECONDS)
        found = inspect(observed.path, node.host)
        if found.answers and session.doubt(found, servers, node) is None:
            break
        if node.host.clock.now() - began >= _SECONDS:
            found = observed
            break
    seconds = node.host.clock.now() - began
    how = f"came to no other within {_SECONDS:g} s" if found.stale else "is connected to another one now"
    detail = f"{stale.detail}; its connection there was ended, and it {how}"
    return Reconnected(found, Attempt(frozen, Step.GETSPEC, Outcome.CUT_OFF, seconds, detail))
