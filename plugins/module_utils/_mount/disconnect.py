# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client that starts is disconnected from bricks that are silent, so that it need not wait for them.

A replica set waits 10 s for a brick that gives no event (afr_notify_cb), and the mount with it. When the client's connection to the silent host ends, the
brick is down for it, which it handles at once and without an error, and it connects again by itself every 3 s (measured on 10.3). So that connection is
destroyed, of this client alone; nothing that another process would feel. The client's own connection to glusterd, by which it hears of its volume, is left
alone: a client up to 11.1 never goes back in its list of servers.
"""

from __future__ import annotations

import contextlib
import math
from typing import Callable, NamedTuple, Sequence

from .._gluster import bricks, silence
from .._gluster.attempt import Attempt, Outcome, Step
from .._gluster.client import Client
from .._gluster.probe import Bounded, Tasks
from .._gluster.server import Server
from .._gluster.silence import Inquiry, Silent
from .._gluster.volfile import Volfile
from .._host import tcp
from .model import MountSpec, Node
from .select import Selected

_POLL_SECONDS = 0.05
"""How often it is looked whether the start has ended, and whether the client has a connection to a silent brick by now."""


def disconnect_silent(
    spec: MountSpec, selected: Selected, node: Node, find: Callable[[], Sequence[Client]], over: Callable[[], bool]
) -> tuple[Attempt, ...]:
    """Until ``over()``, disconnect the client that ``find`` finds, once it is there, from bricks that are silent: from which it was, or could not be."""
    if selected.volume is None:
        return ()

    def connections() -> list[tcp.Connection]:
        return [connection for process in find() for connection in node.host.tcp_connections(process.pid)]

    tasks = Bounded(node.network.tasks(), bricks.AT_ONCE)
    inquiry = _inquiry(selected.volume, selected, node, tasks)
    clients = Connections(connections, node.host.destroy_connection)
    return watch(over, selected.volume, spec.require, inquiry, clients, selected.targets[0].port, tasks)


def silent_now(spec: MountSpec, selected: Selected, node: Node) -> tuple[Silent, ...]:
    """The bricks that a client would be disconnected from if it started now; takes silence.MOST_SECONDS at most."""
    if selected.volume is None or selected.server is None:
        return ()
    tasks = Bounded(node.network.tasks(), bricks.AT_ONCE)
    return rehearse(selected.volume, spec.require, _inquiry(selected.volume, selected, node, tasks), tasks)


def _inquiry(volume: Volfile, selected: Selected, node: Node, tasks: Tasks) -> Inquiry:
    ask = silence.asking(node.network.brick_port, node.network.ping_brick, node.host.resolve)
    return Inquiry(volume.bricks, ask, tasks, up=selected.up, owing=selected.owing)


class Connections(NamedTuple):
    """TCP connections of the new client. list_: all that it has now. destroy: ends one. Both raise OSError."""

    list_: Callable[[], Sequence[tcp.Connection]]
    destroy: Callable[[tcp.Connection], None] = tcp.destroy


def watch(
    over: Callable[[], bool],
    volfile: Volfile,
    require: str,
    inquiry: Inquiry,
    connections: Connections,
    management_port: int,
    tasks: Tasks,
) -> tuple[Attempt, ...]:
    """While a client starts, disconnect it from silent bricks: from which it was, or could not be.

    over: whether the start has ended. inquiry: of all bricks of ``volfile``, on ``tasks``. require: what the bricks that carry on must satisfy, see
    Volfile.missing; nobody is disconnected where they would not, and each of them has answered within the last second.
    """
    attempts: dict[tuple[str, int], Attempt] = {}
    while not over():
        inquiry.advance()
        silent = [entry for entry in inquiry.silent() if (entry.host, entry.port) not in attempts]
        if silent and not volfile.missing(inquiry.fresh(), require):
            for entry in silent:
                attempt = disconnect(entry, connections, management_port)
                if attempt:
                    attempts[entry.host, entry.port] = attempt
        _take(inquiry, tasks, min(inquiry.due() - tasks.now(), _POLL_SECONDS))
    return tuple(attempts.values())


def rehearse(volfile: Volfile, require: str, inquiry: Inquiry, tasks: Tasks) -> tuple[Silent, ...]:
    """The bricks that a new client would be disconnected from by now; takes silence.MOST_SECONDS at most."""
    while True:
        inquiry.advance()
        if inquiry.silent() and not volfile.missing(inquiry.fresh(), require):
            return inquiry.silent()
        if inquiry.due() == math.inf:
            return ()
        _take(inquiry, tasks, inquiry.due() - tasks.now())


def _take(inquiry: Inquiry, tasks: Tasks, timeout: float) -> None:
    """Wait for an answer to one of the questions, for ``timeout`` seconds at most."""
    ended = tasks.wait(max(timeout, 0))
    if ended is not None:
        (_inquiry, name), result = ended
        inquiry.take(name, result)


def management(entries: Sequence[tcp.Connection], port: int) -> tcp.Connection | None:
    """By which of its connections a client hears from glusterd; None where it has none.

    Nothing has come yet by those that ask for the port of a brick whose glusterd is frozen. Of the others it was made first.
    """
    heard = [entry for entry in entries if entry.port == port and entry.state == tcp.ESTABLISHED and entry.received]
    return min(heard, key=lambda entry: entry.descriptor, default=None)


def disconnect(silent: Silent, connections: Connections, management_port: int) -> Attempt | None:
    """Destroy the client's connections to where a brick is silent; None where it has none yet."""
    server = Server(silent.host)
    try:
        entries = connections.list_()
        kept = management(entries, management_port)
        chosen = [
            entry
            for entry in entries
            if entry != kept and entry.port == silent.port and entry.address in silent.addresses
        ]
        for entry in chosen:
            with contextlib.suppress(FileNotFoundError):  # it has ended by itself
                connections.destroy(entry)
    except OSError as error:
        detail = (
            f"{silent.why()}; {silent.named()} cannot be given up, so that the mount waits for it: {error.strerror}"
        )
        return Attempt(server, Step.BRICKS, Outcome.SILENT, silent.seconds, detail)
    if not chosen:
        return None
    detail = f"{silent.why()}; the client was disconnected from {silent.named()} and connects again by itself"
    return Attempt(server, Step.BRICKS, Outcome.CUT_OFF, silent.seconds, detail)
