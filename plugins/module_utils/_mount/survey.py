# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every GlusterFS mount of a node, each looked at within a bounded time, and its client's servers asked whether it still hears from them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, Sequence

from . import session
from .host import Host
from .inspect import inspect, locate, server_in_use
from .model import LinkRefused, MountError, Node
from .state import Observed, State

AT_ONCE = 64
"""Mounts seen to at the same time: a server that is silent takes ASK_SECONDS for each of its clients. Looks have a limit of their own, see proof.AT_ONCE."""


class Seen(NamedTuple):
    """A mount point as it was found. server: as server_in_use gives it."""

    observed: Observed
    server: str | None


def paths(host: Host) -> tuple[str, ...]:
    """The mount points of all GlusterFS mounts, in the order in which they were mounted."""
    return tuple(dict.fromkeys(mount.path for mount in host.mounts() if mount.gluster))


def inspect_all(wanted: Sequence[str], node: Node) -> tuple[Seen, ...]:
    """What is at each of these paths, in their order."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        lives = tuple(pool.map(lambda path: _look(path, node.host), wanted))
        lives = session.judge(lives, lambda path: _look(path, node.host), node, mapper=pool.map)
        return tuple(pool.map(lambda observed: Seen(observed, _server(observed, node)), lives))


def _look(path: str, host: Host) -> Observed:
    try:
        return inspect(locate(path, host), host)._replace(path=path)
    except LinkRefused as error:
        return Observed(State.ABSENT, path, why=str(error))
    except (MountError, OSError, ValueError) as error:  # one odd mount is one odd row
        return Observed(State.HUNG, path, why=str(error))


def _server(observed: Observed, node: Node) -> str | None:
    return server_in_use(observed, observed.client.servers if observed.client else (), node)
