# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

import pytest

from ansible_collections.evenkeel.glusterfs.tests.unit import written

SEE = written.task("roles/gluster_server/tasks/put_names_first.yml", "Find peers that are known by an address first")
PUT = written.task("roles/gluster_server/tasks/put_names_first_on_server.yml", "Put the name before the address")
POOL = ("gfs1", "gfs2", "gfs3")


def kept(*names, pool=POOL):
    """The names in the file of a peer after a run. It is done nothing to where the run does not see that something is to be done."""
    lines = [f"hostname{number}={name}\n" for number, name in enumerate(names, 1)]
    text = "uuid=50a3f33d\nstate=3\n" + "".join(lines)
    found = []
    for task in (SEE, PUT):
        change = written.value(task, "ansible.builtin.replace", item={"path": "/p"}, gluster_server_pool=list(pool))
        # As the module replace does it.
        found.append(re.sub(change["regexp"], change["replace"], text, flags=re.MULTILINE))
    assert found[0] == found[1]
    assert [line.partition("=")[0] for line in found[0].splitlines()[:3]] == ["uuid", "state", "hostname1"]
    assert re.sub(change["regexp"], change["replace"], found[0], flags=re.MULTILINE) == found[0]
    return tuple(re.findall(r"^hostname\d+=(.*)$", found[0], re.MULTILINE))


@pytest.mark.parametrize("address", ["10.0.0.1", "fd00::1"])
def test_the_name_changes_places_with_the_address_before_it(address):
    assert kept(address, "gfs1") == ("gfs1", address)
    assert kept(address, "alias", "gfs1", "other") == ("gfs1", "alias", address, "other")


def test_a_peer_that_is_known_by_name_or_shall_be_known_by_address_stays_as_it_is():
    assert kept("gfs1", "10.0.0.1") == ("gfs1", "10.0.0.1")
    assert kept("gfs1.example.com", "gfs1") == ("gfs1.example.com", "gfs1")
    assert kept("10.0.0.1", "gfs1", pool=["10.0.0.1", "gfs1"]) == ("10.0.0.1", "gfs1")


def test_a_peer_of_which_no_wanted_name_is_known_stays_as_it_is():
    assert kept("10.0.0.9") == ("10.0.0.9",)
    assert kept("10.0.0.9", "gfs11") == ("10.0.0.9", "gfs11")


@pytest.mark.parametrize(("asked", "peers"), [({"rc": 0}, ["first"]), ({"rc": 2}, []), ({"skipped": True}, [])])
def test_a_peer_stays_as_it_is_where_a_name_leads_nowhere(asked, peers):
    keep = written.task("roles/gluster_server/tasks/put_names_first.yml", "Select the peers to change")
    seen = [{"msg": "1 replacements made", "item": "first"}, {"msg": "", "item": "second"}]
    kept = written.value(
        keep,
        "ansible.builtin.set_fact",
        gluster_server_peers_by_address={"results": seen},
        gluster_server_names_resolved=asked,
    )
    assert kept["gluster_server_by_address"] == peers


@pytest.mark.parametrize(
    ("options", "connected", "waits"),
    [
        ({"cluster.server-quorum-type": "server"}, True, True),
        ({"cluster.server-quorum-type": "server"}, False, False),
        ({"cluster.server-quorum-type": "none"}, True, False),
        ({"nfs.disable": "on"}, True, False),
    ],
)
def test_bricks_that_may_end_with_the_glusterd_of_another_server_are_whole_before_it_is_stopped(
    options, connected, waits
):
    """Where a server is lost already, its return is what brings them back."""
    wait = written.task(
        "roles/gluster_server/tasks/put_names_first_on_server.yml",
        "Wait until volumes with a quorum of servers can do without bricks",
    )
    known = {
        "gluster_server_started": [{"options": options}],
        "gluster_server_pool_before": {"peers": [{"connected": connected}]},
    }
    assert written.holds(wait, "when", **known) == waits


def test_glusterd_is_started_where_its_files_cannot_be_changed():
    entries = written.load("roles/gluster_server/tasks/put_names_first_on_server.yml")
    stopping = next(entry for entry in entries if "block" in entry)
    assert [task["ansible.builtin.include_tasks"]["file"] for task in stopping["always"]] == ["restart_glusterd.yml"]
    restart = written.task("roles/gluster_server/tasks/restart_glusterd.yml", "Restart glusterd")
    assert restart["ansible.builtin.systemd_service"]["state"] == "restarted"


def test_what_is_given_to_an_included_file_takes_no_name_of_a_variable_of_its_tasks():
    """Variables of an include hold in all that is included below it, before those of the tasks themselves."""
    given = written.task(
        "roles/gluster_server/tasks/put_names_first.yml", "Put the names first on one server after the other"
    )
    included = [
        written.load(f"roles/gluster_server/tasks/{name}.yml")
        for name in ("put_names_first_on_server", "wait_healthy", "read_volumes")
    ]
    own = {name for tasks in included for task in tasks for name in task.get("vars", {})}
    assert "gluster_server_down" in own
    assert not own & set(given["vars"])
