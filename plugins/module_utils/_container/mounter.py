# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mounts by a container of this host, which picks, mounts and proves by the same engine; the mount is proven again from this host, which need not see it."""

from __future__ import annotations

import functools
from contextlib import ExitStack
from dataclasses import dataclass

from .._gluster import client
from .._gluster.attempt import Attempt, Outcome, Step, format_attempts
from .._mount import directory
from .._mount.attempt_mount import remove_traces, traces
from .._mount.inspect import inspect, why_silent
from .._mount.model import Made, MountError, MountSpec, Node
from .._mount.state import Observed, State
from .._mount.unmount import detach_owed, kept_alive, lost_by, used
from .containers import Containers
from .disconnect import disconnect_contained, merged


@dataclass(frozen=True)
class ContainerMounter:
    """The mounter that starts a container, see model.Mounter."""

    node: Node
    containers: Containers
    contained: bool = True

    def check(self, spec: MountSpec) -> None:
        self.containers.check()

    def outdated(self) -> bool:
        return self.containers.outdated()

    def start(self, spec: MountSpec, observed: Observed, deadline: float, undo: ExitStack) -> Made:
        node, before = self.node, observed
        guard = node.host.read_guard(spec.path)
        lost: tuple[str, ...] = ()
        if observed.answers and not self.containers.outdated():
            lost = detach_owed(observed, node.host, insist=True)
            observed = Observed(State.ABSENT, spec.path)
        uses = used(observed, node.host)
        if not observed.mounted:
            # A dead one, which the container takes away when it has a new one, gives no look at its directory.
            directory.make(spec.path, node.host, undo)
            guard = directory.guard(spec, guard, node.host, undo)
        traces_before = traces(spec.path, node.host)
        if observed.state is State.HUNG and observed.client:
            # It ends no more by itself, and its container with it, which would have to wait for a mount that hangs.
            client.end((observed.client,), node.host.clock, node.host.kill, node.host.proc)
        elif observed.state is State.DEAD:
            # Its container may have been started again by now.
            observed = inspect(spec.path, node.host)
            if observed.answers:
                return Made(observed, (), lost, guard)
        began = node.host.clock.now()
        disconnect = functools.partial(disconnect_contained, spec, traces_before.clients, node)
        with node.host.beside(disconnect) as disconnecting:
            started = self.containers.start(spec, max(deadline - began, 1.0))
        started = started._replace(attempts=merged(started.attempts, disconnecting.result()))
        for attempt in started.attempts:
            node.run.on_attempt(attempt)
        if started.why:
            raise MountError(started.why, started.attempts)
        undo.callback(self.containers.end)
        undo.callback(remove_traces, spec.path, traces_before, node.host)
        if uses:
            lost += kept_alive(before, uses) if before.answers else lost_by(before, uses)
        observed = inspect(spec.path, node.host)
        if observed.answers:
            return Made(observed, started.attempts, lost, guard)
        detail = f"the container has mounted it, but not as this host sees it: {why_silent(observed)}"
        unproven = Attempt(None, Step.PROVE, Outcome.UNPROVEN, node.host.clock.now() - began, detail)
        node.run.on_attempt(unproven)
        attempts = (*started.attempts, unproven)
        raise MountError(f"{spec.path} is not mounted on this host:\n{format_attempts(attempts)}", attempts)

    def runs(self) -> bool:
        return self.containers.runs()

    def end(self) -> None:
        self.containers.end()
