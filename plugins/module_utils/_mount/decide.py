# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of a mount point for which a mount is asked, by what is there. Nothing is asked or done here."""

from __future__ import annotations

from typing import NamedTuple, Union

from .model import MountError, MountSpec
from .state import Observed, volume_path


class Keep(NamedTuple):
    """The mount that is there stays."""


class Exchange(NamedTuple):
    """A new mount takes the place of one that is stale, where nobody uses it."""


class Reconnect(NamedTuple):
    """The client of one that is stale loses its connection to a frozen glusterd, and goes on to the next; its mount stays."""


class Overmount(NamedTuple):
    """A new mount goes on top of one that is broken."""


class Replace(NamedTuple):
    """What is mounted there goes, if anything is, and a new mount is made.

    spares_users: whether that is refused while somebody uses it.
    """

    spares_users: bool


Decision = Union[Keep, Exchange, Reconnect, Overmount, Replace]


def decide(
    spec: MountSpec,
    observed: Observed,
    *,
    differs: bool,
    outdated: bool,
    renew: bool,
    refresh: bool,
    contained: bool,
) -> Decision:
    """What to do where ``observed`` is and ``spec`` is wanted.

    differs: whether the options in force are others. outdated: whether a new container shall take over from the one that serves the mount.
    renew, refresh: see mount. contained: whether a container shall mount.
    """
    reconnects = bool(observed.stale and observed.stale.others)
    old = differs or (observed.stale and contained and not reconnects) or (observed.client and observed.client.outdated)
    if observed.answers and not outdated and not renew and not (refresh and old):
        if reconnects:
            return Reconnect()
        return Exchange() if observed.stale and not contained else Keep()
    if observed.broken and spec.cover and not contained:
        return Overmount()
    return Replace(spares_users=observed.answers and not outdated)


def refuse_others(spec: MountSpec, observed: Observed, *, contained: bool) -> None:
    """Raises MountError where something else is mounted, or by another kind of client than shall mount. contained: whether a container shall."""
    if observed.stranger():
        raise MountError(f"{spec.path}: something else is mounted there: {observed.stranger()}; unmount it first")
    mounted = volume_path(observed.volume, observed.subdir)
    if observed.mounted and mounted != spec.volume_path:
        raise MountError(
            f"{spec.path}: something else is mounted there: volume {mounted}, not {spec.volume_path}; unmount it first"
        )
    if observed.client and observed.client.contained is not contained:
        by = "a container" if observed.client.contained else "a client of this host"
        raise MountError(
            f"{spec.path} is mounted by {by} (process {observed.client.pid}); unmount it first, or leave it there by via: "
            + ("container" if observed.client.contained else "host")
        )
