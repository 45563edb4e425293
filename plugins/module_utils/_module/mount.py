# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the module mount does: one mount point is brought to its state, by a client of this host or by a container.

No Ansible import: arguments come as a mapping, the result is a mapping, errors are exceptions.
"""

from __future__ import annotations

import os
from typing import Callable, Mapping

from .._host import fstab, mountinfo, systemd
from .._mount import helper_entry, inspect, model, without_address
from .._mount.host import Host
from .._mount.host_client import HostClient
from .._mount.mount import mount
from .._mount.unmount import unmount
from . import mount_directory
from .fstab_line import FstabLine
from .mount_arguments import WITH_SOURCE, Arguments
from .mount_point import MountPoint, Result, result


def choose(arguments: Arguments, node: model.Node, *, check: bool) -> MountPoint:
    """The mount point, free of symbolic links, with what mounts it and what keeps it. Raises MountError, FstabError or ValueError."""
    return choose_at(locate(arguments, node.host), node, check=check)


def locate(arguments: Arguments, host: Host) -> Arguments:
    """The same with the path free of symbolic links. Raises MountError or FstabError."""
    path = inspect.locate(arguments.path, host, follow=not _is_kept(arguments, host))
    paths = tuple(dict.fromkeys((path, *arguments.paths)))
    return arguments._replace(path=path, paths=paths, spec=arguments.spec._replace(path=path))


def choose_at(arguments: Arguments, node: model.Node, *, check: bool) -> MountPoint:
    """As choose, for arguments whose path is free of symbolic links."""
    line = FstabLine(arguments, node, check)
    contained = None
    if arguments.via == "container" or arguments.state not in WITH_SOURCE or _has_unit(arguments.path):
        from . import container_units  # what a mount by the host need not read

        contained = container_units.choose(arguments, line, node, check=check)
    return contained or MountPoint(arguments, node, HostClient(node), line, check)


def ensure(point: MountPoint) -> Result:
    """Bring the mount point to its state. Raises MountError, FstabError or ValueError; ``standing`` tells whether something is another than before then."""
    return STATES[point.arguments.state](point)


def release(point: MountPoint) -> Result:
    """Not mounted, and nothing that mounts it at boot; its directory stays, with its guard. Raises as ``ensure``."""
    point.keeper.plan_drop()
    report = _unmount(point)
    return result(point, report, point.keeper.drop())


def standing(point: MountPoint) -> tuple[tuple[mountinfo.Mount, ...], str]:
    """What is mounted, and what mounts it at boot: all that a run leaves changed. What was undone is not."""
    mounts = tuple(entry for entry in point.node.host.mounts() if entry.path == point.arguments.path)
    return mounts, point.keeper.standing()


def _is_kept(arguments: Arguments, host: Host) -> bool:
    """Whether a line or a unit of ours keeps a mount at this very path: when that was written, it was no link."""
    if _has_unit(arguments.path):
        return True
    file = fstab.Fstab(arguments.fstab_file, fstab.lock_in(host.lock_directory), clock=host.clock)
    content = file.preview(lambda content: content).before
    return any(line.entry and line.entry.vfstype == helper_entry.TYPE for line in fstab.find(content, arguments.path))


def _has_unit(path: str) -> bool:
    """Whether there is a unit for the path that systemd has not made of fstab."""
    unit = systemd.unit_of(path)
    return bool(unit) and any(os.path.lexists(f"{folder}/{unit}") for folder in systemd.UNIT_FOLDERS)


# -- states ------------------------------------------------------------------------------------------------------------


def _mounted(point: MountPoint) -> Result:
    arguments, keeper = point.arguments, point.keeper
    plan = keeper.plan(arguments.state)
    inspect.check_place(arguments.path, point.node.host)
    if keeper.lacks_image():
        return _unknown(point)
    with mount(
        arguments.spec._replace(source=keeper.source(plan)),
        point.node,
        mounter=point.mounter,
        check=point.check,
        renew=arguments.state == "remounted",
        refresh=arguments.remount,
    ) as report:
        written = keeper.write(plan)
    return result(point, report, written, without_address.warnings(arguments.spec.servers, point.node))


def _present(point: MountPoint) -> Result:
    plan = point.keeper.plan(point.arguments.state)
    if point.keeper.lacks_image():
        return _unknown(point)
    return result(point, _unchanged(point), point.keeper.write(plan))


def _unmounted(point: MountPoint) -> Result:
    return result(point, _unmount(point), point.keeper.unchanged())


def _absent(point: MountPoint) -> Result:
    point.keeper.plan_drop()
    report = _unmount(point)
    written = point.keeper.drop()
    if point.check and report.observed.mounted:
        return result(point, report, written)
    removed, warnings = mount_directory.remove(point.arguments.path, point.node.host, check=point.check)
    return result(point, report._replace(changed=report.changed or removed), written, warnings)


def _absent_from_fstab(point: MountPoint) -> Result:
    written = point.keeper.drop()
    return result(point, _unchanged(point), written)


STATES: Mapping[str, Callable[[MountPoint], Result]] = {
    "mounted": _mounted,
    "present": _present,
    "unmounted": _unmounted,
    "absent": _absent,
    "absent_from_fstab": _absent_from_fstab,
    "remounted": _mounted,
}


def _unchanged(point: MountPoint) -> model.Report:
    """What is mounted, and stays."""
    return model.Report(inspect.inspect(point.arguments.path, point.node.host), changed=False)


def _unknown(point: MountPoint) -> Result:
    """In check mode: something would change, but what that is cannot be told."""
    return result(point, _unchanged(point)._replace(changed=True), point.keeper.unchanged())


def _unmount(point: MountPoint) -> model.Report:
    spec = point.arguments.spec
    return unmount(
        spec.path,
        point.node,
        timeout=spec.timeout_total,
        patience=min(spec.patience, spec.timeout_total - spec.timeout_try),
        check=point.check,
        mounter=point.mounter,
    )
