# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster import volfile
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.attempt import Outcome, Step
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.glusterd import AskFailed, Spec
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.network import Network
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._module import server_info
from ansible_collections.evenkeel.glusterfs.tests.unit.fakes import FakeTasks, Later
from ansible_collections.evenkeel.glusterfs.tests.unit.machine import (
    ADDRESSES,
    HOSTS,
    NO_VOLUME,
    REFUSED,
    graph,
)


class Pool:
    """Three servers of the volume web. says: what a server answers to a question, by "host" or "host volume"; down: hosts whose bricks are down."""

    def __init__(self):
        self.tasks = FakeTasks()
        self.says = {}
        self.down = set()
        self.pinged = []
        text = graph().replace("option remote-host", "option password hunter2\n    option remote-host")
        self.graph = volfile.parse(text)

    def getspec(self, server, volume, _timeout, *, progress):
        progress(Step.CONNECT)
        says = self.says.get(f"{server.host} {volume}", self.says.get(server.host))
        if isinstance(says, Exception):
            raise says
        return says or Later(0.002, Spec(self.graph, HOSTS, ADDRESSES[server.host]))

    def ping(self, host, _port, _timeout):
        self.pinged.append(host)
        if host in self.down:
            raise AskFailed(Step.BRICKS, Outcome.REFUSED, "Connection refused")

    def survey(self, **changes):
        values = {"servers": list(HOSTS), "volumes": ["web"], "bricks": True, "timeout": 3.0, **changes}
        network = Network(
            tasks=lambda: self.tasks,
            getspec=self.getspec,
            brick_port=lambda _server, _path, _timeout: 49152,
            ping_brick=self.ping,
        )
        return server_info.ask(server_info.check(values), network)


@pytest.fixture
def pool():
    return Pool()


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ({"servers": []}, "servers is empty; name at least one, as in servers: [gfs1, gfs2]"),
        ({"servers": ["gfs1, gfs2"]}, "servers: 'gfs1, gfs2' has a comma, white space or a control character"),
        ({"volumes": []}, "volumes is empty; name at least one, as in volumes: [web]"),
        ({"volumes": ["web/site"]}, "volume 'web/site': a volume's name has letters"),
        ({"timeout": 0.0}, "timeout 0: must be a number of seconds above 0 and up to 3600"),
        ({"timeout": 4000.0}, "timeout 4000: must be a number of seconds above 0 and up to 3600"),
    ],
)
def test_bad_input_is_named_with_the_rule_it_breaks(pool, bad, told):
    with pytest.raises(ValueError, match=re.escape(told)):
        pool.survey(**bad)


def test_a_healthy_server_is_described(pool):
    first = pool.survey()[0]
    assert first == {
        "server": "gfs1",
        "reachable": True,
        "address": "10.0.0.1",
        "volumes": {
            "web": {
                "served": True,
                "outcome": "ok",
                "step": "getspec",
                "detail": "",
                "milliseconds": 2.0,
                "peers": list(HOSTS),
                "bricks": [
                    {"host": host, "path": "/bricks/web", "state": "up", "detail": ""}
                    for host in ("gfs1", "gfs2", "gfs3")
                ],
            }
        },
    }


def test_servers_and_volumes_come_in_the_order_of_the_question_and_each_once(pool):
    found = pool.survey(servers=["gfs3", "gfs1", "GFS3"], volumes=["web", "docs", "web"])
    assert [entry["server"] for entry in found] == ["gfs3", "gfs1"]
    assert [list(entry["volumes"]) for entry in found] == [["web", "docs"]] * 2


def test_a_stale_peer_that_does_not_know_the_volume_is_told_from_one_that_is_down(pool):
    pool.says = {"gfs1": NO_VOLUME, "gfs2": REFUSED}
    stale, down, well = pool.survey()
    assert (stale["reachable"], down["reachable"], well["reachable"]) == (True, False, True)
    assert (stale["address"], down["address"]) == (None, None)
    assert [entry["volumes"]["web"]["outcome"] for entry in (stale, down)] == ["no volume", "refused"]
    assert down["volumes"]["web"]["detail"] == "Connection refused"
    assert [entry["volumes"]["web"]["bricks"] for entry in (stale, down)] == [[], []]


def test_a_server_that_has_one_of_two_volumes_is_reachable_for_both(pool):
    pool.says = {"gfs1 docs": REFUSED}
    (found,) = pool.survey(servers=["gfs1"], volumes=["docs", "web"])
    assert (found["reachable"], found["address"]) == (True, "10.0.0.1")
    assert [found["volumes"][name]["served"] for name in ("docs", "web")] == [False, True]


def test_a_frozen_server_holds_up_nobody_and_says_where_it_hung(pool):
    pool.says = {"gfs2": Later(None)}
    found = pool.survey(bricks=False)
    assert pool.tasks.now() == 3.0
    frozen = found[1]["volumes"]["web"]
    assert (frozen["outcome"], frozen["step"], frozen["detail"]) == ("timeout", "connect", "no answer within 3 s")
    assert frozen["milliseconds"] == 3000.0
    assert found[0]["volumes"]["web"]["milliseconds"] == 2.0


def test_bricks_are_asked_once_for_all_servers_and_each_is_told_down_or_up(pool):
    pool.down = {"gfs2"}
    found = pool.survey()
    assert sorted(pool.pinged) == ["gfs1", "gfs2", "gfs3"]
    for entry in found:
        states = {brick["host"]: brick["state"] for brick in entry["volumes"]["web"]["bricks"]}
        assert states == {"gfs1": "up", "gfs2": "down", "gfs3": "up"}


def test_bricks_are_left_in_peace_where_they_are_not_asked_for(pool):
    assert pool.survey(bricks=False)[0]["volumes"]["web"]["bricks"] == []
    assert pool.pinged == []


def test_a_password_in_a_volfile_is_nowhere_in_the_result(pool):
    assert "hunter2" not in repr(pool.survey())


def test_an_error_of_the_program_is_not_taken_for_an_answer(pool):
    pool.says = {"gfs1": ZeroDivisionError()}
    with pytest.raises(ZeroDivisionError):
        pool.survey()
