# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where one enters a role, and what is said of that in its meta/argument_specs.yml."""

from __future__ import annotations

from typing import Any, Iterator

import pytest

from ansible_collections.evenkeel.glusterfs.tests.unit import written

SPECS = {path.split("/")[1]: written.variables(path) for path in written.paths("roles/*/meta/argument_specs.yml")}
ENTRY_POINTS = [(role, entry) for role, specs in SPECS.items() for entry in specs["argument_specs"]]


def _tasks(entries: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for entry in entries:
        yield entry
        for key in ("tasks", "pre_tasks", "post_tasks", "block", "rescue", "always"):
            yield from _tasks(entry.get(key) or [])


def _calls() -> Iterator[tuple[str, str, str]]:
    for path in written.paths("playbooks/*.yml", "molecule/*/*.yml", "roles/*/tasks/**/*.yml"):
        entries = written.load(path)
        for task in _tasks(entries) if isinstance(entries, list) else ():
            call = task.get("ansible.builtin.include_role") or task.get("ansible.builtin.import_role")
            if call:
                yield path, call["name"].rpartition(".")[2], call.get("tasks_from", "main")


@pytest.mark.parametrize(("path", "role", "entry"), sorted(set(_calls())))
def test_whatever_of_a_role_is_called_from_outside_is_an_entry_point(path, role, entry):
    assert (role, entry) in ENTRY_POINTS


def test_the_calls_are_found():
    assert len(set(_calls())) >= 15


@pytest.mark.parametrize(("role", "entry"), ENTRY_POINTS)
def test_each_entry_point_has_its_tasks(role, entry):
    assert written.load(f"roles/{role}/tasks/{entry}.yml")


@pytest.mark.parametrize("role", [role for role in SPECS if written.paths(f"roles/{role}/defaults/main.yml")])
def test_each_default_is_the_one_that_is_said(role):
    entries = SPECS[role]["argument_specs"].values()
    said = {
        name: option["default"] for entry in entries for name, option in entry["options"].items() if "default" in option
    }
    defaults = written.variables(f"roles/{role}/defaults/main.yml")
    # An empty string may stand for what need not be said.
    computed = {name for name, value in defaults.items() if "{{" in str(value) or (value == "" and name not in said)}
    own = {name: value for name, value in said.items() if name.startswith(f"{role}_") and name not in computed}
    assert own == {name: value for name, value in defaults.items() if name not in computed}


@pytest.mark.parametrize("path", written.paths("playbooks/*.yml"))
def test_no_client_is_given_anything_by_the_role_of_servers(path):
    for play in written.load(path):
        if "gluster_clients" in str(play.get("hosts")):
            roles = [role["role"] for role in play.get("roles", ())]
            roles += [
                task["ansible.builtin.include_role"]["name"]
                for task in _tasks([play])
                if "ansible.builtin.include_role" in task
            ]
            assert "evenkeel.glusterfs.gluster_server" not in roles


@pytest.mark.parametrize(
    ("role", "called"),
    [("gluster_server", "gluster_tls"), ("gluster_server", "gluster_packages"), ("gluster_client", "gluster_packages")],
)
def test_what_a_role_that_is_called_reads_may_be_said_where_the_calling_one_is(role, called):
    """Ansible refuses a parameter of a role that its specification does not have, also where another role that it calls reads it."""
    given = {"gluster_packages_names", "gluster_packages_state", "gluster_packages_check_only"}
    options = SPECS[role]["argument_specs"]["main"]["options"]
    assert set(SPECS[called]["argument_specs"]["main"]["options"]) - given <= set(options)
