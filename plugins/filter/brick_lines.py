# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ``brick_lines``: what fstab shall mount at each brick's path, held against what is there. See brick_lines.yml for users."""

from __future__ import annotations

import re
from typing import Any, Mapping, NamedTuple, Sequence

from ansible.errors import AnsibleFilterError

_ADVICE = "name devices by what stays theirs, as in /dev/disk/by-id/"


class _Device(NamedTuple):
    """A device of the inventory. names: that of the inventory, and where it leads. number: "MAJOR:MINOR", as in mountinfo. tags: what blkid tells."""

    names: tuple[str, str]
    number: str
    tags: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.names[0]

    @property
    def uuid(self) -> str:
        """Of its file system, empty where it has none."""
        return self.tags.get("UUID", "")

    @property
    def kind(self) -> str:
        """What is on it, as "xfs" or "gpt"; empty where a look finds nothing."""
        return self.tags.get("TYPE") or self.tags.get("PTTYPE", "")

    @property
    def source(self) -> str:
        """The first field of its line in fstab; empty where it has no file system.

        Names of the device mapper (logical volumes, multipath, LUKS) stay theirs, but for /dev/dm-3, while the UUID is that of a snapshot or of a path too.
        """
        name, real = self.names
        stays = name.startswith("/dev/mapper/") or (real.startswith("/dev/dm-") and not name.startswith("/dev/dm-"))
        return name if self.uuid and stays else f"UUID={self.uuid}" if self.uuid else ""

    def tag(self, name: str) -> str:
        """What fstab calls so: UUID, LABEL, PARTUUID or PARTLABEL. Empty where it has none."""
        return self.tags.get(_PARTITION.get(name, name), "")

    def is_meant(self, source: str) -> bool:
        """Whether the first field of a line of fstab means it."""
        name, equals, value = source.partition("=")
        return source in self.names or bool(equals and value and self.tag(name) == value)


_PARTITION = {"PARTUUID": "PART_ENTRY_UUID", "PARTLABEL": "PART_ENTRY_NAME"}
"""What blkid calls the tags of a partition."""


class _Mount(NamedTuple):
    """What is mounted. number: "MAJOR:MINOR" of its device."""

    path: str
    number: str


def brick_lines(
    bricks: Any, devices: Any, mountinfo: str, fstab: str, present: Any = (), real: Any = None
) -> list[dict[str, Any]]:
    """By brick its path and the first field of its line in fstab. Raises AnsibleFilterError where a device is another brick's, or in use elsewhere.

    bricks: entries with path and device. devices: by name, its number as os.stat has it and what blkid exports of it. present: UUIDs of file systems
    that this host sees. real: by path or device, where it leads without symbolic links, where that is something else.
    """
    leads = real or {}
    known = {name: _device(name, leads.get(name, name), number, tags) for name, (number, tags) in devices.items()}
    mounts = _mounts(mountinfo)
    lines = _lines(fstab)
    paths = [leads.get(brick["path"], brick["path"]) for brick in bricks]
    mounts_of_bricks: list[dict[str, Any]] = []
    for brick, path in zip(bricks, paths):
        device = known[brick["device"]]
        written = brick["path"].rstrip("/")
        try:
            _check_mounts(path, device, paths, mounts)
            _check_kind(device)
            _check_lines((written, path), device, lines, frozenset(present))
        except ValueError as error:
            raise AnsibleFilterError(f"gluster_server_bricks: {brick['path']}: {error}") from error
        mounts_of_bricks.append({"path": brick["path"], "device": device.name, "source": device.source})
    numbers = [known[brick["device"]].number for brick in bricks]
    for brick, number in zip(bricks, numbers):
        if numbers.count(number) > 1:
            raise AnsibleFilterError(
                f"gluster_server_bricks: {brick['path']}: {brick['device']} is named for another brick too, maybe by another name; give each its own"
            )
    return mounts_of_bricks


