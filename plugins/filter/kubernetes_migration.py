# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ``kubernetes_migration``: from objects of a cluster to the plan and its next steps. See kubernetes_migration.yml for users.

A filter and not a module: the objects carry secrets in their environment variables, and a module would write its arguments to the system's log.
"""

from __future__ import annotations

import difflib
from typing import Any, Sequence

import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._kubernetes import plan as plans
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._kubernetes import report, steps
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._kubernetes.objects import (
    Object,
    Objects,
    key_of,
    plain,
    read,
)


def kubernetes_migration(
    objects: Any,
    settings: Any = None,
    record: Any = None,
    extend: bool = False,
    targets: Any = None,
    rollback: bool = False,
    taken: Sequence[str] = (),
    files: bool = False,
) -> dict[str, Any]:
    """The plan for ``objects``, and with ``targets`` what comes next. Raises AnsibleFilterError."""
    try:
        now, known = read(plain(objects)), read(plain(record or []))
        plan = plans.make({**now, **known} if extend or not known else known, plans.check(plain(settings or {})))
        result: dict[str, Any] = {
            "mounts": plan.mounts(),
            "volumes": plan.entries(),
            "notes": [note._asdict() for note in plan.notes],
            "left": [left._asdict() for left in plan.left],
            "record": list(plan.record),
        }
        if targets is None:
            return result
        made = {key_of(entry): entry for entry in plain(targets)}
        following = steps.advance(plan, made, now, rollback=bool(rollback), taken=frozenset(taken))
        result.update(
            gate=[_step(step) for step in steps.gate(plan, now, rollback=bool(rollback))],
            steps=[_step(step) for step in following.steps],
            waits=list(following.waits),
            finished=following.finished,
        )
        if files:
            result["files"] = _files(plan, made, steps.preview(plan, made, now, rollback=bool(rollback)))
        return result
    except (ValueError, steps.Stopped) as error:
        raise AnsibleFilterError(f"kubernetes_migration: {error}") from error


def _files(plan: plans.Plan, targets: Objects, preview: Sequence[steps.Step | str]) -> dict[str, str]:
    """The texts for a person, by the path of their file."""
    changes = report.changes(plan, targets)
    return {
        "plan.md": report.document(plan, preview),
        "changes.diff": "".join(_diff(change) for change in changes),
        **{f"manifests/{_file(change.after)}": _yaml(change.after) for change in changes if change.after},
    }


def _step(step: steps.Step) -> dict[str, Any]:
    delete = {"preconditions": {"uid": step.uid}} if step.uid else {}
    return {
        "name": step.name,
        "phase": step.phase,
        "state": {"patch": "patched", "delete": "absent", "create": "present"}[step.verb],
        "definition": step.definition(),
        "delete_options": delete,
        "undo": step.undo,
    }


def _yaml(entry: Object | None) -> str:
    return yaml.safe_dump(entry, default_flow_style=False, sort_keys=False, width=1000) if entry else ""


def _file(entry: Object) -> str:
    key = key_of(entry)
    return "-".join(part for part in (key.kind.lower(), key.namespace, key.name) if part) + ".yaml"


def _diff(change: report.Change) -> str:
    before, after = (_yaml(side).splitlines(keepends=True) for side in (change.before, change.after))
    return "".join(difflib.unified_diff(before, after, f"before/{change.key}", f"after/{change.key}"))


class FilterModule:
    """The filters of this file, as Ansible looks for them."""

    def filters(self) -> dict[str, Any]:
        return {"kubernetes_migration": kubernetes_migration}
