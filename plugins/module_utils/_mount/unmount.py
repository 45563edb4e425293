# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A mount is taken away: never from those whom its client serves, and that client ends only when the kernel has let go of its file system."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import Iterator, Sequence

from .._gluster import client
from .._host import fusectl, lock, mountinfo
from .._host.fusectl import Connections, Fate
from .._host.process import Completed
from .._host.umount import umount
from . import in_use, pending, proof
from .host import Host
from .inspect import check_seen, inspect, wait_for
from .model import InUse, Mounter, MountError, Node, Report
from .state import Observed, State

_FLUSH_SECONDS = 10.0
_EBUSY_RC = 32
BUSY_SECONDS = 3.0
"""How long what uses a mount gets to end by itself before the mount counts as in use: a look at it by another run, by systemd when it reads fstab again."""
_BUSY_POLL_SECONDS = 0.2
_SETTLE_SECONDS = 2.0
"""How long a file system that is mounted nowhere any more may still be there for what ends in this moment."""
HANGS_SECONDS = 5.0
"""How long a client that has let a look hang, and whose mount is detached already, gets to answer that look before it counts as one that hangs."""


def unmount(
    path: str,
    node: Node,
    *,
    timeout: float,
    patience: float = 0.0,
    check: bool = False,
    mounter: Mounter | None = None,
) -> Report:
    """Take away every GlusterFS mount at ``path`` and its client. One in use raises MountError, which names its users, in check mode too.

    mounter: what mounts there, if that runs on when the mount is gone.
    patience: how long one that hangs under its users gets to answer again, before it is taken away from them.
    """
    with locked(path, timeout, node.host):
        observed = inspect(path, node.host)
        if observed.stranger():
            raise MountError(f"{path}: something else is mounted there: {observed.stranger()}; it is left alone")
        runs = mounter is not None and mounter.runs()
        if observed.mounted:
            check_seen(path, node.host)
        if observed.state is State.HUNG and not check and used(observed, node.host):
            observed = wait_for(observed, patience, node.host)
        refuse_used(observed, node.host)
        if check or not (observed.mounted or runs):
            return Report(observed, changed=observed.mounted or runs)
        node.run.commit()
        pending.clear(path, node.host.lock_directory)
        warnings: tuple[str, ...] = ()
        while observed.mounted:
            warnings += detach(observed, node.host, insist=False)
            observed = inspect(path, node.host)
        if mounter:
            mounter.end()
            observed = inspect(path, node.host)
        return Report(observed, changed=True, warnings=warnings)


def used(observed: Observed, host: Host) -> tuple[in_use.Use, ...]:
    """Who uses the file system that is mounted there, as far as that can be told."""
    return in_use.find(observed.mount, host.proc, host.block) if observed.mounted and observed.mount else ()


def refuse_used(observed: Observed, host: Host) -> None:
    """Refuse to take a mount away that its client serves, from those who use it. Raises MountError.

    Processes, which may only look at it, get BUSY_SECONDS to end; another mount of the file system does not go by itself. What could not be found out is left
    to umount(2), which refuses.
    """
    if not observed.answers and (observed.state is not State.DEAD or not observed.client):
        return
    deadline = host.clock.now() + BUSY_SECONDS
    while True:
        uses = [use for use in used(observed, host) if use.sure]
        if not uses:
            return
        if host.clock.now() >= deadline or any(use.lasting for use in uses):
            raise InUse(in_use_message(observed.path, uses))
        host.clock.sleep(_BUSY_POLL_SECONDS)


def in_use_message(path: str, uses: Sequence[in_use.Use]) -> str:
    who = in_use.names(uses) or "another mount or a process of another namespace"
    return f"{path} is in use by {who} and stays mounted; end or unmount that first"


def detach(observed: Observed, host: Host, *, insist: bool = True) -> tuple[str, ...]:
    """Unmount one mount and see its client end; what was cut off by that, or left alive, as lines for a person.

    insist: whether a mount whose client lives and reaches no brick is taken away from its users too. One that hangs is, since a plain umount of it could
    block for minutes; one without a client is, since it is lost to them anyway.
    Raises MountError if it is in use or does not go.
    """
    before = host.connections()
    lost: tuple[str, ...] = ()
    lazy = observed.state is State.HUNG or not (observed.answers or observed.client)
    done = None if lazy else _umount_patiently(observed, host)
    if (
        done is None
        or done.rc is None
        or (done.rc == _EBUSY_RC and insist and not observed.answers and is_there(observed, host))
    ):
        lost = lost_by(observed, used(observed, host))
        done = umount(observed.path, host.do, lazy=True)
    if is_there(observed, host):
        if done.rc == _EBUSY_RC and not lazy:
            raise InUse(in_use_message(observed.path, used(observed, host)))
        raise MountError(f"{observed.path} could not be unmounted: {done.why()}")
    # What was bound onto itself, as for containers, is there once more.
    below = mountinfo.at(host.mounts(), observed.path)
    if below and observed.mount and below.device == observed.mount.device:
        return (*lost, *detach(observed._replace(mount=below), host, insist=insist))
    if observed.state is not State.HUNG or not lost:
        return (*lost, *_await_end(observed, before, host, insist=insist))
    if observed.client and not client.end((observed.client,), host.clock, host.kill, host.proc):
        raise MountError(_survives(observed))
    return lost


