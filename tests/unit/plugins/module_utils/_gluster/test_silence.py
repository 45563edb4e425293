# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who counts as silent: who gives no answer to any of several connections; and never who is slow."""

from __future__ import annotations

import random

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster import probe, silence
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.attempt import Outcome, Step
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.glusterd import AskFailed
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.volfile import Brick
from ansible_collections.evenkeel.glusterfs.tests.unit.fakes import FakeTasks, Later

BRICKS = tuple(Brick(f"gfs{number}", "/b", f"web-client-{number}") for number in range(3))


def answers(hosts, _timeout, progress, _place):
    hosts.tasks.spend(0.0002)
    progress(Step.BRICKS)
    hosts.tasks.spend(0.002)


def drops(*_arguments):
    return Later(None)


def accepts(hosts, _timeout, progress, _place):
    """The kernel accepts, nobody answers."""
    hosts.tasks.spend(0.0003)
    progress(Step.BRICKS)
    return Later(None)


class Hosts:
    """What each host does with a question: by number of the brick, answers if none is given."""

    def __init__(self, **behaviours):
        self.tasks = FakeTasks()
        self.behaviours = behaviours

    def ask(self, brick, timeout, progress, place):
        place((f"192.0.2.{brick.name[-1]}",), 24007)
        progress(Step.CONNECT)
        return self.behaviours.get(brick.host, answers)(self, timeout, progress, place)

    def frozen(self, _timeout, progress, place):
        """The kernel accepts, nobody answers; glusterd of the host does."""
        self.tasks.spend(0.0003)
        progress(Step.BRICKS)
        place(("192.0.2.1",), 49152)
        return Later(None)

    def run(self, seconds=6.0, up=(), owing=(), bricks=BRICKS):
        """Who is silent when, until that many seconds are over."""
        inquiry = silence.Inquiry(bricks, self.ask, self.tasks, up=up, owing=owing)
        verdicts = []
        for _round in range(2000):
            now = self.tasks.now()
            if now >= seconds:
                return inquiry, verdicts
            inquiry.advance()
            if inquiry.silent():
                verdicts.append((now, inquiry.silent(), inquiry.fresh()))
                return inquiry, verdicts
            done = self.tasks.wait(max(min(inquiry.due(), seconds) - now, 0.001))
            if done:
                inquiry.take(done[0][1], done[1])
        raise AssertionError("it never ends")


def slow(round_trip):
    """A host that is that far away: a round trip for the connection, another one for the answer."""

    def behaviour(hosts, _timeout, progress, _place):
        hosts.tasks.spend(round_trip)
        progress(Step.BRICKS)
        hosts.tasks.spend(round_trip)

    return behaviour


def test_a_host_that_drops_all_packets_is_silent_after_a_second():
    _inquiry, verdicts = Hosts(gfs1=drops).run()
    ((when, (found,), fresh),) = verdicts
    assert when == pytest.approx(silence.SILENT_SECONDS)
    assert found.bricks == (BRICKS[1],)
    assert (found.addresses, found.port) == (("192.0.2.1",), 24007)
    assert found.why() == "the glusterd of its host answered none of 4 connections in 1.0 s"
    assert fresh == {"web-client-0", "web-client-2"}


def test_a_frozen_brick_is_silent_at_its_own_port():
    hosts = Hosts()
    hosts.behaviours["gfs1"] = lambda _hosts, *arguments: hosts.frozen(*arguments)
    _inquiry, verdicts = hosts.run()
    ((when, (found,), _fresh),) = verdicts
    assert when == pytest.approx(silence.SILENT_SECONDS, abs=0.01)
    assert found.port == 49152
    assert "its process on port 49152" in found.why()


def test_a_frozen_glusterd_that_owes_an_answer_already_is_silent_sooner():
    hosts = Hosts(gfs1=accepts)
    _inquiry, verdicts = hosts.run(owing={"gfs1"})
    ((when, (found,), _fresh),) = verdicts
    assert when == pytest.approx(silence.SILENT_AGAIN_SECONDS, abs=0.01)
    assert found.asked == 3


