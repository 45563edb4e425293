# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""This machine as a mount needs it: all that is asked of it and done to it goes by one of these ports."""

from __future__ import annotations

import os
import random
import socket
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Callable, Container, ContextManager, Sequence

from .._host import beside, files, fusectl, immutable, lock, mount_beneath, mountinfo, process, systemd, tcp
from .._host.clock import Clock
from .._host.fusectl import Connections
from .._host.immutable import Guard
from .._host.plain import plain
from .._host.stuck import Stuck
from .._host.units import Units
from . import in_use


def _forget(_text: str) -> None:
    """Nobody keeps it."""


@dataclass(frozen=True)
class Host:
    """The machine worked on: its clock, chance and processes, all of which tests replace.

    connections: the FUSE connections that the kernel lists. block: the folder of block devices.
    beside: runs a function in a thread while something else is done. tcp_connections: of the process of this number. unheard: those to a
    port by which nothing has come. destroy_connection: ends one.
    systemd: whether the client gets a scope of its own, since it would end with whatever started it.
    record: gets each command that changes something. on_unread: gets what of the kernel's tables could not be read and is passed over.
    """

    clock: Clock = field(default_factory=Clock)
    rng: random.Random = field(default_factory=random.SystemRandom)
    run: Callable[..., process.Completed] = process.run
    kill: Callable[[int, int], None] = os.kill
    program: Callable[[str], str | None] = process.program
    resolve: Callable[..., Sequence[tuple[Any, ...]]] = socket.getaddrinfo
    read_guard: Callable[[str], Guard] = immutable.read_guard
    set_guard: Callable[[str], Guard] = immutable.set_guard
    seal: Callable[[str], Guard] = immutable.seal
    clear_guard: Callable[[str], None] = immutable.clear_guard
    connections: Callable[[], Connections] = fusectl.listed
    block: str = in_use.BLOCK
    put_beneath: Callable[[str, str], bool] = mount_beneath.put
    unused: Callable[[str], bool] = mount_beneath.unused
    beside: Callable[..., ContextManager[Future[Any]]] = beside.beside
    tcp_connections: Callable[[int], Sequence[tcp.Connection]] = tcp.of_process
    unheard: Callable[[int], Container[int]] = tcp.unheard
    destroy_connection: Callable[[tcp.Connection], None] = tcp.destroy
    proc: str = "/proc"
    lock_directory: str = lock.DIRECTORY
    systemd: bool = field(default_factory=systemd.running)
    record: Callable[[str], None] = _forget
    on_unread: Callable[[str], None] = _forget

    @property
    def stuck(self) -> Stuck:
        """Who hangs on a mount and was given up."""
        return Stuck(self.lock_directory, self.proc)

    @property
    def units(self) -> Units | None:
        """The units of systemd; None on a host without."""
        return Units(self.run, self.do, self.clock) if self.systemd else None

    def do(self, argv: Sequence[str], timeout: float) -> process.Completed:
        """Run a command that changes something, and have it recorded."""
        self.record(" ".join(argv))
        return self.run(argv, timeout)

    def mounts(self, process_id: str = "self") -> tuple[mountinfo.Mount, ...]:
        """What is mounted, as this or another process sees it."""
        table = f"{self.proc}/{process_id}/mountinfo"
        return mountinfo.parse(
            files.read_text(table), lambda line: self.on_unread(f"{table} has a line that is none: {plain(line)}")
        )
