# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The self-heal daemons of a volume: whether they heal at all, and calling them while a heal is waited for."""

from __future__ import annotations

from typing import Collection, Mapping

from . import options
from . import volume as volumes
from .cli import Cli, ClusterError, Element, Hopeless
from .volume import Brick, Shape, Volume

CALL_SECONDS = 10.0
"""How often they are called: by themselves they look only when a brick comes up and every cluster.heal-timeout, 600 s."""

AWAY_SECONDS = 60.0
"""How long one that does not run is waited for. glusterd starts them anew within seconds where it does so, as when the volume changes."""


def switch(shape: Shape) -> str:
    """The option that turns them off. Those by which a client stops healing, cluster.data-self-heal and its like, do not stop them (seen on 10.3)."""
    return "cluster.disperse-self-heal-daemon" if shape.disperse else "cluster.self-heal-daemon"


def off(shape: Shape, values: Mapping[str, str]) -> str:
    """Why a volume with these options is not healed; empty if it is."""
    name = switch(shape)
    value = values.get(name, "on")
    if options.same(value, "on"):
        return ""
    return f"its option {name} is {value}, by which the self-heal daemons leave it alone; set it to on"


def parse(root: Element) -> dict[str, bool]:
    """The answer to ``volume status NAME shd``: by UUID of each host that answers whether its daemon runs."""
    nodes = root.iterfind("volStatus/volumes/volume/node")
    return {
        node.findtext("peerid") or "": (node.findtext("status") or "").strip() == "1"
        for node in nodes
        if node.findtext("hostname") == "Self-heal Daemon"
    }


def idle(cli: Cli, volume: str, bricks: Collection[Brick]) -> str:
    """On which hosts of ``bricks`` none runs; empty where all run, and where that cannot be asked. A host that is away is not told: its bricks are."""
    try:
        running = parse(cli.read("volume", "status", volume, "shd"))
    except ClusterError:
        return ""
    hosts = sorted({brick.host for brick in bricks if running.get(brick.uuid) is False})
    if not hosts:
        return ""
    return f"no self-heal daemon runs on {', '.join(hosts)}; restarting glusterd there starts it: systemctl restart glusterd"


class Healers:
    """Those of a volume while ``bricks`` wait to be healed. when: as it stands in a message, as in "after replace A by B".

    heard: whether a call has been taken.
    """

    def __init__(self, cli: Cli, volume: str, bricks: Collection[Brick], when: str) -> None:
        self.cli = cli
        self.volume = volume
        self.bricks = bricks
        self.when = when
        self.called: float | None = None
        self.heard = False
        self.away: float | None = None

    def call(self, *how: str) -> str:
        """Have them look, if they were not called within CALL_SECONDS. how: "full" where they shall look at everything, whenever they were called.

        What keeps them from it, empty if nothing is known. Raises Hopeless where they are turned off, or one has not run for AWAY_SECONDS.
        """
        now = self.cli.clock.now()
        if not how and self.called is not None and now - self.called < CALL_SECONDS:
            return ""
        self.called = now
        try:
            self.cli.read("volume", "heal", self.volume, *how)
        except ClusterError:
            # It fails while a brick is not up yet too; the next call may not.
            return self._why(now)
        self.heard, self.away = True, None
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
        """The bricks as the volume has them, with their hosts' UUIDs."""
        keys = {brick.key for brick in self.bricks}
        return [brick for brick in current.bricks if brick.key in keys]
