# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One server is dead: what the others can do is done, and the end tells what was not."""

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.tests.unit import written

POOL = ["gfs1", "gfs2", "gfs3"]
SERVER = written.variables("roles/gluster_server/vars/main.yml")


def peer(*names, connected=True):
    return {"names": list(names), "connected": connected}


@pytest.mark.parametrize(
    ("alive", "targeted", "peers", "up", "exclusive"),
    [
        (POOL, POOL, [peer("localhost"), peer("gfs2"), peer("gfs3")], POOL, True),
        (POOL[:2], POOL, [peer("localhost"), peer("gfs2"), peer("gfs3")], POOL[:2], False),
        (
            POOL[:2],
            POOL[:2],
            [peer("localhost"), peer("gfs2"), peer("10.0.0.3", "gfs3", connected=False)],
            POOL[:2],
            False,
        ),
        (POOL[:1], POOL[:1], [peer("localhost"), peer("gfs2"), peer("gfs3")], POOL, True),
        (POOL, POOL, [peer("localhost"), peer("old", connected=False)], POOL, True),
        (POOL, POOL, None, POOL, True),
    ],
    ids=[
        "all well",
        "lost by the play",
        "dead and left out by a limit",
        "a limit of one",
        "a stranger is down",
        "no pool yet",
    ],
)
def test_a_server_that_is_dead_is_not_waited_for_and_never_detached(alive, targeted, peers, up, exclusive):
    known = {
        **SERVER,
        "ansible_play_hosts": alive,
        "ansible_play_hosts_all": targeted,
        "gluster_server_pool": POOL,
        "gluster_server_pool_exclusive": "yes",
        "gluster_server_pool_seen": {"peers": peers} if peers else {"msg": "gluster is not there"},
    }
    make = written.task("roles/gluster_server/tasks/create_pool.yml", "Create the trusted pool")
    assert written.value(make["evenkeel.glusterfs.trusted_pool"], "hosts", **known) == up
    assert written.value(make["evenkeel.glusterfs.trusted_pool"], "exclusive", **known) is exclusive


def test_no_server_is_restarted_while_another_one_is_dead():
    task = written.task(
        "roles/gluster_server/tasks/restart_stale_servers.yml", "Refuse to restart servers while another one is dead"
    )
    for dead, stale, well in ((["gfs3"], True, False), (["gfs3"], False, True), ([], True, True)):
        known = {
            "gluster_server_dead": dead,
            "ansible_play_hosts": ["gfs1"],
            "hostvars": {"gfs1": {"inventory_hostname": "gfs1", "gluster_server_stale": stale}},
        }
        known.update(task["vars"])
        assert written.holds(task["ansible.builtin.assert"], "that", **known) is well


@pytest.mark.parametrize(
    ("done", "told"),
    [
        ({"gfs1": "", "gfs2": "", "gfs3": ""}, []),
        ({"gfs1": "", "gfs2": ""}, ["gfs3"]),
        ({"gfs1": "", "gfs2": "Create the volumes: no", "gfs3": ""}, ["gfs2"]),
    ],
    ids=["all done", "one was not reached", "one has failed"],
)
def test_the_end_tells_which_servers_are_not_as_they_should_be(done, told):
    task = written.task("playbooks/servers_undone.yml", "End with the servers that are not as they should be")
    facts = {host: {"inventory_hostname": host} for host in POOL}
    for host, why in done.items():
        facts[host]["servers_undone"] = why
    known = {**task["vars"], "ansible_play_hosts_all": POOL, "hostvars": facts}
    assert written.value(known, "servers_undone_hosts", **known) == told
    assert written.holds(task["ansible.builtin.assert"], "that", **known) is not told


def test_site_goes_on_to_the_clients_and_tells_at_the_end():
    site = written.load("playbooks/site.yml")
    assert [play["ansible.builtin.import_playbook"] for play in site] == [
        "servers.yml",
        "clients.yml",
        "servers_undone.yml",
    ]
    servers = written.load("playbooks/servers.yml")
    assert servers[-1]["ansible.builtin.import_playbook"] == "servers_undone.yml"
    (block,) = next(play for play in servers if play.get("hosts") == "gluster_servers")["tasks"]
    assert "rescue" in block
