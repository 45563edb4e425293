# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

import pytest

from ansible_collections.evenkeel.glusterfs.tests.unit import written

RENAMED = written.variables("roles/gluster_renamed/vars/main.yml")["gluster_renamed_variables"]


def options(entry="main"):
    """The variables of all roles, as an entry point documents them."""
    specs = (written.load(path)["argument_specs"] for path in written.paths("roles/*/meta/argument_specs.yml"))
    return {name for spec in specs for name in spec[entry]["options"]}


@pytest.mark.parametrize(("before", "now"), RENAMED.items())
def test_a_variable_by_its_name_of_before_ends_the_run_and_the_message_says_the_name_of_now(before, now):
    refuse = written.task("roles/gluster_renamed/tasks/main.yml", "Refuse variables that have another name now")
    stop = refuse["ansible.builtin.assert"] | {"vars": refuse["vars"]}
    known = {"gluster_renamed_variables": RENAMED, "inventory_hostname": "node1", "gluster_client_mounts": []}
    assert written.holds(stop, "that", **known)
    assert not written.holds(stop, "that", **known, **{before: ""})
    assert f"Write {before} as {now}." in written.value(stop, "fail_msg", **known, **{before: ""})


@pytest.mark.parametrize(("before", "now"), RENAMED.items())
def test_the_name_of_now_is_one_of_a_role_and_the_name_of_before_is_not(before, now):
    assert now.partition(",")[0] in options()
    assert before not in options()


@pytest.mark.parametrize("path", written.paths("roles/*/meta/main.yml"))
def test_no_role_of_such_a_variable_runs_before_names_of_before_are_refused(path):
    """But gluster_packages, which is called by roles that have looked."""
    role = path.split("/")[1]
    needed = any(name.startswith(f"{role}_") for names in RENAMED.items() for name in names)
    assert (
        not needed
        or role == "gluster_packages"
        or {"role": "evenkeel.glusterfs.gluster_renamed"} in written.load(path)["dependencies"]
    )


def test_a_role_looks_though_another_one_of_the_same_play_has():
    """Each has parameters of its own in a list of roles."""
    assert written.variables("roles/gluster_renamed/meta/main.yml")["allow_duplicates"] is True


@pytest.mark.parametrize(("before", "now"), RENAMED.items())
def test_the_changelog_and_the_page_of_the_role_say_of_each_what_it_is_called_now(before, now):
    name = now.partition(",")[0]
    changes = (written.ROOT / "changelogs/fragments/roles.yml").read_text()
    assert re.search(rf"``{before}``[^`]*``{name}``", changes)
    page = (written.ROOT / "roles/gluster_renamed/README.md").read_text()
    assert re.search(rf"^\| `{before}`[^|]*\| `{name}`", page, re.MULTILINE)