def _check_mounts(path: str, device: _Device, paths: Sequence[str], mounts: Sequence[_Mount]) -> None:
    """Raises ValueError where something else is mounted at ``path``, or ``device`` somewhere else alone. paths: of all bricks."""
    existing = next((mount for mount in reversed(mounts) if mount.path == path), None)
    if existing is not None and existing.number != device.number:
        raise ValueError(
            f"what is mounted there is not on {device.name} but on the device {existing.number}. Names of disks move when disks come and go; {_ADVICE}. Where "
            f"the brick shall move to {device.name}, unmount it and take its line out of /etc/fstab first"
        )
    elsewhere = [mount.path for mount in mounts if mount.number == device.number and mount.path != path]
    if existing is None and elsewhere:
        whose = "the brick" if elsewhere[0] in paths else "what is mounted at"
        raise ValueError(f"{device.name} is {whose} {elsewhere[0]}; {_ADVICE}")
    if existing is not None and not device.kind:
        raise ValueError(
            f"{device.name} is mounted there, and a look at it finds no file system; see what has written to it before it is unmounted"
        )


def _check_kind(device: _Device) -> None:
    """Raises ValueError where something else than XFS is on ``device``."""
    if device.kind and device.kind != "xfs":
        raise ValueError(
            f"{device.name} has {device.kind} on it and is left as it is. If nothing on it is needed, empty it yourself: wipefs --all {device.name}"
        )


def _check_lines(names: tuple[str, str], device: _Device, lines: Mapping[str, str], present: frozenset[str]) -> None:
    """Raises ValueError where fstab has ``device`` for another path than ``names``, which are one, or something else for that."""
    for other, source in lines.items():
        if other not in names and device.is_meant(source):
            raise ValueError(f"{device.name} carries the file system that /etc/fstab has for {other}; {_ADVICE}")
    tag, _equals, value = next((lines[name] for name in names if name in lines), "").partition("=")
    own = device.tag(tag) if value else ""
    if value and own != value and (own or value in present):
        has = f"has {own}" if own else "has none"
        raise ValueError(
            f"/etc/fstab has the file system {value} for it, and {device.name} {has}; {_ADVICE}. Where the brick shall move to {device.name}, take its line "
            "out of /etc/fstab first"
        )


def _device(name: str, real: str, number: int, tags: str) -> _Device:
    values = dict(line.split("=", 1) for line in tags.splitlines() if "=" in line)
    return _Device((name, real), _number(number), values)


def _number(device: int) -> str:
    """The kernel's MAJOR:MINOR of a device number of stat(2), as glibc takes it apart."""
    major = (device >> 8 & 0xFFF) | (device >> 32 & ~0xFFF)
    minor = (device & 0xFF) | (device >> 12 & ~0xFF)
    return f"{major}:{minor}"


def _mounts(mountinfo: str) -> list[_Mount]:
    """Mounts of whole file systems, in the order in which they were made, see proc_pid_mountinfo(5). What systemd waits with for a mount is none."""
    fields = [line.split(" ") for line in mountinfo.split("\n") if " - " in line]
    return [
        _Mount(_plain(entry[4]), entry[2])
        for entry in fields
        if entry[3] == "/" and entry[entry.index("-") + 1] != "autofs"
    ]


def _lines(fstab: str) -> dict[str, str]:
    """By path, the first field of its line. A link below /dev/disk/by-uuid says what UUID= says."""
    fields = [line.split() for line in fstab.split("\n") if line.split() and not line.lstrip().startswith("#")]
    return {_plain(entry[1]).rstrip("/") or "/": _source(entry[0]) for entry in fields if len(entry) > 1}


def _source(field: str) -> str:
    return re.sub(
        r"^/dev/disk/by-(part)?uuid/", lambda by: f"{(by[1] or '').upper()}UUID=", _plain(field.replace('"', ""))
    )


def _plain(text: str) -> str:
    for octal in ("040", "011", "012", "134"):
        text = text.replace("\\" + octal, chr(int(octal, 8)))
    return text


class FilterModule:
    """The filters of this file, as Ansible looks for them."""

    def filters(self) -> dict[str, Any]:
        return {"brick_lines": brick_lines}
