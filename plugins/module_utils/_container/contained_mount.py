# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One mount that a container makes on its host, from the staging folder that only the container sees to the host's mount point, and to its end."""

from __future__ import annotations

import contextlib
import os
import threading
from typing import Any, Callable, Iterator, NamedTuple

from .._gluster import client
from .._gluster import options as mount_options
from .._helper import exit_codes
from .._host import immutable, mountinfo, move_mount, walk
from .._host.process import program
from .._host.umount import umount
from .._mount import inspect, model
from .._mount.host import Host
from .._mount.mount import mount as mount_proven
from .._mount.state import Observed, State

_POLL_SECONDS = 0.2
_END_SECONDS = 10.0
_MOUNT_SECONDS = 30.0

Say = Callable[[str], None]


class Tools(NamedTuple):
    """What puts a mount into its place; tests replace it.

    move: see move_mount. set_guard, seal: see immutable. staging: the folder that only the container sees.
    """

    move: move_mount.Move = move_mount.move
    set_guard: Callable[[str], immutable.Guard] = immutable.set_guard
    seal: Callable[[str], immutable.Guard] = immutable.seal
    staging: str = client.STAGING


class Place(NamedTuple):
    """Where a mount shall be.

    path: the host's mount point. target: the same as the container sees it. staging: where the mount is made. log: the client's log.
    """

    path: str
    target: str
    staging: str
    log: str


class Staged(NamedTuple):
    """A proven mount that only the container sees.

    device: major:minor of the mount.
    """

    report: model.Report
    device: str
    clients: tuple[client.Client, ...]


class Placed(NamedTuple):
    """A proven mount at the host's mount point.

    taken_over: how it took over from one that lived: "beneath" without a gap, "gap", or "" if there was none. warnings: what could not be had.
    """

    taken_over: str
    guarded: bool
    warnings: tuple[str, ...]


def place(spec: model.MountSpec, root: str, tools: Tools) -> Place:
    """Where the mount that ``spec`` asks for shall be. root: where the container sees the host's folders."""
    log = spec.options.value("log-file") or client.log_file(spec.path)
    return Place(spec.path, root.rstrip("/") + spec.path, tools.staging + spec.path, log)


def check(spec: model.MountSpec, at: Place, before: Observed, host: Host) -> None:
    """Refuse a mount point that the host would not see a mount at, or that is somebody else's. Raises MountError."""
    holder = mountinfo.holding(host.mounts(), os.path.dirname(at.target))
    if holder is None or not holder.shared:
        raise model.MountError(
            f"{at.path}: what is mounted in this container would not be seen by the host, since the file system that it lies on is mounted "
            "privately there; make it shared (mount --make-shared) and give it to the container with the propagation rshared"
        )
    if before.stranger():
        raise model.MountError(f"{at.path}: something else is mounted there: {before.stranger()}; unmount it first")
    if before.mount and (before.volume, before.subdir) != (spec.volume, spec.subdir):
        raise model.MountError(
            f"{at.path}: something else is mounted there: {before.mount.describe()}; unmount it first"
        )


def make_private(staging: str, host: Host) -> None:
    """Let nobody else see what is mounted in the staging folder; a mount can be moved only out of a private one. Raises MountError."""
    holder = mountinfo.holding(host.mounts(), staging)
    if holder is None or holder.path != staging:
        raise model.MountError(f"{staging} is no mount of its own; start the container with --tmpfs={staging}")
    if holder.shared:
        host.do((program("mount") or "mount", "--make-private", staging), _MOUNT_SECONDS)


@contextlib.contextmanager
def staged(spec: model.MountSpec, at: Place, node: model.Node) -> Iterator[Staged]:
    """Mount in the staging folder, and prove it; where the block raises, the mount goes, wherever it is by then. Raises MountError, OSError."""
    # The staging folder is this process's alone.
    with mount_proven(_in_staging(spec, at), node, private=True) as report:
        pass
    observed = report.observed
    made = Staged(
        report, observed.mount.device if observed.mount else "", (observed.client,) if observed.client else ()
    )
    try:
        yield made
    except BaseException:
        for path in (at.target, at.staging):
            if _is_at(path, made.device, node.host):
                umount(path, node.host.do, lazy=True)
        client.end(made.clients, node.host.clock, node.host.kill, node.host.proc)
        raise


