# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A mount that answers stays, once it is known to be the same cluster's and to meet the requirement."""

from __future__ import annotations

from typing import Sequence

from .._gluster.attempt import Attempt, format_attempts
from .._gluster.volfile import Volfile
from .host import Host
from .inspect import inspect, why_silent
from .model import Made, MountError, MountSpec, Node
from .select import arrange, ask
from .state import Observed, Stale, State, short_of_writable


def keep(spec: MountSpec, observed: Observed, node: Node, deadline: float, *, contained: bool, why_stale: str) -> Made:
    """What is there, with warnings; ``deadline`` is when its bricks have to be connected. Raises MountError.

    contained: whether a container mounts. why_stale: why one whose client is stale is not exchanged.
    """
    guard = node.host.read_guard(spec.path)
    warnings: list[str] = []
    race = ask(spec, arrange(spec, node.host), node, deadline)
    if race.winner is None or race.spec is None:
        warnings.append(f"{spec.path} is mounted and answers, but no server does:\n{format_attempts(race.attempts)}")
    elif observed.look and observed.look.volfile:
        _refuse_other_cluster(spec, race.spec.volfile, observed.look.volfile, race.attempts)
    stale = observed.stale
    observed = _await_bricks(spec, observed, node.host, deadline, race.attempts)
    warnings += short_of_writable(observed)
    if stale:
        observed = observed._replace(state=State.STALE, stale=stale)
        warnings.append(_stays_stale(spec, stale, contained, why_stale))
    node.run.commit()
    return Made(observed, race.attempts, tuple(warnings), guard)


def _stays_stale(spec: MountSpec, stale: Stale, contained: bool, why: str) -> str:
    """What is wrong with a client that stays though it is stale, and what a person can do about it."""
    text = f"{spec.path} is mounted, but {stale.detail}"
    if contained:
        return f"{text}; remount: true, in the role gluster_client_remount: true, has a new container take over from it"
    return f"{text}. It is mounted anew by the next run that can do so without taking it away from anybody: {why}"


def _refuse_other_cluster(spec: MountSpec, asked: Volfile, mounted: Volfile, attempts: Sequence[Attempt]) -> None:
    """A volume of the same name in another cluster has none of these bricks; a mount through a gfproxy shows none at all."""
    ours, theirs = ({(brick.host, brick.path) for brick in graph.bricks} for graph in (asked, mounted))
    if theirs and not ours & theirs:
        raise MountError(
            f"{spec.path}: volume {spec.volume} of another cluster is mounted there, with bricks on "
            f"{', '.join(sorted({host for host, _path in theirs}))}; unmount it first",
            attempts,
        )


def _await_bricks(
    spec: MountSpec, observed: Observed, host: Host, deadline: float, attempts: Sequence[Attempt]
) -> Observed:
    """Wait until the mounted volume has the bricks that are required. Raises MountError when time is over."""
    while observed.answers:
        short = observed.short_of(spec.require)
        if not short:
            return observed
        left = deadline - host.clock.now()
        if left <= 0:
            raise MountError(f"{spec.path} is mounted, but {short}\n{format_attempts(attempts)}", attempts)
        host.clock.sleep(min(1.0, left))
        observed = inspect(spec.path, host)
    raise MountError(f"{spec.path} stopped answering: {why_silent(observed)}\n{format_attempts(attempts)}", attempts)
