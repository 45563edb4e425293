# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who uses a mounted file system, as far as /proc tells: other mounts of it in any mount namespace, processes, overlays, loop devices.

This list is for messages, and for a refusal before anything is touched. It cannot be complete: a mount namespace that only a file keeps has no process
to ask. Whether a client is still needed is said by the kernel alone, see connection. Links and tables are read, which cannot hang, but for the files that a
process has mapped: who changes its memory map while it waits for a file system that hangs makes all wait that ask for that (mmap_lock), as ps(1) does.
"""

from __future__ import annotations

import contextlib
import os
import queue
import re
import threading
from typing import Callable, Iterable, Iterator, Mapping, NamedTuple, Sequence

from .._gluster.client import COVERING
from .._host import files, mountinfo
from .._host.files import readlink
from .._host.mountinfo import Mount
from .._host.plain import plain

BLOCK = "/sys/block"
MOST_NAMED = 12
"""Users that a message names; a node may have thousands."""
MAPS_SECONDS = 1.0
"""How long one process gets to tell what it has mapped, which takes milliseconds."""
_MOST_HANGING = 4
"""Processes that give no answer to that before no more are asked."""

_SLAVE_OF = re.compile(r" shared:(\d+) master:(\d+) ")
_LAYERS = ("lowerdir", "upperdir", "workdir")


class Use(NamedTuple):
    """One user of a file system.

    text: who, for a message.
    lasting: whether it keeps the file system when the mount point is unmounted, which umount(2) does not refuse.
    sure: False where that could not be found out.
    """

    text: str
    lasting: bool = False
    sure: bool = True


class View(NamedTuple):
    """One mount namespace, as processes with one root directory see it. pid: of one of them, "self" for this process's."""

    pid: str
    mounts: tuple[Mount, ...]

    def lies_on(self, path: str, device: str) -> bool:
        holder = mountinfo.holding(self.mounts, path)
        return holder is not None and holder.device == device


def find(mount: Mount, proc: str = "/proc", block: str = BLOCK) -> tuple[Use, ...]:
    """All users of the file system that is mounted by ``mount``, which is one of this process's mount namespace, other than that mount itself."""
    views, masters = _views(mount, proc)
    uses = [
        *_nested(mount, views["self"]),
        *_mounts(mount, views, masters, proc),
        *_overlays(mount, views),
        *_loops(mount, views["self"], block),
        *_processes(mount, views, proc),
    ]
    return tuple(dict.fromkeys(uses))