def is_there(observed: Observed, host: Host) -> bool:
    """Whether what was seen at the mount point is mounted there still. umount(8) has one exit code for that and for the work of another, who was faster."""
    mounted = mountinfo.at(host.mounts(), observed.path)
    return mounted is not None and observed.mount is not None and mounted.id == observed.mount.id


def _umount_patiently(observed: Observed, host: Host) -> Completed:
    """umount(8), again while it is refused, for BUSY_SECONDS at most."""
    deadline = host.clock.now() + BUSY_SECONDS
    while True:
        done = umount(observed.path, host.do, lazy=False)
        if done.rc != _EBUSY_RC or not is_there(observed, host) or host.clock.now() >= deadline:
            return done
        host.clock.sleep(_BUSY_POLL_SECONDS)


def _await_end(observed: Observed, before: Connections, host: Host, *, insist: bool) -> tuple[str, ...]:
    """See the client end by itself, as it does when its file system is mounted nowhere any more; a line for a person where it is left alive.

    It is ended only when its file system is gone, and left alive while somebody uses that: the kernel alone knows all of them. As long as a look of our own
    hangs there, the kernel cannot tell. Such a client gets HANGS_SECONDS more to answer, as one does that an overloaded machine has kept from it; it is
    ended then only where that is insisted on.
    Raises MountError if it does not end.
    """
    if observed.client is None or observed.mount is None:
        return ()
    hung = observed.state is State.HUNG
    flush = _SETTLE_SECONDS if hung else _FLUSH_SECONDS
    started = host.clock.now()
    while not client.gone((observed.client,), _BUSY_POLL_SECONDS, host.clock, host.proc):
        looks = hung and proof.hangs_still(observed.path, observed.mount.id, host.stuck)
        fate = fusectl.fate(observed.mount.device, before, host.connections())
        waited = host.clock.now() - started
        if waited < (HANGS_SECONDS if looks else _SETTLE_SECONDS if fate is Fate.THERE else flush):
            continue
        if looks and not insist:
            return _owes(observed)
        if fate is not Fate.GONE and not looks:
            return kept_alive(observed, used(observed, host))
        if not client.end((observed.client,), host.clock, host.kill, host.proc):
            raise MountError(_survives(observed))
    return ()


def _survives(observed: Observed) -> str:
    return f"{observed.path} is unmounted, but its client does not end: process {observed.client.pid if observed.client else '-'}"


def kept_alive(observed: Observed, uses: Sequence[in_use.Use]) -> tuple[str, ...]:
    """What to say where a client outlives its mount."""
    who = in_use.names(uses) or "another mount namespace, or something else that cannot be named"
    pid = f" (process {observed.client.pid})" if observed.client else ""
    return (
        f"{observed.path}: the client that has served it{pid} was left alive, since its file system is in use by {who}; it ends with the last of them",
    )


def _owes(observed: Observed) -> tuple[str, ...]:
    """What to say where a client outlives its mount since it may answer yet."""
    return (
        f"{observed.path}: the client that has served it (process {observed.client.pid if observed.client else '-'}) was left alive, since it owes an answer; "
        "it ends by itself when it has given that and nobody uses its file system",
    )


def lost_by(observed: Observed, uses: Sequence[in_use.Use]) -> tuple[str, ...]:
    """What to say where a mount is taken away from those who use it."""
    if not uses:
        return ()
    what = (
        "gave no answer"
        if observed.state is State.HUNG
        else "was dead"
        if not observed.answers
        else "stopped answering"
    )
    return (
        f"{observed.path} {what} and was taken away from {in_use.names(uses)}; what they have open there is lost, and has to be opened anew",
    )


def detach_owed(observed: Observed, host: Host, *, insist: bool) -> tuple[str, ...]:
    """Unmount what another mount takes the place of, and mark that as pending; see detach. Raises MountError."""
    marks = pending.mark(observed.path, host.mounts(), host.lock_directory)
    try:
        return detach(observed, host, insist=insist)
    except MountError:
        if is_there(observed, host):
            for path in marks:
                pending.clear(path, host.lock_directory)
        raise


@contextmanager
def locked(path: str, timeout: float, host: Host) -> Iterator[None]:
    """One at a time on one mount point; another run that holds it is waited for, and then its result is found there."""
    with ExitStack() as held:
        try:
            held.enter_context(lock.hold(f"{host.lock_directory}/{client.file_name(path)}.lock", timeout, host.clock))
        except lock.LockTimeout as error:
            raise MountError(f"{path}: another run is at work on this mount point: {error}") from error
        except OSError as error:
            raise MountError(f"{path}: its lock {error.filename} cannot be taken: {error.strerror}") from error
        yield
