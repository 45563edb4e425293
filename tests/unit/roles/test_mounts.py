# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mounts of the role gluster_client, by the host's client and by containers."""

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.tests.unit import written

MOUNT = written.task("roles/gluster_client/tasks/mount.yml", "Mount the volumes")
VARIABLES = written.variables("roles/gluster_client/defaults/main.yml", "roles/gluster_client/vars/main.yml")


def argument(name, item=None, **variables):
    """What the module mounts is given for a mount, or with ``omit`` where it is given nothing."""
    known = {
        **VARIABLES,
        **MOUNT["vars"],
        "omit": "omit",
        "inventory_hostname": "node1",
        "groups": {},
        "gluster_client_mounts": [{"path": "/srv/a b", **(item or {})}],
        **variables,
    }
    (entry,) = written.value(MOUNT["vars"], "gluster_client_entries", **known)
    return entry[name] if name in entry else written.value(MOUNT["evenkeel.glusterfs.mounts"], name, **known)


@pytest.mark.parametrize(
    ("opts", "wanted"),
    [
        ([], ["log-file=/logs/srv-a%20b.log"]),
        (["ro"], ["ro", "log-file=/logs/srv-a%20b.log"]),
        (["log-file=/my.log", "ro"], ["log-file=/my.log", "ro"]),
        (["ro,log-file=/my.log"], ["ro,log-file=/my.log"]),
    ],
)
def test_a_log_file_that_the_user_names_is_the_only_one(opts, wanted):
    assert argument("opts", {"opts": opts}, gluster_client_log_directory="/logs") == wanted


@pytest.mark.parametrize(
    ("via", "directory", "rotation"),
    [
        ("host", "/var/log/glusterfs/client", "/etc/logrotate.d/evenkeel-glusterfs-client"),
        ("container", "/var/log/glusterfs/spc", "/etc/logrotate.d/evenkeel-glusterfs-spc"),
    ],
)
def test_hosts_and_containers_log_where_they_did_so_that_no_mount_gets_other_options(via, directory, rotation):
    assert argument("opts", gluster_client_via=via) == [f"log-file={directory}/srv-a%20b.log"]
    task = written.task("roles/gluster_client/tasks/rotate_logs.yml", "Configure their rotation")
    known = {**VARIABLES, "gluster_client_via": via}
    assert written.value(task["ansible.builtin.template"], "dest", **known) == rotation


@pytest.mark.parametrize(
    ("via", "directory", "taken"),
    [
        ("container", "/var/log/glusterfs/spc", True),
        ("container", "/var/log/glusterfs", True),
        ("container", "/var/log/glusterfs-other", False),
        ("container", "/var/log", False),
        ("host", "/var/log/mine", True),
    ],
)
def test_a_directory_of_log_files_that_containers_do_not_see_is_refused(via, directory, taken):
    task = written.task(
        "roles/gluster_client/tasks/main.yml", "Refuse a directory of log files that containers do not see"
    )
    known = {"gluster_client_via": via, "gluster_client_log_directory": directory}
    assert written.holds(task["ansible.builtin.assert"], "that", **known) == taken


@pytest.mark.parametrize("via", ["host", "container"])
@pytest.mark.parametrize(
    ("order", "own", "group", "wanted"),
    [
        ("spread", None, ["node1", "node2"], "listed"),
        ("spread", None, ["node2"], "random"),
        ("spread", "random", ["node1"], "random"),
        ("random", None, ["node1"], "random"),
        ("random", "spread", ["node1"], "listed"),
        ("listed", None, [], "listed"),
    ],
)
def test_hosts_and_containers_ask_the_servers_in_the_same_orders(via, order, own, group, wanted):
    known = {"gluster_client_via": via, "gluster_client_order": order, "inventory_hostname": "node1"}
    item = {"servers": ["gfs1", "gfs2"], **({"order": own} if own else {})}
    assert argument("order", item, **known, groups={"gluster_clients": group}) == wanted


@pytest.mark.parametrize(("via", "fstab"), [("host", "failover"), ("container", "omit")])
def test_hosts_and_containers_have_the_same_patience_and_a_host_a_line_in_fstab(via, fstab):
    known = {"gluster_client_via": via, "gluster_client_remount": True, "gluster_client_heal_patience": 7}
    assert argument("via", **known) == via
    assert argument("fstab", **known) == fstab
    assert (argument("remount", **known), argument("patience", **known)) == (True, 7)


def test_a_mount_has_all_that_is_said_of_it_and_the_roles_servers_where_none_are():
    item = {"volume": "web", "guard": False, "timeout_total": 7, "state": "absent"}
    assert {name: argument(name, item) for name in item} == item
    assert argument("servers", item, groups={"gluster_clients": ["node1"]}) == [], "what is absent needs none"
    assert argument("servers", gluster_client_servers=["a", "b"]) == ["a", "b"]
    assert argument("servers", {"servers": ["c"]}, gluster_client_servers=["a", "b"]) == ["c"]


def test_the_role_knows_its_mounts_by_a_name_and_takes_others_away_only_if_that_is_asked_for():
    assert (argument("group"), argument("exclusive")) == ("gluster_client", False)
    assert argument("exclusive", gluster_client_exclusive=True) is True


@pytest.mark.parametrize(("state", "unmounted"), [("present", ["/b"]), ("absent", ["/a", "/b", "/c"])])
def test_what_is_absent_is_unmounted_or_all_where_the_role_is(state, unmounted):
    mounts = [{"path": "/a"}, {"path": "/b", "state": "absent"}, {"path": "/c", "state": "mounted"}]
    known = {**VARIABLES, "gluster_client_state": state, "gluster_client_mounts": mounts}
    assert [item["path"] for item in written.value(known, "gluster_client_unwanted", **known)] == unmounted