def names(uses: Iterable[Use]) -> str:
    """Users for a message, the first of many."""
    texts = [plain(use.text) for use in uses]
    more = len(texts) - MOST_NAMED
    return ", ".join(texts[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


# -- mounts


def _views(mount: Mount, proc: str) -> tuple[dict[str, View], dict[str, str]]:
    """The views, by what tells them apart, of those that may have to do with ``mount``; and of each group of mounts the group that it is a slave of.

    This process's own is "self"; of other namespaces there is one for each root directory, which shows what lies below that.
    """
    needles = (f" {mount.device} ", mountinfo.escape(mount.path))
    views: dict[str, View] = {}
    masters: dict[str, str] = {}
    seen = set()
    for pid in ("self", *sorted(filter(str.isdigit, os.listdir(proc)), key=int)):
        key = _key(pid, proc)
        if key in seen:
            continue
        seen.add(key)
        text = files.text_at(f"{proc}/{pid}/mountinfo") or ""
        masters.update(_SLAVE_OF.findall(text))
        if key == "self" or any(needle in text for needle in needles):
            views[key] = View(pid, mountinfo.parse(text))
    return views, masters


def _key(pid: str, proc: str) -> str:
    """What tells the view of a process from others. Links of /proc are told as this process sees them, whatever root another one of its namespace has."""
    namespace = readlink(f"{proc}/{pid}/ns/mnt")
    if pid == "self" or namespace in ("", readlink(f"{proc}/self/ns/mnt")):
        return "self"
    return f"{namespace} {readlink(f'{proc}/{pid}/root')}"


def _nested(mount: Mount, own: View) -> Iterator[Use]:
    for other in own.mounts:
        if other.parent == mount.id and other.path != mount.path:
            yield Use(f"what is mounted below it at {other.path} ({other.describe()})")


def _mounts(mount: Mount, views: dict[str, View], masters: dict[str, str], proc: str) -> Iterator[Use]:
    """Other mounts of the file system, but for those that umount(2) takes away by propagation (mount_namespaces(7))."""
    own = views["self"]
    for other in own.mounts:
        if (
            other.device == mount.device
            and not _is_ours(mount.path, other.path)
            and not _goes_along(mount, own, other, own, masters)
        ):
            yield Use(f"a bind{'' if other.root == '/' else f' of {other.root}'} at {other.path}", lasting=True)
    for view in views.values():
        copies = [other for other in view.mounts if other.device == mount.device and view is not own]
        stay = [copy for copy in copies if not _goes_along(mount, own, copy, view, masters)]
        if stay:
            who = _named(view.pid, proc) or f"process {view.pid}"
            yield Use(f"{who} in a mount namespace of its own, at {stay[0].path}", lasting=True)


def _is_ours(path: str, other: str) -> bool:
    """Whether one of two places is the other, or where its mount was proven before it came there."""
    return path == other or other.endswith(COVERING + path) or path.endswith(COVERING + other)


def _goes_along(mount: Mount, own: View, copy: Mount, view: View, masters: dict[str, str]) -> bool:
    """Whether ``copy`` goes with ``mount``: it lies at the same place of a mount that is in the group of the one that ``mount`` lies on, or a slave of it."""
    parent, other = _parent(mount, own), _parent(copy, view)
    if parent is None or other is None or not parent.peers:
        return False
    if any(child.parent == copy.id for child in view.mounts):  # it stays for the sake of those
        return False
    same_place = (parent.device, _place(mount, parent)) == (other.device, _place(copy, other))
    return same_place and parent.peers in _groups(other, masters)


def _parent(mount: Mount, view: View) -> Mount | None:
    return next((other for other in view.mounts if other.id == mount.parent), None)


def _place(mount: Mount, parent: Mount) -> str:
    """The directory of the parent's file system that is mounted on."""
    return os.path.normpath(f"{parent.root}/{mount.path[len(parent.path.rstrip('/')) :]}")


def _groups(mount: Mount, masters: dict[str, str]) -> set[str]:
    """The groups whose mounts and umounts come to ``mount``."""
    groups = {mount.peers} - {""}
    above = mount.master
    while above and above not in groups:
        groups.add(above)
        above = masters.get(above, "")
    return groups


def _overlays(mount: Mount, views: dict[str, View]) -> Iterator[Use]:
    """An overlay keeps its layers by mounts of its own that no table shows."""
    for view in views.values():
        for overlay in view.mounts:
            layers = _layers(overlay.data) if overlay.fstype == "overlay" else ()
            if any(view.lies_on(layer, mount.device) or _below(layer, {mount.path}) for layer in layers):
                yield Use(f"an overlay at {overlay.path}", lasting=True)


def _layers(data: str) -> Iterator[str]:
    for option in data.split(","):
        name, _equals, value = option.partition("=")
        if name.rstrip("+") in _LAYERS:
            yield from filter(lambda layer: layer.startswith("/"), value.split(":"))


# -- what holds the mount itself


def _loops(mount: Mount, own: View, block: str) -> Iterator[Use]:
    for name in sorted(listed(block)):
        file = (
            (files.text_at(f"{block}/{name}/loop/backing_file") or "").rstrip("\n") if name.startswith("loop") else ""
        )
        if file and own.lies_on(file, mount.device):
            yield Use(f"{name}, a loop device of {file}")


def _processes(mount: Mount, views: dict[str, View], proc: str) -> Iterator[Use]:
    ids, points = set(), set()
    for view in views.values():
        for other in view.mounts:
            if other.device == mount.device:
                ids.add(str(other.id))
                points.add(other.path.rstrip("/"))
    pids = sorted(filter(str.isdigit, os.listdir(proc)), key=int)
    seeing = {pid: views[key] for pid, key in ((pid, _key(pid, proc)) for pid in pids) if key in views}
    maps = mapped(list(seeing), lambda pid: _maps(f"{proc}/{pid}/map_files", points))
    for pid in pids:
        folder = f"{proc}/{pid}"
        mapped_files = maps.get(pid, set())
        stands = pid in seeing and _stands_on(folder, mapped_files or set(), seeing[pid], mount.device, points)
        uses = stands or _holds(folder, ids, points)
        name = _named(pid, proc) if uses or mapped_files is None else ""
        if name:
            yield Use(name) if uses else Use(f"{name}, which does not tell what it has mapped", sure=False)


def mapped(
    pids: Sequence[str], look: Callable[[str], set[str]], seconds: float = MAPS_SECONDS
) -> Mapping[str, set[str] | None]:
    """What ``look`` says of each of these processes, None where it says nothing within ``seconds``; without the rest where those are many."""
    left = iter(pids)
    progress: queue.SimpleQueue[bool] = queue.SimpleQueue()
    answers: dict[str, set[str] | None] = {}

    def ask() -> None:
        for pid in left:
            answers[pid] = None
            answers[pid] = look(pid)
            progress.put(True)
        progress.put(False)

    for _thread in range(_MOST_HANGING):
        threading.Thread(target=ask, daemon=True).start()  # one that hangs is left behind, and ends with this process
        with contextlib.suppress(queue.Empty):
            while progress.get(timeout=seconds):
                pass
            break
    return dict(answers)


def _maps(folder: str, points: set[str]) -> set[str]:
    """The files that a process has mapped, of those below ``points``. A kernel without CONFIG_CHECKPOINT_RESTORE does not tell."""
    return {target for target in (readlink(f"{folder}/{name}") for name in listed(folder)) if _below(target, points)}


def _holds(folder: str, ids: set[str], points: set[str]) -> bool:
    """Whether a process has a file open on one of these mounts, which fdinfo tells by the mount's id and not by a path."""
    for number in listed(f"{folder}/fd"):
        if _below(readlink(f"{folder}/fd/{number}"), points):
            lines = [line.partition(":") for line in (files.text_at(f"{folder}/fdinfo/{number}") or "").splitlines()]
            on = next((value.strip() for name, _colon, value in lines if name == "mnt_id"), "")
            if on in ids or not on:
                return True
    return False


def _stands_on(folder: str, maps: set[str], view: View, device: str, points: set[str]) -> bool:
    """Whether its working or root directory, its program or a file that it has mapped lies there."""
    links = (readlink(f"{folder}/{name}") for name in ("cwd", "root", "exe"))
    return any(view.lies_on(target, device) for target in {*links, *maps} if _below(target, points))


def _below(path: str, points: set[str]) -> bool:
    return path.startswith("/") and any(path == point or path.startswith(f"{point}/") for point in points)


def _named(pid: str, proc: str) -> str:
    """A process as "name (pid)", "" where it has ended."""
    name = (files.text_at(f"{proc}/{pid}/comm") or "").strip()
    return f"{name} ({pid})" if name else ""


def listed(folder: str) -> Sequence[str]:
    """What lies in a folder; nothing where that cannot be said."""
    try:
        return os.listdir(folder)
    except OSError:
        return ()
