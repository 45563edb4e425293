# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which server a mount goes by: the first that serves the volume, if enough of its bricks are up."""

from __future__ import annotations

from typing import NamedTuple, Sequence

from .._gluster import bricks, client_address, probe, volfile
from .._gluster.attempt import Attempt, Outcome, Step
from .._gluster.server import Server
from . import order
from .host import Host
from .model import MountSpec, Node

OWES_SECONDS = 0.9
"""How long a server that accepts connections may owe an answer before it is asked less patiently, see silence.AGAIN_SECONDS."""


class Selected(NamedTuple):
    """What came of asking the servers once.

    order: the servers in the order of asking. attempts: how each question ended.
    volume: what the first server that serves the volume says of it; None if none does.
    server: that one, if enough bricks are up too; else None.
    targets: how the client is to come to that one, and to those it may go on to. family: of which addresses.
    up: names of the bricks that have answered. owing: servers that have accepted a connection and not answered for OWES_SECONDS.
    silent_bricks: those of which nothing could be learnt, for a message. rest: the servers that may still serve.
    """

    order: tuple[Server, ...]
    attempts: tuple[Attempt, ...]
    volume: volfile.Volfile | None = None
    server: Server | None = None
    targets: tuple[Server, ...] = ()
    family: str = ""
    up: frozenset[str] = frozenset()
    owing: frozenset[str] = frozenset()
    silent_bricks: str = ""
    rest: tuple[Server, ...] = ()


def arrange(spec: MountSpec, host: Host) -> tuple[Server, ...]:
    """The servers in the order to ask them, drawn anew where that is random."""
    return order.arrange(spec.servers, order=spec.order, prefer=spec.prefer, rng=host.rng)


def ask(spec: MountSpec, servers: Sequence[Server], node: Node, deadline: float) -> probe.Race:
    """Race for the first of ``servers`` that serves the volume, until ``deadline`` on the node's clock, and tell each attempt."""
    race = probe.race(
        servers,
        lambda server, progress: node.network.getspec(server, spec.volume, spec.timeout_probe, progress=progress),
        timeout=spec.timeout_probe,
        limit=max(0.1, deadline - node.host.clock.now()),
        tasks=node.network.tasks(),
    )
    for attempt in race.attempts:
        node.run.on_attempt(attempt)
    return race


def select(spec: MountSpec, servers: Sequence[Server], node: Node, deadline: float) -> Selected:
    """Ask ``servers``, in this order, and the bricks' own hosts whether enough bricks are up; if not, it is a matter of the volume and not of the server."""
    servers = tuple(servers)
    race = ask(spec, servers, node, deadline)
    if race.winner is None or race.spec is None:
        return Selected(servers, race.attempts)
    began = node.host.clock.now()
    states = bricks.check_bricks(
        race.spec.volfile,
        spec.require,
        portmap=node.network.brick_port,
        ping=node.network.ping_brick,
        timeout=max(0.1, min(spec.timeout_probe, deadline - began)),
        tasks=node.network.tasks(),
    )
    if not states.satisfied:
        seconds = node.host.clock.now() - began
        attempt = Attempt(race.winner, Step.BRICKS, Outcome.BRICKS_DOWN, seconds, states.why())
        node.run.on_attempt(attempt)
        return Selected(servers, (*race.attempts, attempt), race.spec.volfile)
    ended = {attempt.server: attempt.outcome for attempt in race.attempts}
    owes = {entry.server: entry.step is Step.GETSPEC and entry.seconds >= OWES_SECONDS for entry in race.attempts}
    unasked = [server for server in servers if server not in ended]
    silent = [server for server in servers if ended.get(server) is Outcome.SILENT]
    failed = [server for server in servers if server in ended and server not in (race.winner, *silent)]
    asked = client_address.asked_family(spec.options.flags)
    first = client_address.client_address(race.winner, race.spec.address, race.spec.addresses, asked)
    return Selected(
        servers,
        race.attempts,
        race.spec.volfile,
        race.winner,
        targets=(first, *unasked, *silent, *failed),
        family=asked or client_address.family(race.spec.address),
        up=states.up(),
        owing=frozenset(server.host for server in silent if owes[server]),
        silent_bricks=states.unknown(),
        rest=(*unasked, *silent),
    )


def rehearse(spec: MountSpec, node: Node) -> Selected:
    """Which server a mount would go by now; takes twice timeout_probe at most."""
    return select(spec, arrange(spec, node.host), node, node.host.clock.now() + 2 * spec.timeout_probe)
