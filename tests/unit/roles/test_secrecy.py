# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which tasks of a migration may show something, since objects of a cluster carry secrets."""

from __future__ import annotations

import re

import pytest

from ansible_collections.evenkeel.glusterfs.tests.unit import written

TASKS = "roles/gluster_kubernetes/tasks"
SHOWN = {
    "gluster_kubernetes_migration.files['plan.md'].splitlines()",
    "gluster_kubernetes_migration.unsupported",
    "gluster_kubernetes_migration.steps | map(attribute='name')",
    "gluster_kubernetes_migration.gate | map(attribute='name')",
}


def tasks(entries):
    for entry in entries:
        yield entry
        for key in ("block", "rescue", "always"):
            yield from tasks(entry.get(key, ()))


@pytest.mark.parametrize("half", ["migrate_plan", "migrate_run"])
def test_no_task_of_a_migration_shows_anything_unless_it_says_so_and_a_failure_is_told_without_contents(half):
    (whole,) = written.load(f"{TASKS}/{half}.yml")
    assert whole["no_log"] is True
    (told,) = whole["rescue"]
    assert told["no_log"] is False
    assert "evenkeel.glusterfs.kubernetes_failure(" in told["ansible.builtin.fail"]["msg"]
    assert told["ansible.builtin.fail"]["msg"].startswith("{{ ansible_failed_result |")


def test_what_is_shown_is_names_and_the_plan():
    paths = [f"{TASKS}/migrate_plan.yml", f"{TASKS}/migrate_run.yml", *written.paths(f"{TASKS}/migrate/*.yml")]
    shown = [task for path in paths for task in tasks(written.load(path)) if task.get("no_log") is False]
    messages = {task["ansible.builtin.debug"]["msg"] for task in shown if "ansible.builtin.debug" in task}
    assert {message.strip("{} ") for message in messages} == SHOWN
    assert {key for task in shown for key in task if "." in key} == {"ansible.builtin.debug", "ansible.builtin.fail"}


def test_a_module_that_is_given_an_object_does_not_fail_by_itself():
    """ansible-core 2.19 shows the message of a module that fails, and an API server quotes in it what it was given."""
    found = [
        (path, task)
        for path in written.paths(f"{TASKS}/migrate/*.yml")
        for task in tasks(written.load(path))
        if "kubernetes.core.k8s" in task
    ]
    assert len(found) == 2
    for path, task in found:
        assert task["failed_when"] is False, path
        assert re.search(rf"fail_refused\.yml\n +when: {task['register']}\.results", (written.ROOT / path).read_text())
