# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Members whose glusterd does not answer although the others count it as connected.

The kernel of a host acknowledges what is sent to a frozen glusterd, and ping-timeout is 0 in glusterd.vol, so its peers notice nothing. Each change of the
cluster then waits for two minutes, and the refusal names no host.
"""

from __future__ import annotations

import functools
from typing import Mapping, Sequence

from .._gluster.attempt import Outcome
from .._gluster.glusterd import AskFailed
from .._gluster.network import Network
from .._gluster.server import Server
from . import pool
from .cli import Cli, ClusterError
from .pool import Peer, Pool

SECONDS = 5.0
"""The time limit for an answer, which takes 2 ms. Under load a member has answered later, so a silent one is asked a second time."""

_UNHEARD = (Outcome.TIMEOUT, Outcome.UNRESOLVED, Outcome.UNREACHABLE)
"""Outcomes of a member that does not answer. One that refuses, hangs up or speaks TLS is alive; a glusterd that has ended is disconnected for its peers."""


def check(cli: Cli, peers: Sequence[Peer]) -> None:
    """Raises ClusterError where a member is silent: its names, and what to do."""
    who = silent(peers, cli.network)
    if who:
        raise ClusterError(f"nothing was changed, since each command would wait for minutes: {who}")


def answering(cli: Cli) -> Pool:
    """The pool. Raises ClusterError where a member is silent: each change and each look at bricks would wait for it."""
    members = pool.read(cli)
    check(cli, members.peers)
    return members


def hint(cli: Cli) -> str:
    """Which members are silent, as it stands behind a refusal; empty where none is, or that cannot be asked."""
    try:
        who = silent(pool.read(cli).peers, cli.network)
    except ClusterError:
        return ""
    return f"; {who}" if who else ""


def silent(peers: Sequence[Peer], network: Network, seconds: float = SECONDS) -> str:
    """Which connected members do not answer when asked twice for ``seconds``, and what to do; empty where all answer."""
    asked = {peer.uuid: peer.names for peer in peers if peer.connected and not peer.local}
    for _attempt in range(2):
        asked = _unheard(asked, network, seconds)
    return "; ".join(
        f"{', '.join(names)} counts as connected and gives no answer, asked twice for {seconds:g} s: its glusterd hangs, or what goes to its port 24007 is "
        "dropped; look at it there, and start glusterd anew"
        for names in asked.values()
    )


def _unheard(asked: Mapping[str, tuple[str, ...]], network: Network, seconds: float) -> dict[str, tuple[str, ...]]:
    """Those of ``asked``, names by UUID, that do not answer within ``seconds``.

    All are asked at once by each of their names, since the first name may be a former address. The question is which port a brick has: it needs no
    privilege, no brick, and leaves nothing in a log.
    """
    keys = [(uuid, name) for uuid, names in asked.items() for name in names]
    tasks = network.tasks()
    for key in keys:
        tasks.start(key, functools.partial(network.brick_port, Server(key[1]), "/", seconds))
    heard = set()
    over = tasks.now() + seconds
    for _key in keys:
        done = tasks.wait(over - tasks.now())
        if done is None:
            break
        (uuid, _name), answer = done
        if not (isinstance(answer, AskFailed) and answer.outcome in _UNHEARD):
            heard.add(uuid)
    return {uuid: names for uuid, names in asked.items() if uuid not in heard}
