# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster import volfile
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.attempt import Outcome, Step
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.bricks import AT_ONCE, State, check_bricks
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.glusterd import AskFailed
from ansible_collections.evenkeel.glusterfs.tests.unit.fakes import FakeTasks

VOLFILES = Path(__file__).resolve().parents[3] / "fixtures" / "volfiles"
TIMEOUT = 4.0
CALL_SECONDS = 0.002


def real(name):
    return volfile.parse((VOLFILES / f"{name}.vol").read_text())


def distribute(count):
    names = [f"x-client-{number}" for number in range(count)]
    text = "".join(
        f"volume {name}\ntype protocol/client\noption remote-host gfs{number}\noption remote-subvolume /b\nend-volume\n"
        for number, name in enumerate(names)
    )
    return volfile.parse(text)


class Pool:
    """Servers of which each does what ``portmap`` and ``ping`` say for its host.

    An Outcome is how the call fails, a number of seconds how long it takes (without regard of its timeout), an exception is raised; None is what
    portmap answers for a brick without a process. All else is well.
    """

    def __init__(self, portmap=None, ping=None):
        self.tasks = FakeTasks()
        self.does = {"portmap": portmap or {}, "ping": ping or {}}
        self.asked = []

    def portmap(self, server, path, timeout):
        self.asked.append((str(server), path))
        return self._call("portmap", server.host, timeout, 49152)

    def ping(self, host, port, timeout):
        assert port == 49152
        self._call("ping", host, timeout, None)

    def _call(self, name, host, timeout, result):
        does = self.does[name].get(host, CALL_SECONDS)
        if does is None:
            return None
        if isinstance(does, Exception):
            raise does
        if isinstance(does, Outcome):
            self.tasks.spend(timeout if does is Outcome.TIMEOUT else CALL_SECONDS)
            raise AskFailed(Step.BRICKS, does, f"{host} said so")
        self.tasks.spend(does)
        return result

    def check(self, graph, require="writable"):
        return check_bricks(graph, require, portmap=self.portmap, ping=self.ping, timeout=TIMEOUT, tasks=self.tasks)


def states(found):
    return [entry.state for entry in found.states]


def test_a_volume_with_all_bricks_up_is_seen_in_the_time_of_two_calls():
    pool = Pool()
    assert pool.check(real("distrep"), "all").satisfied
    assert pool.tasks.now() == pytest.approx(2 * CALL_SECONDS)
    assert set(pool.asked) == {(f"gfs{host}", f"/bricks/distrep{number}") for host in (1, 2, 3) for number in (1, 2)}


def test_a_hanging_brick_holds_up_nothing_while_the_others_suffice():
    pool = Pool(ping={"gfs1": math.inf})
    found = pool.check(real("replica3"))
    assert found.satisfied
    assert states(found) == [State.UNKNOWN, State.UP, State.UP]
    assert pool.tasks.now() < 1


@pytest.mark.parametrize(
    ("portmap", "ping", "detail"),
    [
        (None, CALL_SECONDS, "no process serves it"),
        (CALL_SECONDS, Outcome.REFUSED, "gfs2 said so"),
        (CALL_SECONDS, Outcome.UNREACHABLE, "gfs2 said so"),
        (CALL_SECONDS, Outcome.TIMEOUT, "no answer on port 49152"),
    ],
)
def test_a_brick_that_is_down_is_named_with_the_reason(portmap, ping, detail):
    found = Pool({"gfs2": portmap, "gfs3": portmap}, {"gfs2": ping, "gfs3": ping}).check(real("replica3"))
    assert not found.satisfied
    assert states(found) == [State.UP, State.DOWN, State.DOWN]
    assert found.states[1].detail == detail
    assert found.why().startswith(f"replica3-replicate-0 cannot be written: gfs2:/bricks/replica3: {detail}, gfs3:")
    assert "gfs1" not in found.why()


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome is not Outcome.OK])
def test_a_brick_whose_glusterd_cannot_be_asked_is_not_held_against_the_volume(outcome):
    found = Pool({"gfs2": outcome, "gfs3": outcome}).check(real("replica3"))
    assert found.satisfied
    assert states(found) == [State.UP, State.UNKNOWN, State.UNKNOWN]
    assert found.states[1].detail == f"its glusterd: {outcome.value}: gfs2 said so"


@pytest.mark.parametrize("outcome", [Outcome.CLOSED, Outcome.GARBAGE, Outcome.DENIED])
def test_a_brick_that_wants_tls_is_not_taken_for_dead(outcome):
    found = Pool(ping=dict.fromkeys(("gfs1", "gfs2", "gfs3"), outcome)).check(real("replica3"))
    assert found.satisfied
    assert states(found) == [State.UNKNOWN] * 3


def test_a_brick_known_to_be_down_counts_even_while_others_are_unknown():
    found = Pool({"gfs1": None, "gfs2": None, "gfs3": math.inf}).check(real("replica3"))
    assert not found.satisfied
    assert states(found) == [State.DOWN, State.DOWN, State.UNKNOWN]


