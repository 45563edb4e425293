# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the parts of the failover mount hand to each other: what shall be mounted, what it is done on, and how it ended."""

from __future__ import annotations

import functools
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any, Callable, NamedTuple, Protocol, Sequence

from .._gluster.attempt import Attempt
from .._gluster.network import Network
from .._gluster.options import Options
from .._gluster.server import Server
from .._host.immutable import Guard
from .._host.plain import plain_lines
from .._host.strand import Strand
from .host import Host
from .state import Observed, volume_path

COVER = "x-failover.cover"
"""The mount option that asks for a new mount on top of one that has died, see overmount.py; the client does not see it."""
GROUP = "x-failover.group"
"""The mount option that names the list of mounts which a mount belongs to; the client does not see it."""


def nothing() -> None:
    """Do nothing."""


def ignore(_attempt: Attempt) -> None:
    """Tell nobody."""


class MountError(Exception):
    """No mount came to be, or one could not be taken away. The text is the whole story for a person."""

    def __init__(self, message: str, attempts: Sequence[Attempt] = ()) -> None:
        super().__init__(plain_lines(message))
        self.attempts = tuple(attempts)


class InUse(MountError):
    """A mount is used by somebody, from whom it is not taken away."""


class LinkRefused(MountError):
    """A path leads through a symbolic link that nothing is mounted through."""


class NewDirectory(NamedTuple):
    """Whose a directory of a volume becomes that is made where it is missing, and its mode."""

    uid: int = 0
    gid: int = 0
    mode: int = 0o755


class MountSpec(NamedTuple):
    """What shall be mounted where, and how long that may take (seconds).

    guard: whether to make the bare directory immutable, so that nothing is written there while nothing is mounted.
    seal: whether to make the directory above immutable too, where it holds nothing but the mount point: for one that others can write to, as a pod that
    sees it.
    new_subdir: what ``subdir`` becomes where the volume has none, and it is to be made; None if it is to be there.
    cover: whether the mount, if it is to replace one that has died, goes on top of that.
    source: the source string the mount shows in mountinfo, so that mount -a and findmnt know it whichever server answered.
    patience: how long a client that lives, but gives no answer or reaches no brick, gets to answer again before it is replaced. Those who have files
    open there lose them with it, and when a brick's host falls silent, I/O stalls for 42 s, the default of network.ping-timeout, and up to 73 s
    were seen.
    """

    path: str
    volume: str
    subdir: str
    servers: tuple[Server, ...]
    source: str
    options: Options
    order: str = "random"
    prefer: tuple[Server, ...] = ()
    require: str = "writable"
    guard: bool = False
    cover: bool = False
    seal: bool = False
    timeout_probe: float = 3.0
    timeout_try: float = 30.0
    timeout_total: float = 120.0
    patience: float = 90.0
    new_subdir: NewDirectory | None = None

    @property
    def volume_path(self) -> str:
        """The volume and its directory, as in web/sub."""
        return volume_path(self.volume, self.subdir)


class Made(NamedTuple):
    """A proven mount.

    attempts: every try. warnings: what a person should know of it, as who has lost what by it. guard: of the bare directory below; None if not looked at.
    subdir_made: whether the subdirectory was made for it.
    """

    observed: Observed
    attempts: tuple[Attempt, ...] = ()
    warnings: tuple[str, ...] = ()
    guard: Guard | None = None
    subdir_made: bool = False


class Mounter(Protocol):
    """What makes the mount of one path: the client of this host (HostClient), or a container (ContainerMounter) that mounts by this same engine."""

    @property
    def contained(self) -> bool:
        """Whether the client runs in a container."""

    def check(self, spec: MountSpec) -> None:
        """Raises MountError where it cannot mount, as without its program or image, before anything is touched."""

    def outdated(self) -> bool:
        """Whether the container that serves the mount is of another image than wanted, and a new one shall take over from it."""

    def start(self, spec: MountSpec, observed: Observed, deadline: float, undo: ExitStack) -> Made:
        """Mount in the place of what is there, until ``deadline`` on the node's clock. undo: gets what takes the mount away again. Raises MountError."""

    def runs(self) -> bool:
        """Whether something of it runs, or tries to, that does not go with the mount itself."""

    def end(self) -> None:
        """End that, and let nothing start it again."""


@dataclass(frozen=True)
class Run:
    """One run, and who hears of it.

    commit: called when what has been begun is going to be finished and not undone any more, whatever signal comes.
    on_attempt: called with each try as soon as it has ended.
    commands: those that change something, as they were run. unread: what of the kernel's tables was passed over, for a warning.
    """

    commit: Callable[[], None] = nothing
    on_attempt: Callable[[Attempt], None] = ignore
    commands: list[str] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Node:
    """What a run works on: this machine, its servers, and the run itself."""

    host: Host
    network: Network
    run: Run

    @classmethod
    def here(cls, network: Network | None = None, **ports: Any) -> Node:
        """This machine. ports: of its host that are others than usual."""
        run = Run()
        return cls(Host(record=run.commands.append, on_unread=run.unread.add, **ports), network or Network(), run)

    def with_run(
        self, *, commit: Callable[[], None] | None = None, on_attempt: Callable[[Attempt], None] | None = None
    ) -> Node:
        """The same, with another commit or on_attempt."""
        run = replace(self.run, commit=commit or self.run.commit, on_attempt=on_attempt or self.run.on_attempt)
        return replace(self, run=run)

    def within(self, strand: Strand) -> Node:
        """The same for a strand, which waits by its own clock, commits by itself and has commands of its own."""
        run = replace(self.run, commit=strand.commit, commands=[])
        host = replace(
            self.host, clock=strand, run=functools.partial(self.host.run, clock=strand), record=run.commands.append
        )
        network = replace(self.network, tasks=functools.partial(self.network.tasks, strand))
        return Node(host, network, run)


class Report(NamedTuple):
    """How a mount point came to its state.

    changed: whether anything was mounted or taken away.
    healed: whether a dead or hung mount was replaced.
    server: the glusterd that the client is really connected to, as the user named it where it is one of those; None if nothing is mounted.
    differs: client flags asked for and not in force, or in force and not asked for, on a mount that was left alone.
    guard: whether the directory below is guarded; None if that was not looked at.
    subdir_made: whether the volume had no such subdirectory, and it was made.
    """

    observed: Observed
    changed: bool
    healed: bool = False
    server: str | None = None
    attempts: tuple[Attempt, ...] = ()
    differs: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    guard: Guard | None = None
    subdir_made: bool = False
