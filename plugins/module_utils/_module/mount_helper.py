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

from .._helper import node_files
from .._host import files, fstab
from .._mount.helper_entry import TYPE
from . import zipapp


@dataclass(frozen=True)
class Places:
    """Where things lie; root: "" but in tests."""

    root: str = ""

    @property
    def file(self) -> str:
        return self.root + node_files.FILE

    @property
    def fstab(self) -> str:
        return self.root + fstab.PATH

    @property
    def links(self) -> tuple[str, ...]:
        return tuple(self.root + link for link in node_files.LINKS)


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
            # In one step, so that a mount that starts meanwhile finds the old file or the new one.
            files.replace(target, content, mode=0o755, new=files.new_of(target))
        steps.append(f"write {target}")
    for link in () if file else places.links:
        if not _points(link):
            if not check:
                os.makedirs(os.path.dirname(link), mode=0o755, exist_ok=True)
                files.replace_link(link, node_files.FILE)
            steps.append(f"link {link}")


def absent(places: Places, steps: list[str], *, check: bool) -> None:
    """Remove what ``present`` makes, and the folder if it is empty then. steps: as there.

    Raises OSError, and ValueError where a line of fstab needs it still; in check mode that may be one that an earlier task would have removed.
    """
    made = [path for place in (*places.links, places.file) for path in (place, files.new_of(place))]
    existing = [path for path in made if os.path.lexists(path)]
    needed = [line for line in fstab.parse(_bytes(places.fstab)) if line.entry and line.entry.vfstype == TYPE]
    if needed and existing and not check:
        lines = ", ".join(f"line {line.number} for {line.entry.file}" for line in needed if line.entry)
        raise ValueError(
            f"{fstab.PATH} still mounts by the helper ({lines}), and would not any more; remove that by the module mount with state: absent first"
        )
    for path in existing:
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


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read() if os.stat(path).st_mode & 0o777 == 0o755 else None
    except FileNotFoundError:
        return None


def _points(link: str) -> bool:
    try:
        return os.readlink(link) == node_files.FILE
    except OSError:
        return False
