# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A mount point as the module mount manages it: what mounts it, what keeps it over a boot, and what the module returns of both."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from .._host.plain import plain_lines
from .._mount import model
from .mount_arguments import Arguments


class Text(NamedTuple):
    """What of a file, or of several, belongs to a mount point. where: their name, for a diff."""

    where: str
    before: str = ""
    after: str = ""

    def diff(self) -> dict[str, str]:
        return {"before_header": self.where, "after_header": self.where, "before": self.before, "after": self.after}


class Written(NamedTuple):
    """What was written so that the mount is made at boot, or not made any more; in check mode what would be.

    warnings: what a person should know of it.
    """

    changed: bool
    texts: tuple[Text, ...]
    warnings: tuple[str, ...] = ()


class Keeper(Protocol):
    """What keeps a mount over a boot: a line of fstab (FstabLine), or the units of a container (ContainerUnits)."""

    def plan(self, state: str) -> Any:
        """What ``write`` takes for this state; None if nothing. Raises what would forbid it, before anything is touched."""

    def lacks_image(self) -> bool:
        """In check mode, whether an earlier task would have put an image on this host, without which nothing more can be told."""

    def source(self, plan: Any) -> str:
        """The source that the mount shall show."""

    def write(self, plan: Any) -> Written:
        """Carry out a plan; in check mode only say what it would be."""

    def plan_drop(self) -> None:
        """Raises what would forbid ``drop``, before anything is touched."""

    def drop(self) -> Written:
        """Let the next boot make no mount; in check mode only say what that would be."""

    def unchanged(self) -> Written:
        """Nothing was written."""

    def describe(self, written: Written) -> dict[str, str | None]:
        """What the module returns of it."""

    def standing(self) -> str:
        """What mounts at boot by now, in full."""


class MountPoint(NamedTuple):
    """One run of the module on one mount point."""

    arguments: Arguments
    node: model.Node
    mounter: model.Mounter
    keeper: Keeper
    check: bool


class Result(NamedTuple):
    """What the module returns; ``diff`` has what keeps the mount over a boot, before and after."""

    changed: bool
    values: dict[str, Any]
    warnings: list[str]
    diff: list[dict[str, str]]


def result(point: MountPoint, report: model.Report, written: Written, more: tuple[str, ...] = ()) -> Result:
    """What came of a run. more: warnings beside those of the report and of what was written."""
    path, node = point.arguments.path, point.node
    warnings = [*report.warnings, *written.warnings, *more]
    if report.differs and not report.changed:
        warnings.append(
            f"{path} stays mounted with other options ({', '.join(report.differs)}); state: remounted or remount: true carries them out, "
            "in the role gluster_client_remount: true"
        )
    guard = report.guard or node.host.read_guard(path)
    return Result(
        changed=report.changed or written.changed,
        values={
            # No key "path" here: AnsibleModule.exit_json calls stat(2) on that, which never returns from a hung mount.
            "server": report.server,
            "source": report.observed.mount.source if report.observed.mount else None,
            "healed": report.healed,
            "subdir_created": _subdir_created(point, report),
            "guard": "immutable" if guard.immutable else "none",
            "guard_reason": guard.reason,
            "options_differ": list(report.differs),
            "attempts": [attempt.as_result() for attempt in report.attempts],
            "commands": list(node.run.commands),
            "mount": {"path": path, **report.observed.as_result()},
            **point.keeper.describe(written),
        },
        warnings=[plain_lines(text) for text in (*warnings, *sorted(node.run.unread))],
        diff=[text.diff() for text in (*written.texts, *_new_directory(point, report))],
    )


def _subdir_created(point: MountPoint, report: model.Report) -> bool | None:
    """Whether the subdirectory was made; None where that is not known, as in check mode."""
    unknown = point.check and report.changed and point.arguments.spec.new_subdir is not None
    return None if unknown else report.subdir_made


def _new_directory(point: MountPoint, report: model.Report) -> tuple[Text, ...]:
    """The subdirectory for a diff, where it was made, or would be if the volume does not have it."""
    spec, made = point.arguments.spec, _subdir_created(point, report)
    if made is False or spec.new_subdir is None:
        return ()
    new = spec.new_subdir
    said = " (if the volume does not have it)" if made is None else ""
    return (
        Text(
            f"volume {spec.volume}",
            "",
            f"{spec.subdir}: directory, owner {new.uid}, group {new.gid}, mode {new.mode:04o}{said}\n",
        ),
    )
