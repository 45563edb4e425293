# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mounts of a node as a table for a person: what is wrong comes first, and below each that is ill stands why, and what to do."""

from __future__ import annotations

from typing import IO, Any, Mapping, NamedTuple, Sequence

from .._host.plain import plain
from .._mount.state import State

_HEAD = ("MOUNT", "STATE", "VOLUME", "SERVER", "BRICKS")
_WORST_FIRST = (
    State.DEAD,
    State.HUNG,
    State.ABSENT,
    State.FOREIGN,
    State.BIND,
    State.STALE,
    State.READ_ONLY,
    State.DEGRADED,
    State.HEALTHY,
)
_WEAK = (State.STALE, State.READ_ONLY, State.DEGRADED)
_RED, _YELLOW, _GREEN, _BOLD, _END = "\x1b[31m", "\x1b[33m", "\x1b[32m", "\x1b[1m", "\x1b[0m"


class Row(NamedTuple):
    """One mount point.

    result: as Observed.as_result gives it, with ``path`` and ``server``. failed: whether a mount should be there and does not answer.
    healed: whether healing knows it, by a line of fstab.
    """

    result: Mapping[str, Any]
    failed: bool = False
    healed: bool = False

    @property
    def state(self) -> State:
        return State(self.result["state"])

    @property
    def rank(self) -> tuple[bool, bool, int]:
        """Less for what is worse."""
        return (not self.failed, self.state not in _WEAK, _WORST_FIRST.index(self.state))


def has_colours(stream: IO[str], environ: Mapping[str, str]) -> bool:
    """Whether ``stream`` is a terminal that shows colours, and nobody has said that it shall not (NO_COLOR, see no-color.org)."""
    return stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM", "dumb") != "dumb"


def lines(rows: Sequence[Row], *, colours: bool) -> list[str]:
    """The table, no line of it longer than what it has to say; nothing at all for no rows. What others have named is plain (see plain)."""
    if not rows:
        return []
    ordered = sorted(rows, key=lambda row: row.rank)
    cells = [_HEAD, *(_cells(row.result) for row in ordered)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_HEAD))]
    head, *body = [[cell.ljust(width) for cell, width in zip(line, widths)] for line in cells]
    shown = ["  ".join(head).rstrip()]
    if colours:
        shown = [f"{_BOLD}{shown[0]}{_END}"]
    for row, line in zip(ordered, body):
        if colours:
            line[1] = f"{_colour(row)}{line[1]}{_END}"
        shown.append("  ".join(line).rstrip())
        shown += [f"    {plain(note)}" for note in _notes(row)]
    return shown


def _cells(result: Mapping[str, Any]) -> tuple[str, ...]:
    volume = "/".join(filter(None, (result["volume"], result["subdir"])))
    bricks = result["bricks"]
    up = sum(brick["connected"] for brick in bricks)
    connected = f"{up}/{len(bricks)}" if bricks else "-"
    values = (result["path"], result["state"], volume or "-", result["server"] or "-", connected)
    return tuple(plain(value) for value in values)


def _colour(row: Row) -> str:
    if row.failed:
        return _RED
    return _YELLOW if row.state in _WEAK else _GREEN if row.state is State.HEALTHY else ""


def _notes(row: Row) -> list[str]:
    """Why it is ill, and what to do about it."""
    result = row.result
    notes = []
    if row.state is State.BIND:
        notes.append(f"a bind of {result['bind_of'] or 'what is not mounted any more'}")
    if row.state is State.FOREIGN:
        notes.append("another file system is mounted there")
    if result["stale"]:
        notes.append(result["stale"]["detail"])
    if result["why"]:
        notes.append(result["why"])
    down = [f"{brick['host']}:{brick['path']}" for brick in result["bricks"] if not brick["connected"]]
    if down:
        notes.append(f"not connected to {', '.join(down)}")
    todo = _todo(row, down)
    return [*notes, f"what to do: {todo}"] if todo else notes


def _todo(row: Row, down: Sequence[str]) -> str:
    path, volume = row.result["path"], row.result["volume"]
    if row.failed and row.state in (State.FOREIGN, State.BIND):
        return f"fstab wants a volume there; unmount what is there, then gluster-failover heal {path}"
    if row.failed or row.state is State.STALE:
        if not row.healed:
            return "fstab has no line for it, so healing leaves it; what has mounted it has to mount it anew"
        if row.state is State.STALE:
            return f"gluster-failover heal {path} mounts it anew where nobody uses it, and names its users"
        return f"gluster-failover heal {path}; what each server says of it: gluster-failover why {path}"
    if down:
        return f"on a server, gluster volume status {volume} tells which bricks run; one that runs cannot be reached from here"
    return ""
