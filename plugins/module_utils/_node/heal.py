# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Healing: what fstab wants mounted, and is dead, hung or not there, is mounted again as soon as a server serves it."""

from __future__ import annotations

from typing import NamedTuple

from .._failover import mount as engine
from .._failover.live import State
from .._persist import systemd
from .cover import cover
from .request import Request
from .units import Units

_LOCK_SECONDS = 1.0
_START_MORE_SECONDS = 30.0


class Healed(NamedTuple):
    """What became of one mount point.

    before, after: its states. started: units that waited for it. why: why it is not mounted though it should be, "" if all is well.
    """

    path: str
    before: State
    after: State
    started: tuple[str, ...] = ()
    why: str = ""

    @property
    def changed(self) -> bool:
        return self.before is not self.after or bool(self.started)


def heal(request: Request, node: engine.Node, units: Units | None) -> Healed:
    """Mount again what ``request`` wants, if that is needed and a server would serve it; nothing is detached before that is known.

    units: None on a host without systemd. By its .mount unit the client gets a home that outlives this process, and services that need the mount
    keep running; a mount that covers a dead one leaves the unit as it is.
    Raises MountError where another run is at work on it, or where it can neither be looked at nor detached, and OSError.
    """
    path = engine.locate(request.wanted.path, node)
    wanted = request.wanted._replace(path=path)
    with engine.locked(path, _LOCK_SECONDS, node):
        live = engine.inspect(path, node)
        if live.state is State.FOREIGN and live.mount:
            return Healed(path, live.state, live.state, why=f"something else is mounted there: {live.mount.describe()}")
        if live.state is State.ABSENT and (request.automount or not request.boot):
            return Healed(path, live.state, live.state)
        if not live.answers:
            _order, server, attempts = engine.rehearse(wanted, node)
            if server is None:
                why = f"no server serves it now, so it is left as it is:\n{engine.story(attempts)}"
                return Healed(path, live.state, live.state, why=why)
            if live.mounted and request.cover:
                cover(wanted, live, node)
                after = engine.inspect(path, node)
                return Healed(
                    path, live.state, after.state, why="" if after.answers else "the new mount does not answer"
                )
            if live.mounted:
                engine.detach(live, node)
    why, after = "", live
    if not live.answers:
        why = _mount(wanted, node, units)
        after = engine.inspect(path, node)
    started = units.start_waiting(systemd.mount_unit(path)) if units and after.answers else ()
    return Healed(path, live.state, after.state, started, "" if after.answers else why)


def _mount(wanted: engine.Wanted, node: engine.Node, units: Units | None) -> str:
    """Mount it by its unit, or without one; why that failed, "" if it did not."""
    if units:
        unit = systemd.mount_unit(wanted.path)
        if units.knows(unit):
            done = units.start(unit, wanted.timeout_total + _START_MORE_SECONDS)
            return "" if done.ok else f"{done.why()} (journalctl -u {unit} tells every try)"
    try:
        engine.mount(wanted, node)
    except engine.MountError as error:
        return str(error)
    return ""
