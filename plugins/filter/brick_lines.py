# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ``brick_lines``: what fstab shall mount at each brick's path, held against what is there. See brick_lines.yml for users."""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple, Sequence

from ansible.errors import AnsibleFilterError

_ADVICE = "name devices by what stays theirs, as in /dev/disk/by-id/"


class _Device(NamedTuple):
    """A device of the inventory. number: "MAJOR:MINOR", as in mountinfo. uuid: of its file system, empty where it has none. kind: its type, as "xfs"."""

    name: str
    number: str
    uuid: str
    kind: str


class _Mount(NamedTuple):
    """What is mounted. number: "MAJOR:MINOR" of its device."""

    path: str
    number: str


def brick_lines(bricks: Any, devices: Any, mountinfo: str, fstab: str, present: Any = ()) -> list[dict[str, Any]]:
    """By brick its path and the first field of its line in fstab. Raises AnsibleFilterError where a device is another brick's, or in use elsewhere.

    bricks: entries with path and device. devices: by name, its number as os.stat has it and what blkid exports of it. present: UUIDs of file systems
    that this host sees.
    """
    known = {name: _device(name, number, tags) for name, (number, tags) in devices.items()}
    mounts = _mounts(mountinfo)
    lines = _lines(fstab)
    found: list[dict[str, Any]] = []
    for brick in bricks:
        device = known[brick["device"]]
        try:
            _check(brick["path"], device, [entry["path"] for entry in bricks], mounts, lines, frozenset(present))
        except ValueError as error:
            raise AnsibleFilterError(f"gluster_server_bricks: {brick['path']}: {error}") from error
        found.append(
            {"path": brick["path"], "device": device.name, "source": f"UUID={device.uuid}" if device.uuid else ""}
        )
    numbers = [known[brick["device"]].number for brick in bricks]
    for brick, number in zip(bricks, numbers):
        if numbers.count(number) > 1:
            raise AnsibleFilterError(
                f"gluster_server_bricks: {brick['path']}: {brick['device']} is named for another brick too, maybe by another name; give each its own"
            )
    return found


def _check(
    path: str,
    device: _Device,
    paths: Sequence[str],
    mounts: Sequence[_Mount],
    lines: Mapping[str, str],
    present: frozenset[str],
) -> None:
    """Raises ValueError where ``device`` is not what ``path`` has had so far, or is something else's."""
    there = next((mount for mount in reversed(mounts) if mount.path == path), None)
    if there is not None and there.number != device.number:
        raise ValueError(
            f"what is mounted there is not on {device.name} but on the device {there.number}. Names of disks move when disks come and go; {_ADVICE}. Where "
            f"the brick shall move to {device.name}, unmount it and take its line out of /etc/fstab first"
        )
    elsewhere = [mount.path for mount in mounts if mount.number == device.number and mount.path != path]
    if there is None and elsewhere:
        whose = "the brick" if elsewhere[0] in paths else "what is mounted at"
        raise ValueError(f"{device.name} is {whose} {elsewhere[0]}; {_ADVICE}")
    if there is not None and not device.uuid:
        raise ValueError(
            f"{device.name} is mounted there, and a look at it finds no file system; see what has written to it before it is unmounted"
        )
    if device.kind and device.kind != "xfs":
        raise ValueError(
            f"{device.name} has {device.kind} on it and is left as it is. If nothing on it is needed, empty it yourself: wipefs --all {device.name}"
        )
    for other, source in lines.items():
        if other != path and device.uuid and source == f"UUID={device.uuid}":
            raise ValueError(f"{device.name} carries the file system that /etc/fstab has for {other}; {_ADVICE}")
    wanted = lines.get(path, "")
    uuid = wanted.partition("UUID=")[2]
    if uuid and uuid != device.uuid and (device.uuid or uuid in present):
        has = f"has {device.uuid}" if device.uuid else "has none"
        raise ValueError(
            f"/etc/fstab has the file system {uuid} for it, and {device.name} {has}; {_ADVICE}. Where the brick shall move to {device.name}, take its line "
            "out of /etc/fstab first"
        )


def _device(name: str, number: int, tags: str) -> _Device:
    found = dict(line.split("=", 1) for line in tags.splitlines() if "=" in line)
    return _Device(name, _number(number), found.get("UUID", ""), found.get("TYPE") or found.get("PTTYPE", ""))


def _number(device: int) -> str:
    """The kernel's MAJOR:MINOR of a device number of stat(2), as glibc takes it apart."""
    major = (device >> 8 & 0xFFF) | (device >> 32 & ~0xFFF)
    minor = (device & 0xFF) | (device >> 12 & ~0xFF)
    return f"{major}:{minor}"


def _mounts(mountinfo: str) -> list[_Mount]:
    """Mounts of whole file systems, in the order in which they were made. See proc_pid_mountinfo(5)."""
    fields = [line.split(" ") for line in mountinfo.split("\n") if line.count(" ") >= 4]
    return [_Mount(_plain(entry[4]), entry[2]) for entry in fields if entry[3] == "/"]


def _lines(fstab: str) -> dict[str, str]:
    """By path, the first field of its line."""
    fields = [line.split() for line in fstab.split("\n") if line.split() and not line.lstrip().startswith("#")]
    return {_plain(entry[1]).rstrip("/") or "/": entry[0].replace('"', "") for entry in fields if len(entry) > 1}


def _plain(text: str) -> str:
    for octal in ("040", "011", "012", "134"):
        text = text.replace("\\" + octal, chr(int(octal, 8)))
    return text


class FilterModule:
    """The filters of this file, as Ansible looks for them."""

    def filters(self) -> dict[str, Any]:
        return {"brick_lines": brick_lines}
