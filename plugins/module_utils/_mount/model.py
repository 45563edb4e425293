# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the parts of the failover mount hand to each other: what shall be mounted, the host it is done on, and how it ended."""

from __future__ import annotations

import os
import random
import socket
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Callable, Container, ContextManager, NamedTuple, Protocol, Sequence

from .._gluster import client
from .._gluster.attempt import Attempt
from .._gluster.network import Network
from .._gluster.options import Options
from .._gluster.server import Server
from .._host import beside, files, fusectl, lock, mount_beneath, mountinfo, systemd, tcp
from .._host import immutable as guard
from .._host.clock import Clock
from .._host.fusectl import Connections
from .._host.immutable import Guard
from .._host.plain import plain, plain_lines
from .._host.process import Completed, Run, run
from .._host.stuck import Stuck
from . import in_use
from .state import Observed, volume_path

COVER = "x-failover.cover"
"""The mount option that asks for a new mount on top of one that has died, see overmount.py; the client does not see it."""


def nothing() -> None:
    """Do nothing."""


def ignore(_attempt: Attempt) -> None:
    """Tell nobody."""


class MountError(Exception):
    """No mount came to be, or one could not be taken away. The text is the whole story for a person."""

    def __init__(self, message: str, attempts: Sequence[Attempt] = ()) -> None:
        super().__init__(plain_lines(message))
        self.attempts = tuple(attempts)


class LinkRefused(MountError):
    """A path leads through a symbolic link that nothing is mounted through."""


class MountSpec(NamedTuple):
    """What shall be mounted where, and how long that may take (seconds).

    guard: whether to make the bare directory immutable, so that nothing is written there while nothing is mounted.
    seal: whether to make the directory above immutable too, where it holds nothing but the mount point: for one that others can write to, as a pod that
    sees it.
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

    @property
    def volume_path(self) -> str:
        """The volume and its directory, as in web/sub."""
        return volume_path(self.volume, self.subdir)


class Made(NamedTuple):
    """A proven mount.

    attempts: every try. warnings: what a person should know of it, as who has lost what by it. guard: of the bare directory below; None if not looked at.
    """

    observed: Observed
    attempts: tuple[Attempt, ...] = ()
    warnings: tuple[str, ...] = ()
    guard: Guard | None = None


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


@dataclass
class Node(Network):
    """The machine worked on: its clock, chance and processes, and its network, all of which tests replace.

    connections: the FUSE connections that the kernel lists. block: the folder of block devices.
    beside: runs a function in a thread while something else is done. tcp_connections: of the process of this number. unheard: those to a
    port by which nothing has come. destroy_connection: ends one.
    commit: called when what has been begun is going to be finished and not undone any more, whatever signal comes.
    on_attempt: called with each try as soon as it has ended.
    systemd: whether the client gets a scope of its own, since it would end with whatever started it.
    unread: what of the kernel's tables could not be read and was passed over, for a warning.
    commands: those that change something, as they were run. changed: whether a run that failed has left anything changed.
    """

    clock: Clock = field(default_factory=Clock)
    rng: random.Random = field(default_factory=random.SystemRandom)
    run: Run = run
    kill: Callable[[int, int], None] = os.kill
    program: Callable[[str], str | None] = client.program
    resolve: Callable[..., Sequence[tuple[Any, ...]]] = socket.getaddrinfo
    read_guard: Callable[[str], Guard] = guard.read_guard
    set_guard: Callable[[str], Guard] = guard.set_guard
    seal: Callable[[str], Guard] = guard.seal
    clear_guard: Callable[[str], None] = guard.clear_guard
    connections: Callable[[], Connections] = fusectl.listed
    block: str = in_use.BLOCK
    put_beneath: Callable[[str, str], bool] = mount_beneath.put
    unused: Callable[[str], bool] = mount_beneath.unused
    beside: Callable[..., ContextManager[Future[Any]]] = beside.beside
    tcp_connections: Callable[[int], Sequence[tcp.Connection]] = tcp.of_process
    unheard: Callable[[int], Container[int]] = tcp.unheard
    destroy_connection: Callable[[tcp.Connection], None] = tcp.destroy
    commit: Callable[[], None] = nothing
    on_attempt: Callable[[Attempt], None] = ignore
    proc: str = "/proc"
    lock_directory: str = lock.DIRECTORY
    systemd: bool = field(default_factory=systemd.running)
    commands: list[str] = field(default_factory=list)
    changed: bool = False
    unread: set[str] = field(default_factory=set)

    @property
    def stuck(self) -> Stuck:
        """Who hangs on a mount and was given up."""
        return Stuck(self.lock_directory, self.proc)

    def do(self, argv: Sequence[str], timeout: float) -> Completed:
        """Run a command that changes something, and remember it for the report."""
        self.commands.append(" ".join(argv))
        return self.run(argv, timeout)

    def mounts(self, process: str = "self") -> tuple[mountinfo.Mount, ...]:
        """What is mounted, as this or another process sees it."""
        table = f"{self.proc}/{process}/mountinfo"
        return mountinfo.parse(
            files.read_text(table), lambda line: self.unread.add(f"{table} has a line that is none: {plain(line)}")
        )


class Report(NamedTuple):
    """How a mount point came to its state.

    changed: whether anything was mounted or taken away.
    healed: whether a dead or hung mount was replaced.
    server: the glusterd that the client is really connected to, as the user named it where it is one of those; None if nothing is mounted.
    differs: client flags asked for and not in force, or in force and not asked for, on a mount that was left alone.
    guard: whether the directory below is guarded; None if that was not looked at.
    """

    observed: Observed
    changed: bool
    healed: bool = False
    server: str | None = None
    attempts: tuple[Attempt, ...] = ()
    differs: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    guard: Guard | None = None
