# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.tests.unit import written


def peers(connected, state):
    here = {"host": "localhost", "connected": True, "state": "Peer in Cluster"}
    return {"attempts": 1, "peers": [here, {"host": "gfs2", "connected": connected, "state": state}]}


@pytest.mark.parametrize(
    ("connected", "state", "pool", "anew"),
    [
        (True, "Peer in Cluster", True, False),
        (True, "Peer Rejected", False, True),
        (True, "Accepted peer request", False, True),
        (False, "Peer in Cluster", False, False),
    ],
)
def test_the_op_version_is_not_raised_before_all_servers_are_a_pool_again(connected, state, pool, anew):
    look = written.task("roles/gluster_server/tasks/wait_peers.yml", "Wait until all members are peers of this server")
    wait = written.task("playbooks/upgrade.yml", "Wait until all members are peers of the server")
    assert wait["ansible.builtin.include_role"]["tasks_from"] == "wait_peers"
    seen = {"gluster_server_pool_info": peers(connected, state), "gluster_server_timeout_heal": 120}
    assert written.holds(look, "until", **seen) == pool
    rejoin = written.task("roles/gluster_server/tasks/fix_rejected_peer.yml", "Look for peers that are rejected")
    assert written.holds(rejoin, "until", **seen) == (not anew)


def test_one_server_that_does_not_meet_the_others_ends_the_run_for_all():
    play = written.play("playbooks/upgrade.yml", "Wait until all servers are a pool again")
    assert play["any_errors_fatal"] is True


@pytest.mark.parametrize(
    ("options", "goes_on"),
    [
        ({"nfs.disable": "on", "cluster.server-quorum-type": "server"}, False),
        ({"nfs.disable": "on", "cluster.server-quorum-type": "none"}, True),
        ({"nfs.disable": "on"}, True),
        ({"cluster.server-quorum-type": "server"}, True),
    ],
)
def test_a_quorum_of_servers_stops_an_upgrade_by_its_value(options, goes_on):
    task = written.task("playbooks/upgrade.yml", "Refuse where servers that reject each other would stop their bricks")
    found = written.holds(task["ansible.builtin.assert"], "that", item={"name": "web", "options": options})
    assert found == goes_on