def _in_staging(spec: model.MountSpec, at: Place) -> model.MountSpec:
    """What the engine shall mount: the same, in the folder that nobody else sees, and with the log of the host's mount point."""
    options = spec.options
    if options.value("log-file") is None:
        options = mount_options.parse((*options.given, f"log-file={at.log}"))
    else:  # a folder that is gone, where /var/log does not outlast a boot, shall keep no mount away
        os.makedirs(os.path.dirname(at.log), exist_ok=True)
    return spec._replace(path=at.staging, options=options, guard=False, seal=False)


def put(spec: model.MountSpec, at: Place, made: Staged, before: Observed, host: Host, tools: Tools) -> Placed:
    """Bring the staged mount to the host's mount point and prove it there. before: what was there. Raises MountError, OSError."""
    if mountinfo.at(host.mounts(), at.target) is None:
        walk.make(at.target)
    guarded = tools.set_guard(at.target) if spec.guard else None
    sealed = tools.seal(at.target) if spec.seal else None
    taken_over = _into_place(at, before, host, tools, cover=spec.cover)
    observed = inspect.inspect(at.target, host)
    if not _is_at(at.target, made.device, host) or not observed.answers:
        why = observed.look.why() if observed.look else "nothing is mounted there"
        raise model.MountError(f"{at.path}: the mount did not prove real at its place: {why}")
    return Placed(
        taken_over,
        bool(guarded and guarded.immutable),
        (f"{at.path}: {sealed.reason}, so others can put something beside the mount point",)
        if sealed and not sealed.immutable
        else (),
    )


def _into_place(at: Place, before: Observed, host: Host, tools: Tools, *, cover: bool) -> str:
    """Move the proven mount to the mount point, on top of a dead one if that is to be covered; how it took over, see Placed."""
    how = ""
    if before.answers:
        if move_mount.beneath(at.staging, at.target, tools.move):
            _detach(at, host)
            return "beneath"
        how = "gap"
    if before.mounted and not (cover and not before.answers):
        _detach(at, host)
    tools.move(at.staging, at.target, 0)
    return how


def _detach(at: Place, host: Host) -> None:
    done = umount(at.target, host.do, lazy=True)
    if not done.ok:
        raise model.MountError(f"{at.path}: the mount that was there could not be detached: {done.why()}")


def _is_at(path: str, device: str, host: Host) -> bool:
    """Whether the mount of that device is at ``path``, alive or not."""
    mounted = mountinfo.at(host.mounts(), path)
    return mounted is not None and mounted.device == device


def report(at: Place, made: Staged, placed: Placed, before: Observed) -> dict[str, Any]:
    """What there is to report of a mount that stands."""
    return {
        "ok": True,
        "path": at.path,
        "server": made.report.server,
        "attempts": [attempt.as_result() for attempt in made.report.attempts],
        "warnings": list(made.report.warnings),
        "healed": before.state in (State.DEAD, State.HUNG),
        "taken_over": placed.taken_over,
        "guard": placed.guarded,
        "mount": {**made.report.observed.as_result(), "via": "container"},
    }


def watch(at: Place, made: Staged, host: Host, ended: threading.Event, say: Say, *, cover: bool) -> int:
    """Stay until the client ends or ``ended`` is set; the exit code.

    When the mount is detached, by a new container or by an administrator, the client serves on until its last open file is closed.
    """
    while not ended.is_set() and any(client.alive(process, host.proc) for process in made.clients):
        host.clock.sleep(_POLL_SECONDS)
    if not ended.is_set():
        # A runtime asks all processes of a container to end at once, and the client may be faster.
        host.clock.sleep(_POLL_SECONDS)
    if ended.is_set():
        _leave(at, made, host, cover=cover)
    elif _is_at(at.target, made.device, host):
        say(f"{at.path}: the client has died, see its log {at.log}")
        return exit_codes.DIED
    return exit_codes.OK


def _leave(at: Place, made: Staged, host: Host, *, cover: bool) -> None:
    """Take the mount away as at a shutdown: users with open files do not hold it up. cover: whether one that it had covered goes too."""
    if _is_at(at.target, made.device, host):
        if not umount(at.target, host.do, lazy=False).ok:
            umount(at.target, host.do, lazy=True)
        while cover and inspect.inspect(at.target, host).state is State.DEAD:
            if not umount(at.target, host.do, lazy=True).ok:
                break
    if not client.gone(made.clients, _END_SECONDS, host.clock, host.proc):
        client.end(made.clients, host.clock, host.kill, host.proc)
