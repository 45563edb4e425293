# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks as playbooks and roles have them written, and what their expressions come to, without a play."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Iterator

from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.evenkeel.glusterfs.plugins.filter.spread import spread

ROOT = Path(__file__).parents[2]


def paths(*patterns: str) -> list[str]:
    """The files of the collection that match one of ``patterns``, from its root on."""
    return sorted({str(path.relative_to(ROOT)) for pattern in patterns for path in ROOT.glob(pattern)})


def load(path: str) -> list[dict[str, Any]]:
    """A file of tasks or plays of the collection."""
    entries: list[dict[str, Any]] = DataLoader().load_from_file(str(ROOT / path))
    return entries


def variables(*paths: str) -> dict[str, Any]:
    """The variables of files of the collection; a later one holds."""
    found: dict[str, Any] = {}
    for path in paths:
        found.update(DataLoader().load_from_file(str(ROOT / path), trusted_as_template=True))
    return found


def task(path: str, name: str) -> dict[str, Any]:
    """The task, or else the block, of that name in a file of the collection."""
    written = DataLoader().load_from_file(str(ROOT / path), trusted_as_template=True)
    return next(found for found in _tasks(written) if found.get("name") == name)


def play(path: str, name: str) -> dict[str, Any]:
    """The play of that name in a playbook of the collection."""
    plays: list[dict[str, Any]] = DataLoader().load_from_file(str(ROOT / path))
    return next(found for found in plays if found["name"] == name)


def _tasks(written: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for entry in written:
        inner = [entry[key] for key in ("tasks", "block", "rescue") if key in entry]
        yield from (found for tasks in inner for found in _tasks(tasks))
        yield entry


def value(written: dict[str, Any], key: str, **variables: Any) -> Any:
    """What a task's keyword comes to."""
    templar = Templar(loader=DataLoader(), variables={**written.get("vars", {}), **variables})
    # Ansible finds the filters of collections only where it has set up its own imports.
    templar.environment.filters["evenkeel.glusterfs.spread"] = spread
    return templar.template(written[key])


def holds(written: dict[str, Any], key: str, **variables: Any) -> bool:
    """Whether all conditions of a task's keyword are met."""
    templar = Templar(loader=DataLoader(), variables={**written.get("vars", {}), **variables})
    conditions = written[key] if isinstance(written[key], list) else [written[key]]
    return all(templar.evaluate_conditional(condition) for condition in conditions)
