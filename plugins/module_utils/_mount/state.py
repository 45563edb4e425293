# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of a mount point: what is mounted there, whether it lives, and whose it is."""

from __future__ import annotations

import enum
from typing import Any, NamedTuple

from .._gluster.client import Client
from .._host.mountinfo import AUTOFS, Mount, parse_source
from .._host.plain import plain
from .proof import Look


class State(str, enum.Enum):
    """What a mount point is."""

    ABSENT = "absent"  # nothing is mounted (systemd's own autofs trigger counts as nothing)
    HEALTHY = "healthy"  # it answers and every brick is connected
    DEGRADED = "degraded"  # it answers, some bricks are not connected, every subvolume can be written; or what its bricks are cannot be told
    READ_ONLY = "read-only"  # it answers, a subvolume lacks the quorum of bricks to be written, or all of its bricks
    DEAD = "dead"  # the client is gone, or answers that it reaches no brick at all
    STALE = "stale"  # it answers, but its client does not hear what becomes of the volume or of a brick, see session.py
    HUNG = "hung"  # no answer within the time limit
    FOREIGN = "foreign"  # another file system
    BIND = "bind"  # a mount that is there elsewhere, or a directory of it, bound to this place; it has no verdict of its own


class Reason(str, enum.Enum):
    """Why a client does not hear from its servers."""

    DISCONNECTED = "disconnected"  # it has no connection to a glusterd that has the volume
    SILENT = "silent"  # the glusterd that it is connected to does not answer
    GRAPH = "graph"  # it has other bricks than the servers say
    BRICK = "brick"  # it does not come back to a brick that answers


class Stale(NamedTuple):
    """Why a client is stale.

    detail: one line for a person that says so. address: of the glusterd that it is connected to, where that does not answer.
    others: servers that do, and that come later in the client's list: it goes on to them when it loses that connection.
    """

    reason: Reason
    detail: str
    address: str = ""
    others: tuple[str, ...] = ()


class Observed(NamedTuple):
    """What was found at a mount point.

    mount: the kernel's entry, None if nothing is mounted.
    client: the process that serves the mount; a dead one has none.
    bind_of: of a bind, the mount point or directory that it shows, "" where that is not mounted any more.
    stale: why, where the state is STALE.
    why: what kept it from being looked at, "" if nothing did.
    """

    state: State
    path: str
    mount: Mount | None = None
    client: Client | None = None
    look: Look | None = None
    bind_of: str = ""
    stale: Stale | None = None
    why: str = ""

    @property
    def answers(self) -> bool:
        return self.state in (State.HEALTHY, State.DEGRADED, State.READ_ONLY, State.STALE)

    @property
    def broken(self) -> bool:
        """Whether a mount is there that does not answer."""
        return self.state in (State.DEAD, State.HUNG)

    @property
    def mounted(self) -> bool:
        """Whether a GlusterFS volume is mounted, alive or not. What a bind shows is mounted elsewhere."""
        return self.state not in (State.ABSENT, State.FOREIGN, State.BIND)

    def stranger(self) -> str:
        """What is mounted here and is no mount of ours, for a message; "" if nothing is, or one of ours."""
        if self.state is State.BIND and self.mount:
            return plain(f"a bind of {self.bind_of or f'a directory of {self.mount.source}'}")
        return self.mount.describe() if self.state is State.FOREIGN and self.mount else ""

    @property
    def volume(self) -> str:
        """The volume mounted, "" where it cannot be told."""
        return self._named()[0]

    @property
    def subdir(self) -> str:
        """The directory of the volume that is mounted, "" for its root."""
        return self._named()[1]

    def short_of(self, require: str) -> str:
        """Which bricks are not connected that ``require`` asks for, by subvolume; "" where none is missed or the mount does not tell."""
        graph = self.look.volfile if self.look else None
        up = self.look.up if self.look else frozenset()
        parts = []
        for subvolume in graph.missing(up, require) if graph else ():
            down = [f"{brick.host}:{brick.path}" for brick in subvolume.bricks if brick.name not in up]
            parts.append(f"{subvolume.name} is not connected to {', '.join(down)}")
        return "; ".join(parts)

    def as_result(self) -> dict[str, Any]:
        """The mount point as modules report it."""
        graph = self.look.volfile if self.look else None
        up = self.look.up if self.look else frozenset()
        return {
            "state": self.state.value,
            "volume": self.volume or None,
            "subdir": self.subdir or None,
            "bind_of": self.bind_of or None,
            "why": self.why or (self.look.odd if self.look else "") or None,
            "pid": self.client.pid if self.client else None,
            "outdated": bool(self.client and self.client.outdated),
            "stale": {"reason": self.stale.reason.value, "detail": self.stale.detail} if self.stale else None,
            "via": ("container" if self.client.contained else "host") if self.client else None,
            "bricks": [
                {"host": brick.host, "path": brick.path, "connected": brick.name in up}
                for brick in (graph.bricks if graph else ())
            ],
        }

    def _named(self) -> tuple[str, str]:
        """By the client's own arguments, or by the source string where no client lives to tell."""
        if self.client:
            return self.client.volume, self.client.subdir
        source = parse_source(self.mount.source) if self.mount else None
        return (source.volume, source.subdir) if source else ("", "")


def volume_path(volume: str, subdir: str) -> str:
    """A volume and its directory, as in web/sub."""
    return f"{volume}/{subdir}" if subdir else volume


def short_of_writable(observed: Observed) -> tuple[str, ...]:
    """A warning where what was required, and met, is less than that every file can be read and written."""
    if observed.look and observed.look.odd:
        return (f"{observed.path} is mounted, but {observed.look.odd}",)
    short = observed.short_of("writable")
    return (f"{observed.path} is mounted, but files are missing or cannot be written: {short}",) if short else ()


def classify(path: str, mount: Mount | None, client: Client | None, look: Look | None) -> Observed:
    """Tell the state of ``path`` from the kernel's entry and a look at it (None where nothing gluster is mounted)."""
    if mount is None or mount.fstype == AUTOFS:
        return Observed(State.ABSENT, path)
    if not mount.gluster or look is None:
        return Observed(State.FOREIGN, path, mount)
    return Observed(_state(look), path, mount, client, look)


def _state(look: Look) -> State:
    if look.hung:
        return State.HUNG
    if not look.answers:
        return State.DEAD
    if look.odd:
        return State.DEGRADED
    if look.volfile is None:
        return State.HEALTHY
    if not look.volfile.missing(look.up, "all"):
        return State.HEALTHY
    return State.READ_ONLY if look.volfile.missing(look.up, "writable") else State.DEGRADED
