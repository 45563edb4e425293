# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What waits to be healed, what is in split-brain, and waiting until nothing is left to heal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Collection, NamedTuple

from . import cli as commands
from . import volume as volumes
from .cli import Cli, ClusterError, Element, Hopeless
from .healers import Healers
from .volume import Brick


class Entry(NamedTuple):
    """One entry to heal. path: as the volume sees it, None where only the gfid is known."""

    gfid: str
    path: str | None


class BrickHeal(NamedTuple):
    """What one brick tells. The counts are None where the brick could not be asked.

    status: "Connected", or why not. entries: empty where only counts were asked for.
    """

    name: str
    host_uuid: str
    status: str
    total: int | None
    pending: int | None = None
    split_brain: int | None = None
    healing: int | None = None
    entries: tuple[Entry, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        return Brick.parse(self.name).key

    @property
    def connected(self) -> bool:
        return self.status == "Connected"


def parse(root: Element) -> tuple[BrickHeal, ...]:
    """Parse the answer to ``volume heal NAME info``, ``info summary`` and ``info split-brain``."""
    return tuple(_brick(brick) for brick in root.iterfind("healInfo/bricks/brick"))


def _brick(brick: Element) -> BrickHeal:
    # "-" where the brick could not be asked.
    numbers = {path: commands.number(brick, path, -1) for path in _COUNTS}
    total = max(numbers["totalNumberOfEntries"], numbers["numberOfEntries"])
    return BrickHeal(
        name=commands.text(brick, "name"),
        host_uuid=brick.get("hostUuid", ""),
        status=commands.text(brick, "status"),
        total=_count(total),
        pending=_count(numbers["numberOfEntriesInHealPending"]),
        split_brain=_count(numbers["numberOfEntriesInSplitBrain"]),
        healing=_count(numbers["numberOfEntriesPossiblyHealing"]),
        entries=tuple(_entry(entry) for entry in brick.iterfind("file")),
    )


_COUNTS = (
    "totalNumberOfEntries",
    "numberOfEntries",
    "numberOfEntriesInHealPending",
    "numberOfEntriesInSplitBrain",
    "numberOfEntriesPossiblyHealing",
)


def _count(number: int) -> int | None:
    return None if number < 0 else number


def _entry(entry: Element) -> Entry:
    content = entry.text or ""
    gfid = entry.get("gfid", "")
    if content.startswith("<gfid:") and content.endswith(">"):
        inside = content[len("<gfid:") : -1]
        gfid = gfid or inside.partition("/")[0]
        return Entry(gfid, None)
    return Entry(gfid, content or None)


def for_summary(cli: Cli, seconds: float) -> Cli:
    """The same with a time limit for a summary of very many entries: half of ``seconds``, so that a look that hangs is not the last one."""
    return replace(cli, timeout=max(cli.timeout, seconds / 2))


def summary(cli: Cli, volume: str) -> tuple[BrickHeal, ...]:
    return parse(cli.read("volume", "heal", volume, "info", "summary"))


def lacks(reports: Collection[BrickHeal], bricks: Collection[Brick]) -> str:
    """What keeps ``bricks`` from being whole: not connected, entries to heal. Empty if they are."""
    by_key = {report.key: report for report in reports}
    return "; ".join(filter(None, (_lack(str(brick), by_key.get(brick.key)) for brick in bricks)))


def in_split_brain(reports: Collection[BrickHeal], bricks: Collection[Brick]) -> bool:
    """Whether an entry on one of ``bricks`` is in split-brain, so that no heal makes it whole."""
    keys = {brick.key for brick in bricks}
    return any(report.split_brain for report in reports if report.key in keys)


def _lack(name: str, report: BrickHeal | None) -> str:
    if not report:
        return f"{name} is not reported"
    if not report.connected or report.total is None:
        return f"{name} is not connected ({report.status})"
    if not report.total:
        return ""
    split = f", {report.split_brain} of them in split-brain" if report.split_brain else ""
    return f"{name} has {report.total} entries to heal{split}"


def wait(cli: Cli, volume: str, bricks: Collection[Brick], seconds: float, when: str) -> None:
    """Wait until ``bricks`` are connected and have nothing to heal. when: as it stands in messages.

    The self-heal daemons are called now and then. Raises ClusterError after ``seconds``, and at once where split-brain bars the heal. Raises Hopeless
    where the volume is not there or not started, a brick is none of it, or the daemons do not heal, see healers.py. Where gluster refuses a look for
    another reason, that reason is what is missing at that moment.
    """
    over = cli.clock.now() + seconds
    healers = Healers(cli, volume, bricks, when)

    def missing() -> str:
        split = False
        try:
            reports = summary(for_summary(cli, over - cli.clock.now()), volume)
            lack = lacks(reports, bricks)
            split = in_split_brain(reports, bricks)
            is_complete = {brick.key for brick in bricks} <= {report.key for report in reports}
        except ClusterError as error:
            lack, is_complete = str(error), False
        never = "" if is_complete else _why_never(cli, volume, bricks)
        if never:
            raise Hopeless(f"volume {volume} cannot heal {when}: {never}")
        why = healers.call() if lack else ""
        if split:
            raise ClusterError(
                f"volume {volume} cannot heal {when}: {lack}; `gluster volume heal {volume} info split-brain` lists the entries"
            )
        return "; ".join(filter(None, (lack, why)))

    commands.wait(cli.clock, seconds, f"volume {volume} to be healed {when}", missing)


def _why_never(cli: Cli, volume: str, bricks: Collection[Brick]) -> str:
    """Why no later look can find ``bricks`` whole; empty where gluster does not say so."""
    try:
        current = volumes.read(cli).get(volume)
    except ClusterError:
        return ""
    if not current:
        return "it is not there"
    if not current.started:
        return "it is not started"
    keys = {brick.key for brick in current.bricks}
    return "; ".join(f"{brick} is no brick of it any more" for brick in bricks if brick.key not in keys)


def describe(brick: BrickHeal) -> dict[str, Any]:
    """A brick for a module's result."""
    return {
        "brick": brick.name,
        "host_uuid": brick.host_uuid,
        "connected": brick.connected,
        "status": brick.status,
        "total": brick.total,
        "pending": brick.pending,
        "split_brain": brick.split_brain,
        "healing": brick.healing,
        "entries": [{"gfid": entry.gfid, "path": entry.path} for entry in brick.entries],
    }
