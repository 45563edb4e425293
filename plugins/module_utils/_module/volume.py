# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The volume module: the volume made the wanted one, and what is reported of it."""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple

from .._cluster import (
    option_rules,
    rebalance,
    silence,
    store,
    unfinished,
    volume_apply,
    volume_observe,
    volume_plan,
    volume_preflight,
    volume_steps,
)
from .._cluster import volume as volumes
from .._cluster.cli import Cli, Refused
from .._cluster.rebalance import Earlier
from .._cluster.volume import Volume
from .._cluster.volume_apply import Limits
from .._cluster.volume_arguments import Arguments
from .._host.local_host import LocalHost

MOST_OVERTAKEN = 5
"""How often a run is planned anew since another one was quicker. Each time the volume is further on its way to what both want."""


class Result(NamedTuple):
    """What the module reports."""

    changed: bool
    values: dict[str, Any]
    before: str
    after: str


def ensure(wanted: Arguments, cli: Cli, host: LocalHost, *, check_mode: bool) -> Result:
    """Make the volume the wanted one.

    Another run may be at the same on another member, as where a task lacks run_once: what gluster refuses since that one was quicker is planned anew.
    Raises ValueError before anything is touched, ClusterError where gluster refuses or a wait is over.
    """
    tries, accepted = 0, cli.accepted
    while True:
        every = store.read(cli, host)
        # What a try before this one has changed counts too.
        changed = cli.accepted > accepted
        try:
            result = _ensure(wanted, every, cli, host, check_mode=check_mode)
        except (Refused, ValueError):
            tries += 1
            if tries == MOST_OVERTAKEN or store.read(cli, host).get(wanted.name) == every.get(wanted.name):
                raise
        else:
            return result._replace(changed=result.changed or changed)


def _ensure(wanted: Arguments, every: Mapping[str, Volume], cli: Cli, host: LocalHost, *, check_mode: bool) -> Result:
    """One try. every: the volumes of the pool by name."""
    volume = every.get(wanted.name)
    pool = None
    if wanted.state != "absent" and volume_observe.names_new_bricks(wanted, volume):
        pool = silence.answering(cli)
        wanted = volume_observe.identified(wanted, volume, pool, host)
    wanted = wanted._replace(options=option_rules.offered(cli, wanted.options, volume.options if volume else {}))
    if wanted.rebalance or wanted.reset:
        pool = pool or silence.answering(cli)
    earlier = rebalance.earlier(cli, volume) if wanted.rebalance and volume else Earlier.ENDED
    offline = volume_observe.offline(cli, volume) if wanted.reset else frozenset()
    steps = volume_plan.plan(wanted, volume, offline, earlier)
    changes = bool(volume_steps.describe(steps))
    if changes:
        pool = pool or silence.answering(cli)
        findings = volume_preflight.check(steps, volume, every, pool, cli, host, wanted.timeout_heal)
        steps = volume_plan.arranged(steps, volume, findings.offline, findings.removal) if volume else steps
    current, migrated = volume, {}
    if not check_mode:
        limits = Limits(wanted.timeout, wanted.timeout_heal, wanted.timeout_migrate)
        migrated = volume_apply.apply(steps, unfinished.words(volume), cli, host, limits)
        current = store.read(cli, host).get(wanted.name) if changes else volume
    return Result(
        changed=changes,
        values={
            "volume": volumes.describe(current) if current else None,
            "steps": volume_steps.describe(steps),
            "migrated": migrated,
            "commands": list(cli.commands),
        },
        before=_text(volume),
        after=_text(volume_steps.after(volume, steps) if check_mode else current),
    )


def _text(volume: Volume | None) -> str:
    """A volume as the lines of a difference."""
    if not volume:
        return ""
    lines = [f"status: {volume.status}", f"shape: {volume.shape}", *(f"brick: {brick}" for brick in volume.bricks)]
    return "\n".join([*lines, *(f"{name}: {value}" for name, value in sorted(volume.options.items()))]) + "\n"
