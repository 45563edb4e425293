# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the module mounts does: the mounts of a node are brought to their states at the same time, and those that are not listed any more taken away.

Each is a strand, in which the module mount's own code works on it. What shall be gone goes first, the deepest first; then what shall be mounted is, each as
soon as those that it lies on have ended.
"""

from __future__ import annotations

import functools
import os
from dataclasses import replace
from typing import Any, Callable, List, Mapping, NamedTuple, Sequence, Union

from .._gluster import client
from .._gluster.network import Network
from .._host import fstab, mountinfo
from .._host.signals import Interrupted
from .._host.strand import GivenUp, Job, Strand, Strands
from .._mount import inspect, model
from . import group as groups
from . import mount, mounts_arguments
from .mount_arguments import Arguments
from .mount_point import MountPoint, Result
from .mounts_arguments import Wanted
from .mounts_result import Done, Ended

SPARED = ("/run/gluster", "/var/lib/kubelet")
"""Below these GlusterFS and Kubernetes mount for themselves."""

_LOCATE_SECONDS = 60.0
_MORE_SECONDS = 300.0
"""How much longer than its own limits a mount may take before it is given up: its looks, an unmount, the end of a client, the start of a container."""

FAILURES = (model.MountError, ValueError, fstab.FstabError, OSError, Interrupted, GivenUp)
"""What a mount ends with that did not come to its state. All else is an error of the code."""

Networks = Callable[[Mapping[str, Any]], Network]
"""networks(params): the way to the servers of an entry, by its arguments."""

Found = List[Union[Arguments, Ended]]
"""Arguments with a path free of symbolic links; how those ended for which that could not be found out."""


class Task(NamedTuple):
    """What is done at one path. node: with the way to its servers."""

    arguments: Arguments
    node: model.Node
    act: Callable[[MountPoint], Result]


class Mounts(NamedTuple):
    """One run on the mounts of a node.

    check: only say what would be.
    """

    wanted: Wanted
    node: model.Node
    strands: Strands
    networks: Networks
    check: bool

    def ensure(self) -> Done:
        """Bring all of them to their states. Raises ValueError before anything is touched, and FstabError where it cannot be read what carries a group."""
        nodes = [replace(self.node, network=self.networks(entry.params)) for entry in self.wanted.entries]
        listed = self._locate([entry.arguments for entry in self.wanted.entries])
        mounts_arguments.check_places([found for found in listed if isinstance(found, Arguments)])
        owners = groups.owners(self.wanted.files, self.node.host) if self.wanted.group else {}
        unlisted = self._unlisted(owners, listed)
        tasks = [Task(found, node, self._ensure) for found, node in zip(listed, nodes) if isinstance(found, Arguments)]
        going = [task for task in tasks if task.arguments.state in mounts_arguments.TAKEN_AWAY]
        going += [Task(found, self.node, self._release) for found in unlisted if isinstance(found, Arguments)]
        coming = [task for task in tasks if task.arguments.state not in mounts_arguments.TAKEN_AWAY]
        ended = self._run(going, mounts_arguments.below)
        ended.update({task.arguments.path: stays for task in coming for stays in _on_what_stays(task, ended)})
        ended.update(self._run([task for task in coming if task.arguments.path not in ended], mounts_arguments.above))
        return Done(
            tuple(found if isinstance(found, Ended) else ended[found.path] for found in listed),
            tuple(found if isinstance(found, Ended) else ended[found.path] for found in unlisted),
            self._in_no_list(owners, listed) if self.wanted.group else (),
        )

    # -- what the list means on this node

    def _locate(self, wanted: Sequence[Arguments]) -> Found:
        def locate(arguments: Arguments, strand: Strand, _results: Mapping[str, Any]) -> Arguments:
            return mount.locate(arguments, self.node.within(strand).host)

        jobs = [Job(one.path, functools.partial(locate, one), limit=_LOCATE_SECONDS) for one in wanted]
        results = self.strands.run(jobs)
        found = ((one.path, results[one.path]) for one in wanted)
        return [
            result if isinstance(result, Arguments) else Ended(path, error=_failure(result)) for path, result in found
        ]

    def _unlisted(self, owners: Mapping[str, groups.Owner], listed: Found) -> Found:
        """What carries the group and is not listed, where the list is exclusive; but for what lies where others mount."""
        if not self.wanted.exclusive:
            return []
        known = _paths(listed)
        paths = [path for path, owner in owners.items() if owner.group == self.wanted.group and path not in known]
        unlisted = self.wanted.unlisted
        found = self._locate(
            [
                unlisted._replace(path=path, paths=(path,), fstab_file=owners[path].file or unlisted.fstab_file)
                for path in paths
                if not _is_spared(path)
            ]
        )
        return [one for one in found if one.path not in known and not _is_spared(one.path)]

    def _in_no_list(self, owners: Mapping[str, groups.Owner], listed: Found) -> tuple[str, ...]:
        """The GlusterFS mounts that carry no group and are not listed. A bind of one that is, is none of its own."""
        mounts = [entry for entry in self.node.host.mounts() if entry.gluster]
        known = _paths(listed) | set(owners)
        devices = {entry.device for entry in mounts if entry.path in known}
        staging = os.path.dirname(self.node.host.lock_directory) + client.COVERING
        others = [entry.path for entry in mounts if entry.path not in known and entry.device not in devices]
        return tuple(
            dict.fromkeys(path for path in others if not _is_spared(path) and not path.startswith(f"{staging}/"))
        )

    # -- the strands

    def _run(self, tasks: Sequence[Task], before: Callable[[str, Sequence[str]], tuple[str, ...]]) -> dict[str, Ended]:
        """How each ended, by its path. before(path, paths): those of ``paths`` that have to end before ``path`` is begun."""
        paths = [task.arguments.path for task in tasks]
        jobs = [
            Job(
                task.arguments.path,
                functools.partial(self._bring, task),
                before(task.arguments.path, paths),
                2 * task.arguments.spec.timeout_total + task.arguments.spec.patience + _MORE_SECONDS,
            )
            for task in tasks
        ]
        results = self.strands.run(jobs)
        return {
            path: result if isinstance(result, Ended) else Ended(path, error=_failure(result))
            for path, result in results.items()
        }

    def _bring(self, task: Task, strand: Strand, results: Mapping[str, Any]) -> Ended:
        """Bring one path to its state. results: how those ended that had to end before."""
        arguments, node = task.arguments, task.node.within(strand)
        point: MountPoint | None = None
        before: Any = None
        try:
            self._check_below(arguments, node, results)
            point = mount.choose_at(arguments, node, check=self.check)
            before = mount.standing(point)
            result = task.act(point)
            return Ended(arguments.path, result.changed, result)
        except FAILURES as error:
            changed = point is not None and not self.check and mount.standing(point) != before
            return Ended(arguments.path, changed, error=error, commands=tuple(node.run.commands))

    def _check_below(self, arguments: Arguments, node: model.Node, results: Mapping[str, Any]) -> None:
        """Refuse to mount where a mount should be first that has failed and is not there. Raises MountError."""
        for path in mounts_arguments.above(arguments.path, tuple(results)):
            failed = not isinstance(results[path], Ended) or results[path].error
            if failed and mountinfo.at(node.host.mounts(), path) is None:
                raise model.MountError(
                    f"{arguments.path} was not tried, since {path}, which it lies on, is not mounted"
                )

    def _ensure(self, point: MountPoint) -> Result:
        """As the module mount, and the group noted of a mount that nothing keeps over a boot."""
        result = mount.ensure(point)
        arguments = point.arguments
        unkept = arguments.state == "mounted" and arguments.fstab == "none" and arguments.via == "host"
        if unkept and groups.claim(arguments.path, self.wanted.group, point.node.host, check=self.check):
            return result._replace(changed=True)
        return result

    def _release(self, point: MountPoint) -> Result:
        """What is not listed any more goes; its directory and the guard stay."""
        host, path = point.node.host, point.arguments.path
        process = inspect.inspect(path, host).client
        if process and process.contained and not point.mounter.contained:
            raise model.InUse(
                f"{path} is mounted by a container of somebody else's (process {process.pid}) and left alone"
            )
        result = mount.release(point)
        groups.claim(path, "", host, check=self.check)
        return result


def _on_what_stays(task: Task, gone: Mapping[str, Ended]) -> list[Ended]:
    """That a mount is not tried, where one that it would lie on should be gone and is not."""
    path = task.arguments.path
    return [
        Ended(
            path, error=model.MountError(f"{path} was not tried, since {other}, which it lies on, should be gone first")
        )
        for other in mounts_arguments.above(path, tuple(gone))
        if gone[other].error
    ]


def _failure(error: BaseException) -> BaseException:
    """The error, if it is one that a mount may end with. Raises any other one."""
    if isinstance(error, FAILURES):
        return error
    raise error


def _paths(listed: Found) -> set[str]:
    """All that the listed mount points are called."""
    return {path for found in listed for path in (found.paths if isinstance(found, Arguments) else (found.path,))}


def _is_spared(path: str) -> bool:
    return any(f"{path}/".startswith(f"{folder}/") for folder in SPARED)
