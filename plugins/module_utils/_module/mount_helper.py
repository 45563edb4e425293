# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mount helper and the command beside it, put on a node and taken away.

No Ansible import: arguments and results are values, errors are exceptions.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass

from .._host import fstab
from .._mount.helper_entry import TYPE
from . import zipapp

DIRECTORY = "/usr/local/lib/evenkeel.glusterfs"
FILE = f"{DIRECTORY}/failover"
HELPER = "/sbin/mount.glusterfs_failover"
COMMAND = "/usr/local/sbin/gluster-failover"
FSTAB = "/etc/fstab"


@dataclass(frozen=True)
class Places:
    """Where things lie; root: "" but in tests."""

    root: str = ""

    @property
    def file(self) -> str:
        return self.root + FILE

    @property
    def fstab(self) -> str:
        return self.root + FSTAB

    @property
    def links(self) -> tuple[str, ...]:
        return (self.root + HELPER, self.root + COMMAND)


def present(python: str, places: Places, steps: list[str], *, check: bool, file: str = "") -> None:
    """Put the file and the links to it where they belong, or just the file where ``file`` says.

    steps: gets what was done, or would be in check mode, each as soon as it is. Raises OSError or ValueError.
    """
    if not python.startswith("/") or any(letter.isspace() for letter in python):
        raise ValueError(f"python {python!r}: must be an absolute path without white space, as in /usr/bin/python3")
    content = zipapp.build(python)
    target = file or places.file
    if _read(target) != content:
        if not check:
            os.makedirs(os.path.dirname(target), mode=0o755, exist_ok=True)
            _write(target, content)
        steps.append(f"write {target}")
    for link in () if file else places.links:
        if not _points(link):
            if not check:
                _link(link)
            steps.append(f"link {link}")


def absent(places: Places, steps: list[str], *, check: bool) -> None:
    """Remove what ``present`` makes, and the folder if it is empty then. steps: as there.

    Raises OSError, and ValueError where a line of fstab needs it still; in check mode that may be one that an earlier task would have removed.
    """
    there = [path for path in (*places.links, places.file, _new(places.file)) if os.path.lexists(path)]
    needed = [line for line in fstab.parse(_bytes(places.fstab)) if line.entry and line.entry.vfstype == TYPE]
    if needed and there and not check:
        lines = ", ".join(f"line {line.number} for {line.entry.file}" for line in needed if line.entry)
        raise ValueError(
            f"{FSTAB} still mounts by the helper ({lines}), and would not any more; remove that by the module mount with state: absent first"
        )
    for path in there:
        if not check:
            os.unlink(path)
        steps.append(f"remove {path}")
    if not check:
        with contextlib.suppress(OSError):
            os.rmdir(os.path.dirname(places.file))


def _bytes(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""


def _new(path: str) -> str:
    """Where a new version lies until it is whole; one that was cut off stays there until the next."""
    return f"{path}.new"


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read() if os.stat(path).st_mode & 0o777 == 0o755 else None
    except FileNotFoundError:
        return None


def _write(path: str, content: bytes) -> None:
    """In one step, so that a mount that starts meanwhile finds the old file or the new one."""
    new = _new(path)
    with open(new, "wb") as file:
        file.write(content)
        os.fchmod(file.fileno(), 0o755)
        os.fsync(file.fileno())
    os.replace(new, path)


def _points(link: str) -> bool:
    try:
        return os.readlink(link) == FILE
    except OSError:
        return False


def _link(link: str) -> None:
    new = _new(link)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(new)
    os.makedirs(os.path.dirname(link), mode=0o755, exist_ok=True)
    os.symlink(FILE, new)
    os.replace(new, link)
