# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for a person: what changes, in which order, what does not fit through, and the manifests for whoever applies them by other means."""

from __future__ import annotations

from typing import Iterator, NamedTuple, Sequence

from . import workloads
from .objects import Key, Object, Objects
from .plan import Plan
from .steps import Step, Wait


class Change(NamedTuple):
    """One object before and after; before is None where there was none."""

    key: Key
    before: Object | None
    after: Object


def changes(plan: Plan, targets: Objects) -> list[Change]:
    """What becomes of each object, volumes first."""
    return [*_volumes(plan, targets), *_workloads(plan)]


def _volumes(plan: Plan, targets: Objects) -> Iterator[Change]:
    for volume in plan.volumes:
        yield Change(volume.key, volume.legacy, targets[volume.key])
        if volume.has_claim and volume.claim:
            yield Change(volume.claim, volume.claim_object, targets[volume.claim])


def _workloads(plan: Plan) -> Iterator[Change]:
    for group in plan.groups:
        for user in group.workloads:
            after = plan.converted(user, user.object)
            if user.key.kind == "Pod":
                after = workloads.unscheduled(after)
            if after != user.object and not user.untouchable:
                yield Change(user.key, user.object, after)


def document(plan: Plan, timeline: Sequence[Step | Wait], *, rollback: bool = False) -> str:
    """The plan as a text in Markdown."""
    steps = _section("Steps, in this order", list(_steps(timeline)), numbered=True)
    if rollback:
        gone = [f"{mount['path']}, when the steps are done" for mount in plan.mounts()]
        return "\n".join(["# The way back to in-tree GlusterFS volumes", "", *steps, *_section("Mounts that go", gone)])
    unused = [f"{key}. The rollback needs it, nothing else that was read does." for key in plan.unused]
    return "\n".join(
        [
            "# Migration of in-tree GlusterFS volumes",
            "",
            *_section(
                "Left out, and why", [f"{row.about}: {row.reason}. Instead: {row.instead}." for row in plan.unsupported]
            ),
            *_section("Good to know", [f"{row.about}: {row.text}." for row in plan.notes]),
            *_section("Mounts on every node", [_mount(mount) for mount in plan.mounts()]),
            *steps,
            *_section("Nobody needs it afterwards", unused),
        ]
    )


def _mount(mount: Object) -> str:
    what = f"{mount['volume']}/{mount['subdir']}" if mount["subdir"] else mount["volume"]
    opts = f", options {','.join(mount['opts'])}" if mount["opts"] else ""
    return f"{mount['path']}: {what} from {', '.join(mount['servers'])}{opts}"


def _steps(timeline: Sequence[Step | Wait]) -> Iterator[str]:
    for entry in timeline:
        if isinstance(entry, Wait):
            yield f"wait: {entry.text}"
        else:
            yield f"{entry.name}. Undo: {entry.undo}."


def _section(title: str, lines: list[str], *, numbered: bool = False) -> list[str]:
    marked = [f"{f'{number}.' if numbered else '-'} {line}" for number, line in enumerate(lines, 1)]
    return [f"## {title}", "", *(marked or ["Nothing."]), ""]
