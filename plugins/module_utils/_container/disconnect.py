# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client that starts in a container is disconnected from silent bricks by its host.

That takes CAP_NET_ADMIN, which the container has not: it has the host's network, and could change all of it. So the host asks the servers too, while the
container starts, and does to the container's client what it does to one of its own.
"""

from __future__ import annotations

import functools
from typing import Callable, Collection, Sequence

from .._gluster import client
from .._gluster.attempt import Attempt, Outcome, Step
from .._mount.disconnect import disconnect_silent
from .._mount.model import MountSpec, Node, ignore
from .._mount.select import Selected, rehearse

ASK_SECONDS = 0.5
"""When the servers are asked: a container needs 0.4 to 0.7 s before it does so itself (measured with podman 4.3)."""
_POLL_SECONDS = 0.1


def disconnect_contained(
    spec: MountSpec, known: Collection[client.Client], node: Node, over: Callable[[], bool]
) -> tuple[Attempt, ...]:
    """Until ``over()``, disconnect each client that a container starts from bricks that are silent: from which it was, or could not be.

    known: the clients of the path that were there before.
    """
    ended = {_identity(process) for process in known}

    def find() -> list[client.Client]:
        processes = client.find(spec.path, node.host.proc)
        return [process for process in processes if process.contained and _identity(process) not in ended]

    tasks = node.network.tasks()
    began = tasks.now()
    selected = None
    asked = False
    attempts: tuple[Attempt, ...] = ()
    while not over():
        if not asked and tasks.now() >= began + ASK_SECONDS:
            tasks.start("servers", functools.partial(rehearse, spec, node.with_run(on_attempt=ignore)))
            asked = True
        selected = _answer(tasks.wait(_POLL_SECONDS)) or selected
        processes = find() if selected else ()
        if selected and processes:
            attempts += disconnect_silent(spec, selected, node, find, _ended(processes, node, over))
            ended.update(_identity(process) for process in processes)
    return attempts


def merged(reported: Sequence[Attempt], ours: Sequence[Attempt]) -> tuple[Attempt, ...]:
    """The attempts that a container has reported, and those of its host. Where the host has disconnected a client, or could not, that counts."""
    hosts = {attempt.server for attempt in ours}
    kept = [
        attempt
        for attempt in reported
        if not (attempt.step is Step.BRICKS and attempt.outcome is Outcome.SILENT and attempt.server in hosts)
    ]
    # The last one says how it ended.
    return (*kept[:-1], *ours, *kept[-1:])


def _answer(done: tuple[str, Selected | BaseException] | None) -> Selected | None:
    """What has come of asking the servers, None where nothing has yet."""
    if done is None:
        return None
    result = done[1]
    if isinstance(result, BaseException):
        raise result
    return result


def _ended(processes: Sequence[client.Client], node: Node, over: Callable[[], bool]) -> Callable[[], bool]:
    """Whether these clients have all ended, or all is over."""
    return lambda: over() or not any(client.alive(process, node.host.proc) for process in processes)


def _identity(process: client.Client) -> tuple[int, int]:
    return process.pid, process.started
