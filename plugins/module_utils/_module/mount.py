# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the module mount does: one mount point is brought to the wanted state, by a client of this host or by a container.

No Ansible import: arguments come as a mapping, the result is a mapping, errors are exceptions.
"""

from __future__ import annotations

import os

from .._host import fstab, systemd
from .._mount import helper_entry, inspect, model
from .mount_arguments import WITH_SOURCE, Arguments
from .mount_point import MountPoint, Result


def _is_kept(arguments: Arguments, node: model.Node) -> bool:
    """Whether a line or a unit of ours keeps a mount at this very path: when that was written, it was no link."""
    if _has_unit(arguments.path):
        return True
    file = fstab.Fstab(arguments.fstab_file, f"{node.lock_directory}/fstab.lock", clock=node.clock)
    content = file.preview(lambda content: content).before
    return any(line.entry and line.entry.vfstype == helper_entry.TYPE for line in fstab.find(content, arguments.path))


def ensure(arguments: Arguments, node: model.Node, *, check: bool) -> Result:
    """Bring the mount point to the wanted state.

    Raises MountError, FstabError or ValueError; node.changed then tells whether something is another than before. What was undone is not.
    """
    path = inspect.locate(arguments.path, node, follow=not _is_kept(arguments, node))
    paths = tuple(dict.fromkeys((path, *arguments.paths)))
    arguments = arguments._replace(path=path, paths=paths, spec=arguments.spec._replace(path=path))
    point = MountPoint(arguments, node, check)
    if arguments.via == "container" or arguments.state not in WITH_SOURCE or _has_unit(path):
        from . import mount_container  # what a mount by the host need not read

        point = mount_container.choose(point)
    before = point.standing()
    try:
        return getattr(point, arguments.state)()  # type: ignore[no-any-return]
    except BaseException:
        node.changed = not check and point.standing() != before
        raise


def _has_unit(path: str) -> bool:
    """Whether there is a unit for the path that systemd has not made of fstab."""
    unit = systemd.unit_of(path)
    return bool(unit) and any(os.path.lexists(f"{folder}/{unit}") for folder in systemd.UNIT_FOLDERS)
