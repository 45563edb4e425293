# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ``kubernetes_migration``: from objects of a cluster to the plan and its next steps. See kubernetes_migration.yml for users.

A filter and not a module: the objects carry secrets in their environment variables, and a module would write its arguments to the system's log.
"""

from __future__ import annotations

import difflib
from typing import Any, Mapping, Sequence

import yaml
from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._kubernetes import plan as plans
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._kubernetes import report, steps
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._kubernetes.objects import (
    Object,
    Objects,
    key_of,
    plain,
    read,
)

_STATES = ("new", "begun", "finished")


def kubernetes_migration(
    objects: Any,
    settings: Any = None,
    known: Any = None,
    state: str = "new",
    record: Any = None,
    targets: Any = None,
    rollback: bool = False,
    taken: Sequence[str] = (),
    files: bool = False,
) -> dict[str, Any]:
    """The plan for ``objects``, and with ``targets`` what comes next. Raises AnsibleFilterError."""
    try:
        now, originals = read(plain(objects)), read(plain(known or []))
        wanted = plain(settings or {})
        if record is not None:
            base, wanted = _only(read(plain(record)), wanted, keep=frozenset())
        else:
            base, wanted = _base(now, originals, state, bool(rollback), wanted)
        plan = plans.make(base, plans.check(wanted))
        result = {
            "mounts": plan.mounts(),
            "volumes": plan.entries(),
            "notes": [note._asdict() for note in plan.notes],
            "unsupported": [unsupported._asdict() for unsupported in plan.unsupported],
            "record": list(plan.record),
            "originals": list(
                {**{key_of(entry): entry for entry in plan.record}, **(originals if state != "new" else {})}.values()
            ),
            "gate": [_step(step) for step in steps.retain_first(plan, now, rollback=bool(rollback))],
        }
        if targets is None:
            return result
        made = {key_of(entry): entry for entry in plain(targets)}
        following = steps.advance(plan, made, now, rollback=bool(rollback), taken=frozenset(taken))
        result.update(
            steps=[_step(step) for step in following.steps],
            waits=[wait._asdict() for wait in following.waits],
            finished=following.finished,
        )
        if files:
            preview = steps.preview(plan, made, now, rollback=bool(rollback))
            texts = {"plan.md": report.document(plan, preview.timeline, rollback=bool(rollback))}
            result.update(files=texts if rollback else {**texts, **_files(plan, made)}, rounds=preview.rounds)
        return result
    except (ValueError, steps.Stopped) as error:
        raise AnsibleFilterError(f"kubernetes_migration: {error}") from error


def _base(
    now: Objects, originals: Objects, state: str, rollback: bool, settings: Mapping[str, Any]
) -> tuple[Objects, Mapping[str, Any]]:
    """What the plan is made of: what there is, what there was, or both.

    A migration that has begun goes by its originals, and takes in what has come since. One that has finished leaves alone what it has brought over.
    """
    if state not in _STATES:
        raise ValueError(f"state {state!r}: must be one of {', '.join(_STATES)}")
    if rollback:
        return originals, settings
    if state == "finished":
        known = {key.name for key in originals if key.kind == "PersistentVolume"}
        return _only(now, settings, keep=frozenset(settings.get("only") or ()) - known)
    return ({**now, **originals} if state == "begun" else now), settings


def _only(base: Objects, settings: Mapping[str, Any], *, keep: frozenset[str]) -> tuple[Objects, Mapping[str, Any]]:
    """``base`` and the settings without names of volumes that are in-tree ones no more, but for those to ``keep``; without objects if none is left."""
    asked = list(settings.get("only") or [])
    in_tree = {
        key.name for key, entry in base.items() if key.kind == "PersistentVolume" and "glusterfs" in entry["spec"]
    }
    only = [name for name in asked if name in in_tree | keep]
    return ({} if asked and not only else base), {**settings, "only": only}


def _files(plan: plans.Plan, targets: Objects) -> dict[str, str]:
    """What changes, as texts by the path of their file."""
    changes = report.changes(plan, targets)
    volumes = [change.after for change in changes if change.key in targets]
    workloads = [change.after for change in changes if change.key not in targets]
    return {
        "changes.diff": "".join(_diff(change) for change in changes),
        "manifests/volumes.yaml": _yaml(*volumes),
        "manifests/workloads.yaml": _yaml(*workloads),
    }


def _step(step: steps.Step) -> dict[str, Any]:
    """A step in the words of module kubernetes.core.k8s."""
    return {
        "name": step.name,
        "state": {"patch": "patched", "delete": "absent", "create": "present"}[step.verb],
        "definition": step.definition(),
        "delete_options": {"preconditions": {"uid": step.uid}} if step.uid else {},
        "undo": step.undo,
    }


def _yaml(*entries: Object) -> str:
    return yaml.safe_dump_all(entries, default_flow_style=False, sort_keys=False, width=1000) if entries else ""


def _diff(change: report.Change) -> str:
    before, after = (
        _yaml(*([side] if side else [])).splitlines(keepends=True) for side in (change.before, change.after)
    )
    return "".join(difflib.unified_diff(before, after, f"before/{change.key}", f"after/{change.key}"))


def _never_templates(*arguments: Any, **options: Any) -> Any:
    """The filter for Ansible. What objects hold in double braces is text of theirs, and no template."""
    return wrap_var(kubernetes_migration(*arguments, **options))


class FilterModule:
    """The filters of this file, as Ansible looks for them."""

    def filters(self) -> dict[str, Any]:
        return {"kubernetes_migration": _never_templates}
