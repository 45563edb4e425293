# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mounts by the client of this host: round after round over the servers, until a mount is proven."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import Sequence

from .._gluster import client
from .._gluster import options as mount_options
from .._gluster.attempt import Attempt, Outcome, Step, format_attempts
from .._gluster.volfile import Volfile
from . import directory, staging, subdir
from .attempt_mount import Failed, Mounted, attempt
from .inspect import LOOK_SECONDS
from .model import Made, MountError, MountSpec, Node, ignore, nothing
from .select import Selected, arrange, select
from .state import Observed, State
from .unmount import detach, detach_owed, unmount

BACKOFF_SECONDS = 1.0
BACKOFF_MOST_SECONDS = 10.0


@dataclass(frozen=True)
class HostClient:
    """The mounter that starts the client of this host, see model.Mounter."""

    node: Node
    contained: bool = False

    def check(self, spec: MountSpec) -> None:
        if self.node.host.program(client.PROGRAM) is None:
            raise MountError(
                "no GlusterFS client on this node; install package glusterfs-client (Debian) or glusterfs-fuse (EL), or mount by via: container"
            )
        lack = client.lacks(spec.options.flags, self.node.host.run)
        if lack:
            raise MountError(f"{spec.path}: the client on this node does not have an option of opts: {lack}")

    def outdated(self) -> bool:
        return False

    def start(self, spec: MountSpec, observed: Observed, deadline: float, undo: ExitStack) -> Made:
        return make(spec, observed, self.node, deadline, undo)

    def runs(self) -> bool:
        return False

    def end(self) -> None:
        """A client ends with its mount."""


def make(spec: MountSpec, observed: Observed, node: Node, deadline: float, undo: ExitStack) -> Made:
    """Go round the servers until a mount is proven, the time is over, or no try can help; with a growing, random pause between the rounds.

    observed: what is mounted there, and goes as soon as a server serves the volume. deadline: when timeout_total is over, on the node's clock.
    undo: gets what takes the mount, its directories and its guard away again. Raises MountError with one line for each server.
    """
    attempts: tuple[Attempt, ...] = ()
    lost: tuple[str, ...] = ()
    guard = node.host.read_guard(spec.path)
    in_root = subdir.InRoot()
    longest_pause = BACKOFF_SECONDS
    while True:
        servers, asked = arrange(spec, node.host), len(attempts)
        while servers and node.host.clock.now() < deadline:
            selected = select(spec, servers, node, deadline)
            attempts += selected.attempts
            if selected.server is None:
                break
            if observed.mounted:
                lost += detach_owed(observed, node.host, insist=True)
                observed = Observed(State.ABSENT, spec.path)
            directory.make(spec.path, node.host, undo, attempts)
            guard = directory.guard(spec, guard, node.host, undo)
            began = node.host.clock.now()
            until = began + min(spec.timeout_try, max(deadline - began, 1.0))
            ended = attempt(spec, selected, node, until, undo)
            if isinstance(ended, Failed) and ended.refused_by is not None:
                looks = in_root.kind is subdir.Kind.UNKNOWN
                in_root = _look_in_root(spec, node, deadline) if looks else in_root
                ended = _explain(spec, ended, selected.volume, in_root, made_now=looks and in_root.made)
            attempts += _record(selected, ended, began, node)
            if isinstance(ended, Mounted):
                return Made(ended.observed, attempts, lost, guard, in_root.made)
            if ended.outcome is Outcome.FATAL:
                raise MountError(
                    f"volume {spec.volume_path} cannot be mounted on {spec.path}: {ended.detail}\n{format_attempts(attempts)}",
                    attempts,
                )
            if ended.outcome is Outcome.SUBDIR_MADE:
                continue
            servers = selected.rest
        _stop_if_nobody_serves(spec, attempts, attempts[asked:])
        # The last round comes when there is just time for it.
        left = deadline - node.host.clock.now()
        room = left - spec.timeout_probe
        if room <= 0:
            raise MountError(
                f"volume {spec.volume_path} could not be mounted on {spec.path} "
                f"in {spec.timeout_total - left:.0f} s (timeout_total is {spec.timeout_total:g} s):\n{format_attempts(attempts)}",
                attempts,
            )
        node.host.clock.sleep(min(node.host.rng.uniform(0, longest_pause), room))
        longest_pause = min(2 * longest_pause, BACKOFF_MOST_SECONDS)


