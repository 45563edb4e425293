# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""systemd, which makes a mount unit of each line of fstab: is it there, what is the unit called, let it read the file again."""

from __future__ import annotations

import os
import string

from .process import Completed, Run

AUTOMOUNT = "x-systemd.automount"
"""The option of a line in fstab that has systemd mount at the first access."""

RUNNING = "/run/systemd/system"

UNIT_FOLDERS = ("/etc/systemd/system", RUNNING)
"""Where units lie that somebody has written: to stay, and until the next boot."""

_SYSTEMD = "org.freedesktop.systemd1"
_TELL = (
    "busctl",
    "call",
    "--expect-reply=no",
    _SYSTEMD,
    "/org/freedesktop/systemd1",
    f"{_SYSTEMD}.Manager",
    "Reload",
)
_RELOAD_SECONDS = 60.0
"""A reload takes about a tenth of a second; on a host that is booting or has thousands of units, seconds."""

_LONGEST_UNIT = 255
"""Characters of a unit's name (systemd ``UNIT_NAME_MAX`` less its NUL)."""

_PLAIN = frozenset((string.ascii_letters + string.digits + ":_.").encode())


def running(directory: str = RUNNING) -> bool:
    """Whether systemd is the init of this host, by the test of sd_booted(3)."""
    return os.path.isdir(directory)


def escape_path(path: str) -> str:
    """The path as it stands in the name of a unit: what ``systemd-escape --path`` prints.

    Raises ValueError for a path that is not absolute or has ``..`` in it, which no unit can stand for.
    """
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if not path.startswith("/") or ".." in parts:
        raise ValueError(f"path {path!r}: a mount unit needs an absolute path without '..'")
    name = "/".join(parts).encode("utf-8", "surrogateescape")
    return "".join(_escaped(byte, first=not index) for index, byte in enumerate(name)) or "-"


def mount_unit(path: str) -> str:
    """The name of the unit that mounts ``path``.

    Raises ValueError as ``escape_path`` does, and for a path so long that systemd makes up a name with a hash in it.
    """
    unit = escape_path(path) + ".mount"
    if len(unit) > _LONGEST_UNIT:
        raise ValueError(
            f"path {path!r}: its mount unit would have a name of {len(unit)} characters; systemd takes up to {_LONGEST_UNIT}"
        )
    return unit


def unit_of(path: str) -> str | None:
    """The unit that mounts ``path``; None where no unit can stand for it, which then mounts by no unit either."""
    try:
        return mount_unit(path)
    except ValueError:
        return None


def automount_of(unit: str) -> str:
    """The unit that has a mount unit mount on the first access, where there is one."""
    return unit[: -len("mount")] + "automount"


def daemon_reload(run: Run) -> Completed:
    """Let systemd make its mount units anew from fstab. A failure is no exception: the caller says what it means.

    systemd is told and not waited for, which would take 0.1 s on a small host and seconds on one with many units: whatever asks it for a unit later
    waits by itself, since systemd answers nobody while it reloads. Without a system bus to tell it by, it is waited for.
    """
    sent = run(_TELL, _RELOAD_SECONDS)
    return sent if sent.ok else run(["systemctl", "daemon-reload"], _RELOAD_SECONDS)


def _escaped(byte: int, first: bool) -> str:
    if byte == ord("/"):
        return "-"
    return chr(byte) if byte in _PLAIN and not (first and byte == ord(".")) else f"\\x{byte:02x}"
