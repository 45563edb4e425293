# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is mounted on this node: the kernel's own table, never a path that might hang.

Format: proc_pid_mountinfo(5). On a dead mount ``os.path.ismount`` says no and ``os.stat`` may answer from a cache, so this table is the only witness.
"""

from __future__ import annotations

import re
from typing import Callable, Iterable, NamedTuple

from .plain import plain

TABLE = "/proc/self/mountinfo"

GLUSTERFS = "fuse.glusterfs"
AUTOFS = "autofs"

_OWNER = "user_id="
_ESCAPE = re.compile(r"\\([0-7]{3})")
_SOURCE = re.compile(r"(?P<servers>[^/]+):/*(?P<volume>[^/]+)(?P<subdir>/.*)?", re.DOTALL)


class Mount(NamedTuple):
    """One line of mountinfo.

    id, parent: the kernel's numbers; an id is unique among the mounts of this moment, those of other namespaces included.
    device: ``major:minor`` of the mounted file system. Binds of one file system share it.
    path: the mount point, unescaped.
    peers: number of the group of mounts, in other namespaces too, that see what is mounted below this one; "" if none does.
    root: the directory of the file system that is mounted there; "/" for all of it, which a mounted subdirectory of a volume is too.
    master: number of the group whose mounts and umounts come to this one, and not the other way round; "" if there is none.
    data: options of the file system, in the kernel's spelling.
    """

    id: int
    parent: int
    device: str
    path: str
    options: tuple[str, ...]
    fstype: str
    source: str
    peers: str = ""
    root: str = "/"
    master: str = ""
    data: str = ""

    @property
    def shared(self) -> bool:
        """Whether what is mounted below appears in the mount namespaces that have a copy of it, and the other way round."""
        return bool(self.peers)

    @property
    def owner(self) -> int:
        """The user who has mounted a FUSE file system; 0, root, for all others."""
        return next(
            (int(word[len(_OWNER) :]) for word in self.data.split(",") if re.fullmatch(_OWNER + "[0-9]+", word)), 0
        )

    @property
    def gluster(self) -> bool:
        """Whether this is a GlusterFS mount of root's. By fusermount every user can make a mount that shows any type."""
        return self.fstype == GLUSTERFS and self.owner == 0

    def describe(self) -> str:
        whose = f" of user {self.owner}" if self.owner else ""
        return plain(f"{self.fstype} from {self.source}{whose}")


class Source(NamedTuple):
    """What a gluster mount's source string says. The servers it lists need not be the ones in use, nor exist at all.

    subdir: without empty parts, "" for the volume's root.
    """

    servers: str
    volume: str
    subdir: str


def _pass(_line: str) -> None:
    """Say nothing."""


def parse(text: str, unread: Callable[[str], None] = _pass) -> tuple[Mount, ...]:
    """Read the text of a mountinfo file. Only a newline ends a line: in names the kernel escapes that, and no other control character.

    unread: called with each line that cannot be read. The other lines are read all the same.
    """
    mounts = []
    for line in filter(None, text.split("\n")):
        try:
            mounts.append(_parse_line(line))
        except ValueError:
            unread(line)
    return tuple(mounts)


def _parse_line(line: str) -> Mount:
    head, separator, tail = line.partition(" - ")
    fields, rest = head.split(" "), tail.split(" ")
    if not separator or len(fields) < 6 or len(rest) < 3:
        raise ValueError(f"not a line of mountinfo: {line!r}")
    return Mount(
        id=int(fields[0]),
        parent=int(fields[1]),
        device=fields[2],
        path=_unescape(fields[4]),
        options=tuple(fields[5].split(",")),
        fstype=rest[0],
        source=_unescape(rest[1]),
        peers=_tag(fields, "shared:"),
        root=_unescape(fields[3]),
        master=_tag(fields, "master:"),
        data=_unescape(rest[2]),
    )


def _tag(fields: list[str], name: str) -> str:
    """The number of an optional field, "" where the line has none of this name."""
    return next((field[len(name) :] for field in fields[6:] if field.startswith(name)), "")


def _unescape(field: str) -> str:
    r"""Undo the kernel's ``\040`` for a blank and the like."""
    return _ESCAPE.sub(lambda match: chr(int(match.group(1), 8)), field)


def escape(path: str) -> str:
    """A path as a line of mountinfo spells it."""
    return re.sub(r"[ \t\n\\]", lambda match: f"\\{ord(match.group()):03o}", path)


def at(mounts: Iterable[Mount], path: str) -> Mount | None:
    """The mount on top at ``path``: of several stacked there, the one that is no other's parent."""
    stacked = [mount for mount in mounts if mount.path == path]
    covered = {mount.parent for mount in stacked}
    return next((mount for mount in reversed(stacked) if mount.id not in covered), None)


def holding(mounts: Iterable[Mount], path: str) -> Mount | None:
    """The mount that ``path`` lies on or below: the one with the longest mount point, on top there."""
    above = [mount for mount in mounts if mount.path == "/" or path == mount.path or path.startswith(mount.path + "/")]
    longest = max(above, key=lambda mount: len(mount.path), default=None)
    return (at(above, longest.path) or longest) if longest else None


def parse_source(source: str) -> Source | None:
    """Read ``servers:/volume/sub/dir`` (mount.glusterfs) or ``server:volume/sub/dir`` (the client itself); None if it is neither."""
    match = _SOURCE.fullmatch(source)
    if not match:
        return None
    parts = (match["subdir"] or "").split("/")
    return Source(match["servers"], match["volume"], "/".join(part for part in parts if part not in ("", ".")))