def make_aside(spec: MountSpec, node: Node, timeout: float) -> Made:
    """Mount ``spec`` at a staging path, where what a run that was cut off has left is taken away before, within ``timeout`` seconds for a lock.

    Raises MountError; then nothing is left there.
    """
    unmount(spec.path, node, timeout=timeout)
    HostClient(node).check(spec)
    deadline = node.host.clock.now() + spec.timeout_total
    with ExitStack() as undo:
        made = make(spec, Observed(State.ABSENT, spec.path), node, deadline, undo)
        node.run.commit()
        undo.pop_all()
    return made


def _record(selected: Selected, ended: Mounted | Failed, began: float, node: Node) -> tuple[Attempt, ...]:
    """The attempt of a client, and what it was disconnected from before; told."""
    seconds = node.host.clock.now() - began
    if isinstance(ended, Mounted):
        done = Attempt(selected.server, Step.PROVE, Outcome.OK, seconds)
    else:
        detail = ended.detail
        if ended.outcome in (Outcome.TIMEOUT, Outcome.UNPROVEN) and selected.silent_bricks:
            detail += f"; before that nothing could be learnt of {selected.silent_bricks}"
        done = Attempt(selected.server, ended.step, ended.outcome, seconds, detail)
    for entry in (*ended.disconnected, done):
        node.run.on_attempt(entry)
    return (*ended.disconnected, done)


def _stop_if_nobody_serves(spec: MountSpec, attempts: Sequence[Attempt], newest: Sequence[Attempt]) -> None:
    """A volume that every server denies will not come by waiting. newest: the attempts of one round."""
    deny = {attempt.server for attempt in newest if attempt.outcome is Outcome.NO_VOLUME}
    if deny.issuperset(spec.servers):
        raise MountError(
            f"no server has a volume {spec.volume}; nothing was mounted:\n{format_attempts(attempts)}", attempts
        )


# -- a subdirectory that a brick does not find -------------------------------------------------------------------------


def _explain(
    spec: MountSpec, refused: Failed, volume: Volfile | None, in_root: subdir.InRoot, *, made_now: bool
) -> Failed:
    """What it means that bricks do not find the subdirectory, by what the volume has of that name."""
    kind, why = in_root.kind, in_root.why
    if made_now:
        return refused._replace(outcome=Outcome.SUBDIR_MADE, detail=f"the volume had no {spec.subdir}, so it was made")
    named = [str(brick) for brick in (volume.bricks if volume else ()) if brick.name in (refused.refused_by or ())]
    bricks_lacking = ", ".join(named) or "a brick"
    if kind is subdir.Kind.DIRECTORY:
        detail = f"{bricks_lacking} lacks {spec.subdir}, which the volume has, until it is healed"
        return refused._replace(outcome=Outcome.CLIENT_FAILED, detail=detail)
    if kind is subdir.Kind.UNKNOWN:
        detail = f"{refused.detail} by {bricks_lacking}, and whether the volume has it could not be told: {why}"
        return refused._replace(outcome=Outcome.CLIENT_FAILED, detail=detail)
    detail = f"{spec.subdir} is no directory"
    if kind is subdir.Kind.MISSING:
        detail = why or f"{refused.detail}; make it in the volume, or have it made by subdir_create"
    return refused._replace(outcome=Outcome.FATAL, detail=detail)


def _look_in_root(spec: MountSpec, node: Node, deadline: float) -> subdir.InRoot:
    """What the volume has by the name of the subdirectory: its root is mounted for a moment. One that is missing is made there where that is wanted."""
    quiet = node.with_run(on_attempt=ignore, commit=nothing)
    path = ""
    try:
        left = deadline - node.host.clock.now()
        root = subdir.root_spec(spec, quiet.host, max(1.0, min(spec.timeout_try, left)))
        path = root.path
        options = staging.staging_spec(root, quiet.host).options
        if spec.new_subdir is not None:
            options = mount_options.parse([option for option in options.given if option != "ro"])
        made = make_aside(root._replace(options=options, guard=False, seal=False), quiet, spec.timeout_probe)
        kind = subdir.kind_of(path, spec.subdir, LOOK_SECONDS, quiet.host.run)
        found = subdir.InRoot(kind, "looking at it in the volume's root failed" if kind is subdir.Kind.UNKNOWN else "")
        if kind is subdir.Kind.MISSING and spec.new_subdir is not None:
            found = subdir.make(path, spec.subdir, spec.new_subdir, LOOK_SECONDS, quiet.host.run)
        detach(made.observed, quiet.host)
        return found
    except (MountError, OSError) as error:
        return subdir.InRoot(why=str(error).partition("\n")[0])
    finally:
        if path:
            staging.drop_staging(path, quiet.host)
