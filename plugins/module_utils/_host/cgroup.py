# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cgroup that this process, and so the client that it starts, lives in."""

from __future__ import annotations

import os

from . import files


def unit(proc: str = "/proc") -> str:
    """The systemd unit of this process, "" where there is none: the last part of its cgroup (cgroups(7)), systemd's own hierarchy before any other."""
    table = files.text_at(f"{proc}/self/cgroup") or ""
    lines = [line.split(":", 2) for line in table.split("\n") if line]
    paths = {controllers: path for _number, controllers, path in lines}
    return os.path.basename(paths.get("name=systemd") or paths.get("", ""))


def is_of_mount(proc: str = "/proc") -> bool:
    """Whether this process runs in a .mount unit: systemd mounts by it."""
    return unit(proc).endswith(".mount")


def needs_scope(systemd: bool, proc: str = "/proc") -> bool:
    """Whether a client that is started from here needs a scope of its own.

    In the .mount unit that systemd mounts by, the client is at home: systemd stops it with the mount, and never before. Everywhere else, as in a login
    or a service, it would end with what started it.
    """
    return systemd and not is_of_mount(proc)
