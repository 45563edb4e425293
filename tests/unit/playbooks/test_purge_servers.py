# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""GlusterFS is taken from servers that were said twice, after what needs them is gone, and never what lies on bricks."""

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.tests.unit import written

PLAYBOOK = "playbooks/purge_servers.yml"
SERVERS = {"gluster_servers": ["gfs1", "gfs2", "gfs3"]}
PLAYS = written.load(PLAYBOOK)


def holds(name, **known):
    task = written.task(PLAYBOOK, name)
    variables = {
        **written.task(PLAYBOOK, "Refuse what is not said twice, or is no server")["vars"],
        **task.get("vars", {}),
    }
    return written.holds(task["ansible.builtin.assert"], "that", groups=SERVERS, **{**variables, **known})


@pytest.mark.parametrize(
    ("said", "again", "well"),
    [
        ("gfs3", "gfs3", True),
        ("gfs1, gfs2,gfs3", "gfs3,gfs2,gfs1", True),
        ("gfs3", "gfs2", False),
        ("gfs1,gfs2,gfs3", "gfs3", False),
        ("gfs4", "gfs4", False),
        ("", "", False),
    ],
)
def test_what_is_not_said_twice_is_refused(said, again, well):
    assert (
        holds("Refuse what is not said twice, or is no server", gluster_purge=said, gluster_purge_again=again) is well
    )


def test_nothing_goes_without_a_word():
    assert not holds("Refuse what is not said twice, or is no server")


@pytest.mark.parametrize(
    ("gone", "brick", "well"),
    [("gfs3", "gfs3:/b/web", False), ("gfs3", "gfs33:/b/web", True), ("gfs1,gfs2,gfs3", "gfs3:/b/web", True)],
    ids=["others need its bricks", "another host", "all of the pool"],
)
def test_a_server_whose_bricks_others_need_stays(gone, brick, well):
    seen = {
        "volumes": {
            "web": {"bricks": [{"brick": "gfs1:/b/web"} if gone == "gfs3" else {"brick": brick}, {"brick": brick}]}
        }
    }
    name = "Refuse to take away a server that holds bricks which others need"
    assert holds(name, gluster_purge=gone, gluster_purge_again=gone, purge_servers_seen=seen) is well


def test_what_one_server_refuses_ends_the_run_for_all():
    assert all(play.get("any_errors_fatal") for play in PLAYS[:2])
    last = written.task(PLAYBOOK, "Remove what makes the host a server")
    assert not written.holds(last, "when", inventory_hostname="gfs3", purge_servers_gone=["gfs3"])


def test_no_task_touches_what_lies_on_a_brick():
    removed = [
        task for task in written.load("roles/gluster_server/tasks/remove.yml") if "gluster_server_bricks" in str(task)
    ]
    assert [list(task)[1] for task in removed] == ["ansible.builtin.debug"]


def test_what_glusterd_keeps_is_removed_and_no_brick_of_shared_storage():
    kept = written.task(
        "roles/gluster_server/tasks/remove.yml", "Remove what the host knows of its pool and its volumes"
    )["loop"]
    assert "vols" in kept
    assert "ss_brick" not in kept


@pytest.mark.parametrize(
    ("peer", "well"),
    [
        ({"host": "localhost", "names": []}, True),
        ({"host": "192.0.2.3", "names": ["192.0.2.3", "gfs3"]}, True),
        ({"host": "gfs4", "names": ["gfs4"]}, False),
    ],
)
def test_volumes_stay_where_the_pool_has_a_member_that_is_not_among_those_that_go(peer, well):
    name = "Refuse to delete volumes of servers that stay"
    assert holds(name, gluster_purge="gfs1,gfs2,gfs3", gluster_purge_again="gfs1,gfs2,gfs3", item=peer) is well


@pytest.mark.parametrize(
    ("answer", "well"),
    [({"volumes": {}}, True), ({"volumes": {"web": {}}}, False), ({"msg": "glusterd is silent"}, False)],
)
def test_a_server_that_knows_volumes_stays_one_whatever_name_the_pool_has_for_it(answer, well):
    name = "Refuse to take GlusterFS from a server that knows volumes"
    assert holds(name, purge_servers_own=answer) is well