def test_frozen_bricks_are_told_from_bricks_not_asked_within_the_time():
    pool = Pool(ping=dict.fromkeys(("gfs1", "gfs2", "gfs3"), Outcome.TIMEOUT))
    assert states(pool.check(real("replica3"))) == [State.DOWN] * 3
    assert pool.tasks.now() < TIMEOUT


def test_the_time_limit_holds_where_nothing_answers():
    pool = Pool(portmap=dict.fromkeys(("gfs1", "gfs2", "gfs3"), math.inf))
    found = pool.check(real("replica3"))
    assert pool.tasks.now() == TIMEOUT
    assert [entry.detail for entry in found.states] == ["no answer yet"] * 3
    assert found.satisfied


@pytest.mark.parametrize(
    ("require", "satisfied", "lack"),
    [("writable", True, ""), ("any", True, ""), ("all", False, "is not complete")],
)
def test_one_replica_down_matters_only_to_those_who_ask_for_all(require, satisfied, lack):
    found = Pool({"gfs3": None}).check(real("replica3"), require)
    assert found.satisfied is satisfied
    assert lack in found.why()
    assert bool(found.why()) is not satisfied


def test_a_volume_of_which_nothing_can_be_read_is_said_to_be_so():
    found = Pool(dict.fromkeys(("gfs1", "gfs2"))).check(real("replica2"), "any")
    assert found.why() == (
        "replica2-replicate-0 cannot be read: gfs1:/bricks/replica2: no process serves it, "
        "gfs2:/bricks/replica2: no process serves it"
    )


def test_only_the_subvolume_that_falls_short_is_named():
    found = Pool({"gfs2": None}).check(real("distribute"))
    assert found.why() == "distribute-client-1 cannot be written: gfs2:/bricks/distribute: no process serves it"


def test_the_message_about_a_stopped_volume_of_many_bricks_stays_short():
    found = Pool({f"gfs{number}": None for number in range(50)}).check(distribute(50))
    assert found.why().count("no process serves it") == 4
    assert found.why().endswith("; and so for 46 more")


def test_a_volume_of_hundreds_of_bricks_starts_no_hundreds_of_threads():
    pool = Pool()
    assert pool.check(distribute(200)).satisfied
    starts = [time for time, _key in pool.tasks.started]
    assert len(starts) == 200
    assert starts.count(0) == AT_ONCE


def test_the_bricks_behind_those_that_hang_are_asked_with_the_time_that_is_left():
    hanging = {f"gfs{number}": Outcome.TIMEOUT for number in range(AT_ONCE)}
    pool = Pool(hanging, {f"gfs{AT_ONCE}": Outcome.REFUSED})
    found = pool.check(distribute(AT_ONCE + 1))
    assert states(found)[-1] is State.DOWN
    assert pool.tasks.now() <= TIMEOUT


def test_a_brick_asked_at_the_last_moment_is_not_called_down_for_it():
    hanging = {f"gfs{number}": TIMEOUT * 0.9 for number in range(AT_ONCE)}
    pool = Pool(hanging, {f"gfs{AT_ONCE}": Outcome.TIMEOUT})
    found = pool.check(distribute(AT_ONCE + 1))
    assert states(found)[-1] is State.UNKNOWN
    assert found.satisfied


def test_a_mistake_of_ours_is_not_taken_for_a_brick_that_is_down():
    with pytest.raises(ZeroDivisionError):
        Pool(ping={"gfs2": ZeroDivisionError()}).check(real("replica3"), "all")


def test_a_volume_reached_through_a_gfproxy_has_no_bricks_to_ask():
    pool = Pool()
    assert pool.check(real("gfproxy"), "all").satisfied
    assert pool.asked == []


ANSWERS = st.sampled_from([CALL_SECONDS, 1.0, math.inf, None, Outcome.REFUSED, Outcome.TIMEOUT, Outcome.CLOSED])


@given(
    st.sampled_from(["replica3", "distrep", "distribute", "disperse"]),
    st.sampled_from(volfile.REQUIRE),
    st.lists(ANSWERS, min_size=3, max_size=3),
    st.lists(ANSWERS.filter(lambda does: does is not None), min_size=3, max_size=3),
)
def test_whatever_the_bricks_do_the_answer_comes_in_time_and_fits_their_states(name, require, portmap, ping):
    hosts = ("gfs1", "gfs2", "gfs3")
    pool = Pool(dict(zip(hosts, portmap)), dict(zip(hosts, ping)))
    graph = real(name)
    found = pool.check(graph, require)
    assert pool.tasks.now() <= TIMEOUT
    perhaps_up = {entry.brick.name for entry in found.states if entry.state is not State.DOWN}
    assert found.short == graph.missing(perhaps_up, require)
    assert bool(found.why()) is not found.satisfied
