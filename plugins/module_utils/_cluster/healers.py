# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The self-heal daemons of a volume: whether they are on and run, and how they are called while somebody waits for a heal."""

from __future__ import annotations

from typing import Collection, Mapping

from . import options
from . import volume as volumes
from .cli import Cli, ClusterError, Element, Hopeless
from .volume import Brick, Shape, Volume

CALL_SECONDS = 10.0
"""How often they are called. Of themselves they look only when a brick comes up and every cluster.heal-timeout, 600 s."""

AWAY_SECONDS = 60.0
"""How long a daemon may be down. glusterd restarts daemons within seconds when the volume changes."""


def switch(shape: Shape) -> str:
    """The option that turns the daemons on and off. cluster.data-self-heal and its like stop clients from healing, and not the daemons (seen on 10.3)."""
    return "cluster.disperse-self-heal-daemon" if shape.disperse else "cluster.self-heal-daemon"


def off(shape: Shape, values: Mapping[str, str]) -> str:
    """Why the daemons do not heal a volume with these options; empty if they do."""
    name = switch(shape)
    value = values.get(name, "on")
    if options.same(value, "on"):
        return ""
    return f"its option {name} is {value}, by which the self-heal daemons leave it alone; set it to on"


def parse(root: Element) -> dict[str, bool]:
    """Parse the answer to ``volume status NAME shd``: whether the daemon runs, by the UUID of each host that answers."""
    nodes = root.iterfind("volStatus/volumes/volume/node")
    return {
        node.findtext("peerid") or "": (node.findtext("status") or "").strip() == "1"
        for node in nodes
        if node.findtext("hostname") == "Self-heal Daemon"
    }


def idle(cli: Cli, volume: str, bricks: Collection[Brick]) -> str:
    """On which hosts of ``bricks`` no daemon runs; empty where all run, and where gluster does not tell. A host that is down is left out."""
    try:
        running = parse(cli.read("volume", "status", volume, "shd"))
    except ClusterError:
        return ""
    hosts = sorted({brick.host for brick in bricks if running.get(brick.uuid) is False})
    if not hosts:
        return ""
    return f"no self-heal daemon runs on {', '.join(hosts)}; restarting glusterd there starts it: systemctl restart glusterd"


class Healers:
    """The daemons of a volume while somebody waits for the heal of ``bricks``. when: as it stands in messages, as in "after replace A by B".

    called: when they were called last. accepted: whether gluster has accepted a call. away: since when one of them does not run.
    """

    def __init__(self, cli: Cli, volume: str, bricks: Collection[Brick], when: str) -> None:
        self.cli = cli
        self.volume = volume
        self.bricks = bricks
        self.when = when
        self.called: float | None = None
        self.accepted = False
        self.away: float | None = None

    def call(self, *how: str) -> str:
        """Call them, unless they were called within CALL_SECONDS. how: "full" has them look at all files, and calls them in any case.

        Returns what keeps them from healing, empty if nothing is known. Raises Hopeless where they are off, or one has not run for AWAY_SECONDS.
        """
        now = self.cli.clock.now()
        if not how and self.called is not None and now - self.called < CALL_SECONDS:
            return ""
        self.called = now
        try:
            self.cli.read("volume", "heal", self.volume, *how)
        except ClusterError:
            # gluster refuses the call while a brick comes up, too.
            return self._why(now)
        self.accepted, self.away = True, None
        return ""

    def _why(self, now: float) -> str:
        try:
            current = volumes.read(self.cli).get(self.volume)
        except ClusterError:
            return ""
        never = off(current.shape, current.options) if current else ""
        why = "" if never or not current else idle(self.cli, self.volume, self._of(current))
        if why and self.away is None:
            self.away = now
        if not why:
            self.away = None
        elif self.away is not None and now - self.away >= AWAY_SECONDS:
            never = why
        if never:
            raise Hopeless(f"volume {self.volume} cannot heal {self.when}: {never}")
        return why

    def _of(self, current: Volume) -> list[Brick]:
        """Their bricks as the volume lists them, with the UUIDs of their hosts."""
        keys = {brick.key for brick in self.bricks}
        return [brick for brick in current.bricks if brick.key in keys]
