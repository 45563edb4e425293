# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

import pytest

from ansible_collections.evenkeel.glusterfs.tests.unit import written


@pytest.mark.parametrize(
    ("missing", "goes_on"),
    [([[], []], True), ([[], None], True), ([[], ["192.0.2.31"]], False)],
    ids=["all have come", "not of a brick that this host does not know of", "one has not"],
)
def test_no_server_is_touched_before_every_client_has_come_to_every_brick(missing, goes_on):
    wait = written.task(
        "roles/gluster_server/tasks/wait_healthy.yml",
        "Wait until every client is connected to every brick",
    )
    bricks = [{"missing_clients": clients} for clients in missing]
    seen = {"attempts": 1, "volumes": {"web": {"bricks": bricks}, "other": {"bricks": []}}}
    known = {"gluster_server_client_info": seen, "gluster_server_timeout_heal": 120}
    assert written.holds(wait, "until", **known) == goes_on
    stop = written.task("roles/gluster_server/tasks/wait_healthy.yml", "Stop where clients are not connected")
    assert written.holds({**stop["ansible.builtin.assert"], "vars": stop["vars"]}, "that", **known) == goes_on


BRICKS = [
    {"host": "gfs2", "path": "/bricks/web", "state": "up"},
    {"host": "gfs3", "path": "/bricks/web", "state": "down"},
]


@pytest.mark.parametrize(
    ("own", "asked", "runs"),
    [
        (["gfs2:/bricks/web"], BRICKS, True),
        (["gfs3:/bricks/web"], BRICKS, False),
        (["gfs2:/bricks/web", "gfs3:/bricks/web"], BRICKS, False),
        (["gfs2:/bricks/web"], None, False),
    ],
    ids=["its own runs", "another one's runs", "one of two", "glusterd does not answer"],
)
def test_a_server_is_back_when_its_own_bricks_run(own, asked, runs):
    wait = written.task(
        "roles/gluster_server/tasks/wait_accepted_round.yml", "Wait until the bricks of this server run"
    )
    answer = {} if asked is None else {"servers": [{"volumes": {"web": {"bricks": asked}}}]}
    known = {"gluster_server_own_bricks": own, "gluster_server_round": 2}
    assert written.holds(wait, "until", **known, gluster_server_status={**answer, "attempts": 1}) == runs
    assert written.holds(wait, "until", **known, gluster_server_status={**answer, "attempts": 2})


@pytest.mark.parametrize(
    ("states", "drops"),
    [
        (["Peer Rejected", "Peer Rejected"], True),
        (["Peer Rejected", "Peer in Cluster"], False),
        (["Peer in Cluster", "Peer in Cluster"], False),
        ([], False),
    ],
)
def test_options_are_dropped_only_where_all_peers_reject_the_server(states, drops):
    drop = written.task("roles/gluster_server/tasks/wait_accepted_round.yml", "Drop options that peers do not accept")
    others = [{"host": f"gfs{number}", "state": state} for number, state in enumerate(states)]
    assert written.holds(drop, "when", gluster_server_others=others) == drops


@pytest.mark.parametrize(
    ("known", "dropped"),
    [
        (["network.ping-timeout"], {"nfs.disable", "cluster.readdir-failover"}),
        (["nfs.disable"], {"cluster.readdir-failover"}),
        (["cluster.readdir-failover"], {"nfs.disable"}),
        (["cluster.readdir-failover", "nfs.disable"], set()),
    ],
)
def test_an_option_that_this_release_has_read_stays_in_its_files(known, dropped):
    find = written.task(
        "roles/gluster_server/tasks/drop_unknown_options.yml", "Find volumes whose files have such options"
    )
    seen = {"volumes": {"web": {"options": dict.fromkeys(known, "on")}}}
    pattern = written.value(
        {**find["ansible.builtin.find"], "vars": find["vars"]}, "contains", gluster_server_volume_info=seen
    )
    lines = ["nfs.disable", "cluster.readdir-failover", "network.ping-timeout", "user.nfs.disable", "password"]
    assert {line for line in lines if re.search(pattern, f"{line}=on")} == dropped


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"peers": [{"host": "gfs2", "connected": True, "state": "Peer in Cluster"}]}, ""),
        (
            {"peers": [{"host": "gfs2", "connected": False, "state": "Peer in Cluster"}]},
            "gfs2: not connected, Peer in Cluster",
        ),
        ({"peers": [{"host": "gfs2", "connected": True, "state": "Peer Rejected"}]}, "gfs2: connected, Peer Rejected"),
        ({"msg": "glusterd does not answer"}, "glusterd does not answer"),
    ],
    ids=["a pool", "one is away", "one is rejected", "no answer"],
)
def test_servers_that_are_no_pool_are_named_with_what_was_seen(answer, said):
    """Ansible makes the message before it looks whether it is needed, so it must come out of each answer."""
    stop = written.task("roles/gluster_server/tasks/wait_peers.yml", "Stop where members are no peers")
    known = {"gluster_server_pool_info": answer, "gluster_server_timeout_heal": 4, "inventory_hostname": "gfs1"}
    assert written.holds(stop["ansible.builtin.assert"] | {"vars": stop["vars"]}, "that", **known) is not bool(said)
    assert said in written.value(stop["ansible.builtin.assert"] | {"vars": stop["vars"]}, "fail_msg", **known)
