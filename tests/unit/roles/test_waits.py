# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the waits of all roles and playbooks end where what they wait for does not come."""

from __future__ import annotations

from typing import Any, Iterator

import pytest

from ansible_collections.evenkeel.glusterfs.tests.unit import written


def _lists(entries: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """``entries``, and each list of tasks in them."""
    yield entries
    for entry in entries:
        for key in ("tasks", "pre_tasks", "block", "rescue", "always"):
            yield from _lists(entry[key]) if key in entry else ()


def _waits() -> Iterator[Any]:
    for path in written.paths("roles/*/tasks/**/*.yml", "playbooks/*.yml"):
        for tasks in _lists(written.load(path)):
            for number, task in enumerate(tasks):
                if "until" in task:
                    yield pytest.param(task, tasks[number + 1 :], id=f"{path}: {task['name']}")


@pytest.mark.parametrize(("task", "following"), list(_waits()))
def test_a_wait_for_what_does_not_come_ends_with_what_was_seen(task, following):
    """Ansible's own end of an `until` is "Unknown error"."""
    assert f"{task['register']}.attempts >= " in task["until"], "the last attempt must not be a failure without a name"
    assert task["failed_when"] is False
    stop = next(inner for tasks in _lists(following[:1]) for inner in tasks if "ansible.builtin.assert" in inner)
    said = [stop["ansible.builtin.assert"]["fail_msg"], stop.get("vars"), stop.get("loop"), following[0].get("vars")]
    assert task["register"] in str(said)


def test_the_waits_are_found():
    assert len(list(_waits())) >= 7
