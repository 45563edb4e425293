# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which list of mounts a mount belongs to: its group stands in what keeps it over a boot, a line of fstab or a unit, and beside one that is kept by neither.

That of a mount without a line is noted below /run, which the next boot clears as it does the mount. What was mounted there later by somebody else is not
taken for it: the note names the client.
"""

from __future__ import annotations

import contextlib
import os
from typing import NamedTuple, Sequence

from .._container import units
from .._gluster import client, fstab_entry
from .._host import files, fstab, mountinfo, systemd
from .._mount import model
from .._mount.host import Host

_SUFFIX = ".group"
_OPTION = f"{model.GROUP}="


class _Note(NamedTuple):
    """group, path: whose mount is where. mount: its id. pid, started: its client."""

    group: str
    path: str
    mount: int
    pid: int
    started: int


class Owner(NamedTuple):
    """The group that a mount point carries, and the fstab of its line, "" where it has none."""

    group: str
    file: str = ""


def owners(fstab_files: Sequence[str], host: Host, folders: Sequence[str] = systemd.UNIT_FOLDERS) -> dict[str, Owner]:
    """Who owns each mount point that carries a group. Raises FstabError.

    folders: where units lie.
    """
    found: dict[str, Owner] = {}
    for note in _notes(host):
        if _holds(note, host):
            found[note.path] = Owner(note.group)
    for path, group in _units(folders):
        found[path] = Owner(group)
    for file in fstab_files:
        content = fstab.Fstab(file, fstab.lock_in(host.lock_directory), clock=host.clock).preview(bytes).before
        for line in fstab.parse(content):
            if line.entry and line.entry.vfstype in fstab_entry.GLUSTER_TYPES:
                path = fstab.normal(line.entry.file)
                group = next((option[len(_OPTION) :] for option in line.entry.options if _is_group(option)), "")
                found.pop(path, None)
                found.update({path: Owner(group, file)} if group else {})
    return found


def claim(path: str, group: str, host: Host, *, check: bool) -> bool:
    """Note the group of a mount that no line keeps, "" for none; whether that was another one before. check: only say so."""
    current = _mounted(path, host)
    wanted = _Note(group, path, *current) if current and group else None
    known = next((note for note in _notes(host) if note.path == path), None)
    if known == wanted:
        return False
    before = known.group if known and _holds(known, host) else ""
    if not check:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(_file(path, host))
        if wanted:
            words = f"{wanted.group} {wanted.mount} {wanted.pid} {wanted.started}\n{wanted.path}\n"
            os.makedirs(host.lock_directory, mode=0o755, exist_ok=True)
            files.replace(_file(path, host), words.encode("utf-8", "surrogateescape"), mode=0o600)
    return before != group


def _is_group(option: str) -> bool:
    return option.startswith(_OPTION) and len(option) > len(_OPTION)


def _mounted(path: str, host: Host) -> tuple[int, int, int] | None:
    """The id of the GlusterFS mount that is there, and its client's number and start, 0 where none lives; None where none is mounted."""
    mount = mountinfo.at(host.mounts(), path)
    if mount is None or not mount.gluster:
        return None
    process = client.serving(client.find(path, host.proc), mount.device)
    return (mount.id, process.pid, process.started) if process else (mount.id, 0, 0)


def _holds(note: _Note, host: Host) -> bool:
    """Whether what is mounted there is what was noted, as far as its client lives."""
    current = _mounted(note.path, host)
    return current is not None and current[0] == note.mount and current[1:] in ((note.pid, note.started), (0, 0))


def _notes(host: Host) -> list[_Note]:
    notes = []
    with contextlib.suppress(FileNotFoundError):
        for name in sorted(os.listdir(host.lock_directory)):
            if name.endswith(_SUFFIX):
                with contextlib.suppress(OSError, ValueError):
                    text = files.read_untrusted(f"{host.lock_directory}/{name}", 8192).decode(
                        "utf-8", "surrogateescape"
                    )
                    head, path = text.rstrip("\n").split("\n")
                    group, mount, pid, started = head.split(" ")
                    notes.append(_Note(group, path, int(mount), int(pid), int(started)))
    return notes


def _file(path: str, host: Host) -> str:
    return f"{host.lock_directory}/{client.file_name(path)}{_SUFFIX}"


def _units(folders: Sequence[str]) -> list[tuple[str, str]]:
    """The mount points that units of containers make, and the group of each that has one."""
    found = []
    for folder in folders:
        names: list[str] = []
        with contextlib.suppress(OSError):
            names = sorted(name for name in os.listdir(folder) if name.endswith(".mount"))
        for name in names:
            told = units.group_of(files.text_at(f"{folder}/{name}") or "")
            if told:
                found.append(told)
    return found
