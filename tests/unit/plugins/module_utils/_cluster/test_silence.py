# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster import pool, silence
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster.cli import ClusterError
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.attempt import Outcome, Step
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.glusterd import AskFailed
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.network import Network
from ansible_collections.evenkeel.glusterfs.tests.unit.fake_gluster import FakeGluster, ended
from ansible_collections.evenkeel.glusterfs.tests.unit.fakes import FakeTasks, Later

PEERS = (
    pool.Peer("1", ("gfs2", "10.0.0.2"), True, 3, "Peer in Cluster"),
    pool.Peer("2", ("10.0.0.9", "gfs3"), True, 3, "Peer in Cluster"),
    pool.Peer("3", ("gfs4",), False, 3, "Peer in Cluster"),
    pool.Peer("4", ("localhost",), True, 3, "Peer in Cluster"),
)


def network(answers):
    """Where each name ends in its own way, or answers."""

    def brick_port(server, _path, _seconds):
        outcome = answers.get(server.host)
        if outcome == "hangs":
            return Later(60, None)
        if outcome:
            raise AskFailed(Step.BRICKS, outcome, "so it ended")
        return None

    return Network(tasks=FakeTasks, brick_port=brick_port)


def test_nobody_is_silent_where_each_answers_by_one_of_its_names():
    """A first name that is an address of before does not make a member silent; one that is down, and the host itself, are not asked."""
    assert silence.silent(PEERS, network({})) == ""
    assert silence.silent(PEERS, network({"10.0.0.9": Outcome.TIMEOUT, "10.0.0.2": "hangs"})) == ""


def test_who_is_not_heard_is_named_by_all_its_names():
    message = silence.silent(PEERS, network({"gfs2": Outcome.TIMEOUT, "10.0.0.2": Outcome.UNREACHABLE}))
    assert message.startswith(
        "gfs2, 10.0.0.2 counts as connected and gives no answer, asked twice for 5 s: its glusterd hangs"
    )
    every = dict.fromkeys(("gfs2", "10.0.0.2", "gfs3", "10.0.0.9"), "hangs")
    assert silence.silent(PEERS, network(every)).count("counts as connected") == 2


def test_one_that_answers_late_once_is_not_silent():
    """A host under load is asked again, alone, and for a time that has an end."""
    asked = []

    def brick_port(server, _path, seconds):
        asked.append(server.host)
        assert seconds == silence.SECONDS
        return Later(60, None) if server.host != "gfs3" and asked.count(server.host) == 1 else None

    assert silence.silent(PEERS, Network(tasks=FakeTasks, brick_port=brick_port)) == ""
    assert sorted(asked) == ["10.0.0.2", "10.0.0.2", "10.0.0.9", "gfs2", "gfs2", "gfs3"]


@pytest.mark.parametrize("outcome", [Outcome.CLOSED, Outcome.REFUSED, Outcome.DENIED, Outcome.TLS])
def test_one_that_hangs_up_is_not_silent(outcome):
    assert silence.silent(PEERS, network({"gfs2": outcome, "10.0.0.2": outcome})) == ""


def test_a_pool_that_cannot_be_read_names_nobody():
    assert silence.hint(FakeGluster({"pool list": ended(rc=1, stdout="Connection failed.")}).cli) == ""


def test_a_change_is_refused_before_it_is_begun():
    gluster = FakeGluster({})
    gluster.silent = {"gfs2", "10.0.0.2"}
    with pytest.raises(ClusterError, match="nothing was changed, since each command would wait for minutes: gfs2, 10"):
        silence.check(gluster.cli, PEERS)
