# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is at a mount point when a mount is asked for: whether it answers and hears from its servers, once it has had its patience, and what differs."""

from __future__ import annotations

from typing import NamedTuple, Sequence

from .._gluster import client_address, options
from .._gluster.server import Server
from . import session
from .decide import refuse_others
from .inspect import inspect, wait_for
from .model import Mounter, MountSpec, Node
from .state import Observed
from .unmount import used


class Found(NamedTuple):
    """What there is.

    differs: client flags asked for and not in force, or in force and not asked for, on a mount that answers.
    outdated: whether a container serves a mount that answers, and one of another image shall take over.
    """

    observed: Observed
    differs: tuple[str, ...] = ()
    outdated: bool = False


def observe(spec: MountSpec, node: Node, mounter: Mounter, *, renew: bool, wait: bool) -> Found:
    """Look at the mount point. Raises MountError where something else is there.

    renew: whether a mount shall be made anew whatever is there. wait: whether a client that lives and does not answer gets its patience.
    """
    observed = inspect(spec.path, node.host)
    refuse_others(spec, observed, contained=mounter.contained)
    if not renew:
        observed = judge(observed, spec.servers, node)
    # One that has answered may have fallen silent while its servers were asked.
    if wait and not (renew and not used(observed, node.host)):
        observed = wait_for(observed, min(spec.patience, spec.timeout_total - spec.timeout_try), node.host)
    return Found(observed, _differs(spec, observed), observed.answers and mounter.outdated())


def judge(observed: Observed, servers: Sequence[Server], node: Node) -> Observed:
    """The same, or what is there later, with the state STALE where that is so, see session.py."""
    return session.judge((observed,), lambda path: inspect(path, node.host), node, servers=servers)[0]


def _differs(spec: MountSpec, observed: Observed) -> tuple[str, ...]:
    """Client flags in which the running client and the options of ``spec`` differ."""
    if not observed.answers or not observed.client:
        return ()
    asked = {flag for flag in spec.options.flags if not flag.startswith("--log-file=")}
    if not client_address.asked_family(asked):
        # Which one it was told to use depends on who answered when it was started.
        asked |= client_address.family_flags(observed.client.flags)
    return tuple(sorted(options.told_of(observed.client.flags, asked) ^ asked))
