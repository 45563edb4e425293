# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Healing: what fstab wants mounted, and is dead, hung or not there, is mounted again as soon as a server serves it.

Two things are left alone: a client that lives and may answer again by itself, for as long as patience lasts, since those who have files open there
lose them with it; and what somebody has unmounted. A client that answers and is stale is exchanged where nobody uses its mount, and else its users are
named. One that is connected to a frozen glusterd loses that connection first, and goes on to another server with all that is open there.
"""

from __future__ import annotations

import functools
from typing import Any, Iterator, Mapping, NamedTuple, Sequence

from .._gluster import attempt
from .._host import fstab, systemd
from .._host.signals import Interrupted
from .._host.strand import GivenUp, Job, Strand, Strands
from .._mount import inspect, model, pending, proof, unmount
from .._mount.exchange import exchange
from .._mount.helper_entry import Request
from .._mount.mount import mount
from .._mount.observe import judge
from .._mount.reconnect import reconnect
from .._mount.select import rehearse
from .._mount.state import Observed, Stale, State, short_of_writable

PATIENCE_SECONDS = 120.0
"""How long a client that lives gets to answer again. When a brick's host falls silent, I/O stalls for 42 s, the default of network.ping-timeout; 73 s
were seen where a host was paused."""

_LOCK_SECONDS = 1.0
_START_MORE_SECONDS = 30.0
_LOOKS_SECONDS = 60.0
"""More than all looks at one mount take together: where the path lies, what is there, and once more. So do those of as many as are made at once."""


class Healed(NamedTuple):
    """What became of one mount point.

    before, after: its states. started: units that waited for it. why: why it is not mounted, or still stale, though it should be, "" if all is well.
    lost: lines that say who has lost what by that, or keeps an old client. stale: what was wrong with its client, where that was it.
    """

    path: str
    before: State
    after: State
    started: tuple[str, ...] = ()
    why: str = ""
    lost: tuple[str, ...] = ()
    stale: Stale | None = None


class Healer(NamedTuple):
    """One run.

    patience: seconds, see PATIENCE_SECONDS.
    insist: whether somebody asks for these mounts, who so gets also those that fstab does not mount at boot, and those that somebody has unmounted.
    """

    node: model.Node
    patience: float = PATIENCE_SECONDS
    insist: bool = False

    def heal(self, requests: Sequence[Request], strands: Strands) -> Iterator[Healed | Exception]:
        """Mount again each of these that needs it and that a server would serve, in the order in which that gets known; nothing is detached before.

        Each is a strand, so that all of them take as long as the slowest one; what lies on another one comes after it, since it goes and comes with that.
        The exceptions are MountError, where another run is at work on a mount point or where it can neither be looked at nor detached, and OSError.
        Raises Interrupted at last where this process was asked to end.
        """
        paths = [request.spec.path for request in requests]
        looks = _LOOKS_SECONDS * (1 + len(requests) // proof.AT_ONCE)
        jobs = [
            Job(
                request.spec.path,
                functools.partial(self.heal_one, request),
                tuple(path for path in paths if fstab.is_below(request.spec.path, path)),
                self.patience
                + 4 * request.spec.timeout_probe
                + looks
                + 2 * request.spec.timeout_total
                + _START_MORE_SECONDS,
            )
            for request in requests
        ]
        interrupted = None
        for path, healed in strands.each(jobs):
            if isinstance(healed, GivenUp):
                yield model.MountError(f"{path}: healing it did not end in time")
            elif isinstance(healed, Interrupted):
                interrupted = healed
            elif not isinstance(healed, (Healed, model.MountError, OSError, ValueError)):
                raise healed
            else:
                yield healed
        if interrupted:
            raise interrupted

    def heal_one(self, request: Request, strand: Strand, _results: Mapping[str, Any]) -> Healed:
        """Heal one mount, as a strand."""
        healer = self._replace(node=self.node.within(strand))
        healed = healer.examine(request)
        return healed if healed.why else healer.treat(request, healed)

    def examine(self, request: Request) -> Healed:
        """What is at the mount point, and why that is left as it is, if so. Changes nothing."""
        path = inspect.locate(request.spec.path, self.node.host)
        with unmount.locked(path, _LOCK_SECONDS, self.node.host):
            observed = inspect.inspect(path, self.node.host)
        if observed.answers:
            observed = judge(observed, request.spec.servers, self.node)
        healed = Healed(path, observed.state, observed.state, stale=observed.stale)
        if observed.answers or self.unwanted(request, observed):
            return healed
        if observed.stranger():
            return healed._replace(why=f"something else is mounted there: {observed.stranger()}")
        if self.was_unmounted(path, observed):
            return healed._replace(
                why=f"somebody has unmounted it, so it is left so; gluster-failover heal {path} mounts it"
            )
        why = self.unserved(request.spec._replace(path=path))
        if why:
            return healed._replace(why=why)
        return healed._replace(after=inspect.wait_for(observed, self.patience, self.node.host).state)

    def unserved(self, spec: model.MountSpec) -> str:
        """Why a mount that is taken away now would not be made again; "" if a server serves it."""
        selected = rehearse(spec, self.node)
        if selected.server:
            return ""
        return f"no server serves it now, so it is left as it is:\n{attempt.format_attempts(selected.attempts)}"

    def unwanted(self, request: Request, observed: Observed) -> bool:
        """Whether it is not mounted, and not meant to be."""
        return observed.state is State.ABSENT and not self.insist and (request.automount or not request.boot)

    def was_unmounted(self, path: str, observed: Observed) -> bool:
        """Whether somebody has taken the mount away, and not in order to make it again."""
        unit, units = systemd.unit_of(path), self.node.host.units
        if (
            self.insist
            or units is None
            or observed.state is not State.ABSENT
            or pending.is_marked(path, self.node.host.lock_directory)
        ):
            return False
        return bool(unit and units.was_ended(unit))

    def treat(self, request: Request, healed: Healed) -> Healed:
        """Mount it again if it needs that, and start what waits for it."""
        if healed.stale:
            return self.renew(request.spec._replace(path=healed.path), healed)
        why = ""
        lost: tuple[str, ...] = ()
        observed = Observed(healed.after, healed.path)
        if not observed.answers and not self.unwanted(request, observed):
            spec = request.spec._replace(path=healed.path, patience=0.0)
            if spec.cover and observed.mounted:
                why, lost = self.mount_directly(spec)
            else:
                # The servers were asked before it got patience, and other mounts their treatment.
                why = self.unserved(spec) if observed.mounted else ""
                missing, lost = (False, ()) if why else self.take_away(healed.path)
                if missing:
                    why, more = self.mount(spec)
                    lost += more
            healed = healed._replace(lost=lost)
            observed = inspect.inspect(healed.path, self.node.host)
        if not observed.answers:
            return healed._replace(after=observed.state, why=why)
        pending.clear(healed.path, self.node.host.lock_directory)
        unit, units = systemd.unit_of(healed.path), self.node.host.units
        started = units.start_waiting(unit) if units and unit else ()
        return healed._replace(after=observed.state, started=started)

    def renew(self, spec: model.MountSpec, healed: Healed) -> Healed:
        """Exchange a mount whose client is stale, if nobody uses it."""
        stale = f"{healed.stale.detail}; " if healed.stale else ""
        with unmount.locked(healed.path, _LOCK_SECONDS, self.node.host):
            observed = inspect.inspect(healed.path, self.node.host)._replace(stale=healed.stale)
            if not observed.answers or not observed.client:
                return healed._replace(
                    after=observed.state, why="" if observed.answers else f"{stale}and now it does not answer"
                )
            done = reconnect(observed, spec.servers, self.node)
            if done and not done.observed.stale:
                return healed._replace(after=done.observed.state, lost=(done.attempt.detail,))
            if observed.client.contained:
                return healed._replace(why=f"{stale}a container mounts it, and has to be started anew")
            why = self.unserved(spec)
            if not why:
                deadline = self.node.host.clock.now() + spec.timeout_total
                try:
                    made = exchange(spec, observed, self.node, deadline)
                    lost = (*short_of_writable(made.observed), *made.warnings)
                    return healed._replace(after=made.observed.state, lost=lost)
                except model.MountError as error:
                    why = str(error)
        return healed._replace(why=f"{stale}{why}")

    def take_away(self, path: str) -> tuple[bool, tuple[str, ...]]:
        """Detach what still does not answer; whether there is something to mount then, and who has lost what by that."""
        lost: tuple[str, ...] = ()
        with unmount.locked(path, _LOCK_SECONDS, self.node.host):
            observed = inspect.inspect(path, self.node.host)
            if observed.mounted and not observed.answers:
                pending.mark(path, self.node.host.mounts(), self.node.host.lock_directory)
                lost = unmount.detach(observed, self.node.host)
        return not observed.answers, lost

    def mount(self, spec: model.MountSpec) -> tuple[str, tuple[str, ...]]:
        """Mount it by its unit, so that the client gets a home that outlives this process and services that need the mount keep running; directly
        where there is none. Why that failed, "" if it did not, and who has lost what by that."""
        unit, units = systemd.unit_of(spec.path), self.node.host.units
        if units and unit and units.knows(unit):
            done = units.start(unit, spec.timeout_total + _START_MORE_SECONDS)
            return "" if done.ok else f"{done.why()} (journalctl -u {unit} tells every try)", ()
        return self.mount_directly(spec)

    def mount_directly(self, spec: model.MountSpec) -> tuple[str, tuple[str, ...]]:
        """Mount it by the engine, which covers a dead one where that is asked for; the .mount unit stays active then. Why that failed, "" if it did not,
        and who has lost what by that."""
        try:
            with mount(spec, self.node) as report:
                return "", report.warnings
        except model.MountError as error:
            return str(error), ()
