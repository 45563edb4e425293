# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One try of the client of this host: start it, prove its mount, and leave nothing behind where that fails."""

from __future__ import annotations

import functools
from contextlib import ExitStack
from typing import NamedTuple, Sequence

from .._gluster import client, client_address, client_log
from .._gluster.attempt import Attempt, Outcome, Step
from .._host import mountinfo
from .._host.process import Completed
from .._host.umount import umount
from .disconnect import disconnect_silent
from .host import Host
from .inspect import inspect, why_silent
from .model import MountSpec, Node
from .select import Selected
from .state import Observed, State

_MOST_STACKED = 8
"""Mounts on top of each other that one try could leave behind: one by each client, of which it starts one."""
_POLL_SECONDS = 0.1

SUBDIR_REFUSED = "subdirectory for mount"
"""How a brick's refusal begins (server_setvolume in server-handshake.c)."""


class Mounted(NamedTuple):
    """A proven mount. disconnected: the silent bricks that the client was disconnected from, so that it need not wait for them, or could not be."""

    observed: Observed
    disconnected: tuple[Attempt, ...] = ()


class Failed(NamedTuple):
    """Why a try led to no mount.

    refused_by: names of the client translators whose bricks do not find the subdirectory, as far as they can be told; None where that was not it.
    disconnected: see Mounted.
    """

    step: Step
    outcome: Outcome
    detail: str
    refused_by: frozenset[str] | None = None
    disconnected: tuple[Attempt, ...] = ()


class Traces(NamedTuple):
    """What there is of a path at some moment: the ids of its mounts, and its clients."""

    mounts: frozenset[int]
    clients: frozenset[client.Client]


def attempt(spec: MountSpec, selected: Selected, node: Node, until: float, undo: ExitStack) -> Mounted | Failed:
    """Start the client and prove the mount, until ``until`` on the node's clock. undo: gets what takes a proven mount away again."""
    host = node.host
    before = traces(spec.path, host)
    with ExitStack() as undo_try:
        argv = client.command(
            selected.targets,
            spec.volume,
            spec.subdir,
            spec.path,
            spec.source,
            spec.options.flags,
            family=selected.family,
            release=client_address.release(client.executable(), selected.targets, host.run),
        )
        undo_try.callback(remove_traces, spec.path, before, host, argv)
        find = functools.partial(_started_as, argv, spec.path, host)
        with host.beside(functools.partial(disconnect_silent, spec, selected, node, find)) as disconnecting:
            ended = _start(spec, argv, host, until)
        ended = ended._replace(disconnected=disconnecting.result())
        if isinstance(ended, Mounted):
            undo.enter_context(undo_try.pop_all())
    return ended


def _started_as(argv: Sequence[str], path: str, host: Host) -> list[client.Client]:
    return [process for process in client.find(path, host.proc) if process.argv == argv]


def _start(spec: MountSpec, argv: Sequence[str], host: Host, until: float) -> Mounted | Failed:
    log = client_log.Log.mark(spec.options.value("log-file") or client.log_file(spec.path))
    if host.systemd:
        argv = client.scoped(argv, f"glusterfs-{host.rng.getrandbits(64):016x}")
    done = host.do(argv, until - host.clock.now())
    if done.rc is None:
        return Failed(Step.START, Outcome.TIMEOUT, f"the client had no mount after {done.seconds:.1f} s")
    if done.rc != 0:
        return _judge(spec, done, log)
    while True:
        observed = inspect(spec.path, host)
        if observed.state is State.ABSENT or not observed.client:
            return _judge(spec, done, log)
        odd = observed.look.odd if observed.look else ""
        lack = odd or (observed.short_of(spec.require) if observed.answers else why_silent(observed))
        if not lack:
            return Mounted(observed)
        if host.clock.now() >= until:
            return Failed(Step.PROVE, Outcome.UNPROVEN, lack)
        host.clock.sleep(_POLL_SECONDS)


def _judge(spec: MountSpec, done: Completed, log: client_log.Log) -> Failed:
    """What the end of a client without a mount means, see client_log.judge."""
    outcome, detail = client_log.judge(done, log.errors())
    refused = spec.subdir and detail.startswith(SUBDIR_REFUSED)
    return Failed(Step.START, outcome, detail, log.complainers(SUBDIR_REFUSED) if refused else None)


def traces(path: str, host: Host) -> Traces:
    """The mounts and clients of this path."""
    ids = frozenset(entry.id for entry in host.mounts() if entry.path == path)
    return Traces(ids, frozenset(client.find(path, host.proc)))


def remove_traces(path: str, before: Traces, host: Host, argv: Sequence[str] = ()) -> None:
    """Take away every trace of a failed try, and nothing that was there before it or that somebody else has mounted meanwhile.

    argv: the command line of the client that was started; empty where a container was.
    """
    known = {(process.pid, process.started) for process in before.clients}
    processes = client.find(path, host.proc)
    new = [process for process in processes if (process.pid, process.started) not in known]
    ours = [process for process in new if not process.contained and process.argv == argv]
    others = [process for process in new if not process.contained and process.argv != argv]
    for _round in range(_MOST_STACKED):
        if not _is_new(mountinfo.at(host.mounts(), path), before, others):
            break
        umount(path, host.do, lazy=True)
    # The client itself follows links, and may have mounted elsewhere where one was put on its way.
    devices = {f"0:{process.connection}" for process in ours if process.connection}
    for entry in host.mounts():
        if entry.device in devices and mountinfo.at(host.mounts(), entry.path) == entry:
            umount(entry.path, host.do, lazy=True)
    client.end(ours, host.clock, host.kill, host.proc)


def _is_new(entry: mountinfo.Mount | None, before: Traces, others: Sequence[client.Client]) -> bool:
    """Whether a mount came with this try: it was not there before, and none of the clients that others have started serves it."""
    if entry is None or not entry.gluster or entry.id in before.mounts:
        return False
    return client.serving(others, entry.device) is None