@pytest.mark.parametrize("round_trip", [0.3, 0.6, 0.9, 1.0])
def test_a_host_that_is_far_away_is_not_silent_because_it_owes_an_answer(round_trip):
    assert not Hosts(gfs1=slow(round_trip)).run(owing={"gfs1"})[1]


def test_where_all_answer_none_is_silent_and_each_is_asked_once():
    hosts = Hosts()
    _inquiry, verdicts = hosts.run()
    assert not verdicts
    assert len(hosts.tasks.started) == len(BRICKS)


def test_who_has_just_answered_is_asked_only_right_before_the_verdict():
    hosts = Hosts(gfs1=drops)
    _inquiry, verdicts = hosts.run(up={"web-client-0", "web-client-2"})
    ((_when, _found, fresh),) = verdicts
    assert fresh == {"web-client-0", "web-client-2"}
    early = [key[1] for when, key in hosts.tasks.started if when < silence.REFRESH_SECONDS - 0.01]
    assert set(early) == {"web-client-1"}


def test_who_answered_once_and_never_again_is_not_there_for_its_neighbours():
    hosts = Hosts(gfs1=drops, gfs2=drops)
    inquiry, verdicts = hosts.run(up={"web-client-2"})
    ((_when, found, fresh),) = verdicts
    assert [entry.bricks for entry in found] == [(BRICKS[1],)]
    assert fresh == {"web-client-0"}
    assert inquiry.fresh() == {"web-client-0"}


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.CLOSED, Outcome.TLS, Outcome.UNRESOLVED, Outcome.GARBAGE])
def test_whose_host_says_anything_at_all_is_not_silent(outcome):
    def fails(*_arguments):
        raise AskFailed(Step.CONNECT, outcome, "")

    assert not Hosts(gfs1=fails).run()[1]


@pytest.mark.parametrize("round_trip", [0.3, 0.6, 0.9, 1.0])
def test_a_host_that_is_far_away_is_never_silent(round_trip):
    assert not Hosts(gfs1=slow(round_trip)).run()[1]


def test_a_host_that_loses_one_packet_in_five_is_never_silent():
    chance = random.Random(17)

    def lossy(*_arguments):
        return Later(None) if chance.random() < 0.2 else Later(0.002)

    assert sum(bool(Hosts(gfs1=lossy).run()[1]) for _run in range(200)) <= 1


MANY = tuple(Brick(f"gfs{number % 3}", f"/b{number}", f"web-client-{number}") for number in range(300))


def test_of_a_silent_host_one_brick_is_asked_for_all_of_them():
    hosts = Hosts(gfs1=drops)
    _inquiry, (verdict,) = hosts.run(bricks=MANY)
    when, (found,), fresh = verdict
    assert when == pytest.approx(silence.SILENT_SECONDS)
    assert set(found.bricks) == {brick for brick in MANY if brick.host == "gfs1"}
    assert found.named() == "gfs1:/b1, gfs1:/b4, gfs1:/b7, gfs1:/b10 and 96 more"
    assert fresh == {brick.name for brick in MANY if brick.host != "gfs1"}
    assert sum(key[1] in {brick.name for brick in found.bricks} for _when, key in hosts.tasks.started) == found.asked


def test_each_brick_of_a_host_whose_glusterd_answers_is_asked_for_itself():
    hosts = Hosts()
    hosts.behaviours["gfs1"] = lambda _hosts, *arguments: hosts.frozen(*arguments)
    _inquiry, ((_when, found, _fresh),) = hosts.run(bricks=MANY[:9])
    assert {entry.bricks for entry in found} == {(brick,) for brick in MANY[:9] if brick.host == "gfs1"}


def test_a_brick_that_has_not_been_asked_for_want_of_a_turn_is_not_silent():
    hosts = Hosts(gfs1=drops)
    hosts.tasks = probe.Bounded(hosts.tasks, 1)
    hosts.tasks.spend = lambda _seconds: None
    _inquiry, verdicts = hosts.run(bricks=(BRICKS[1], BRICKS[0]))
    assert not verdicts


def test_a_fault_of_our_own_is_no_silence():
    def breaks(*_arguments):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Hosts(gfs1=breaks).run()
