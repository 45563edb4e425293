# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
import os
import subprocess
import sys
import threading
import time

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster import probe
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.attempt import Outcome, Step
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.glusterd import AskFailed, Spec
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.server import Server
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.volfile import Volfile
from ansible_collections.evenkeel.glusterfs.tests.unit.fakes import FakeTasks, Later

SPEC = Spec(Volfile(()), (), "192.0.2.1")
REFUSED = AskFailed(Step.CONNECT, Outcome.REFUSED, "nothing listens")
NO_VOLUME = AskFailed(Step.GETSPEC, Outcome.NO_VOLUME, "it has no volume web")


def silent(_progress):
    """A host that drops all packets."""
    return Later(None)


def frozen(progress):
    """A glusterd that accepts and never answers."""
    progress(Step.GETSPEC)
    return Later(None)


def good(_progress):
    return Later(0.002, SPEC)


def fails(error, seconds=0.001):
    return lambda _progress: Later(seconds, error)


class Course:
    """A race among servers s0, s1, ... that behave as given."""

    def __init__(self, *behaviours, timeout=3.0, limit=math.inf):
        tasks = FakeTasks()
        servers = [Server(f"s{number}") for number in range(len(behaviours))]
        ways = dict(zip(servers, behaviours))
        self.race = probe.race(
            servers, lambda server, progress: ways[server](progress), timeout=timeout, limit=limit, tasks=tasks
        )
        self.seconds = tasks.now()
        self.asked = [(round(time, 3), str(server)) for time, server in tasks.started]
        self.outcomes = {str(attempt.server): attempt.outcome for attempt in self.race.attempts}
        self.winner = self.race.winner and str(self.race.winner)


def test_a_healthy_first_server_is_the_only_one_asked():
    course = Course(good, *[silent] * 99)
    assert course.asked == [(0, "s0")]
    assert (course.winner, course.race.spec, course.outcomes) == ("s0", SPEC, {"s0": Outcome.OK})


def test_a_silent_first_server_costs_a_quarter_of_a_second():
    course = Course(silent, good, good)
    assert (course.winner, course.asked) == ("s1", [(0, "s0"), (0.25, "s1")])
    assert course.seconds == pytest.approx(0.252)


def test_a_refused_server_costs_nothing():
    course = Course(fails(REFUSED), good)
    assert course.seconds == pytest.approx(0.003)
    assert course.outcomes == {"s0": Outcome.REFUSED, "s1": Outcome.OK}


def test_waves_double_until_all_are_asked():
    course = Course(*[silent] * 20)
    waves = [len([when for when, _server in course.asked if when == at * 0.25]) for at in range(6)]
    assert waves == [1, 1, 2, 4, 8, 4]
    assert course.winner is None
    assert set(course.outcomes.values()) == {Outcome.TIMEOUT}
    assert len(course.outcomes) == 20
    assert {(attempt.seconds, attempt.detail) for attempt in course.race.attempts} == {(3.0, "no answer within 3.0 s")}


@pytest.mark.parametrize("place", [0, 1, 50, 98, 99])
def test_the_one_living_server_of_a_hundred_is_found_within_three_seconds(place):
    ways = [silent] * 100
    ways[place] = good
    course = Course(*ways)
    assert course.winner == f"s{place}"
    assert course.seconds < 3


@pytest.mark.parametrize("place", [50, 99])
def test_one_of_a_hundred_is_found_too_where_the_others_are_frozen(place):
    ways = [frozen] * 100
    ways[place] = good
    assert Course(*ways).seconds < 4


def test_failures_of_one_wave_bring_on_the_next_once():
    refuse = fails(REFUSED)
    course = Course(silent, silent, refuse, refuse, *[silent] * 8)
    # The wave of two fails at once: the wave of four follows at once, and none for the second failure.
    assert [server for when, server in course.asked if when < 0.52] == [f"s{number}" for number in range(8)]


def test_a_server_that_has_accepted_the_connection_gets_a_second():
    course = Course(frozen, good)
    assert course.asked == [(0, "s0"), (1, "s1")]


def test_a_busy_server_that_answers_after_all_is_asked_alone():
    def busy(progress):
        progress(Step.GETSPEC)
        return Later(0.9, SPEC)

    assert Course(busy, good, good).asked == [(0, "s0")]


def test_a_server_that_answers_late_wins_over_none():
    course = Course(lambda progress: Later(2.5, SPEC), *[silent] * 3)
    assert (course.winner, course.seconds) == ("s0", 2.5)


def test_a_server_is_given_up_at_its_time_limit_and_where_it_hung_is_told():
    course = Course(frozen, silent, timeout=3)
    steps = {str(attempt.server): attempt.step for attempt in course.race.attempts}
    assert steps == {"s0": Step.GETSPEC, "s1": Step.RESOLVE}
    assert [attempt.seconds for attempt in course.race.attempts] == pytest.approx([3, 3])


def test_an_answer_after_the_time_limit_is_none():
    course = Course(lambda progress: Later(3.2, SPEC), lambda progress: Later(3.6, SPEC), timeout=3)
    assert course.winner is None


def test_the_limit_ends_it_all_and_asks_no_more():
    course = Course(*[silent] * 100, limit=0.6)
    assert course.seconds == pytest.approx(0.6)
    assert len(course.asked) == 4
    course = Course(*[fails(REFUSED, 0.4)] * 3, limit=0.3)
    assert len(course.asked) == 2


def test_every_server_asked_is_told_those_that_failed_and_those_that_were_silent_when_another_won():
    course = Course(fails(NO_VOLUME), silent, good)
    assert course.outcomes == {"s0": Outcome.NO_VOLUME, "s1": Outcome.SILENT, "s2": Outcome.OK}
    no_volume, late, _won = course.race.attempts
    assert no_volume.detail == "it has no volume web"
    assert (late.seconds, late.detail) == (pytest.approx(0.252), "no answer yet when s2 had answered")


def test_an_error_of_the_program_is_no_answer_of_a_server():
    with pytest.raises(ZeroDivisionError):
        Course(fails(ZeroDivisionError()), good)


def test_no_servers_no_winner():
    assert Course().race == probe.Race(None, None, ())


def test_threads_bring_results_and_errors_and_leave_behind_what_hangs():
    tasks, hold = probe.Threads(), threading.Event()
    tasks.start("hangs", lambda: hold.wait(10))
    tasks.start("works", lambda: 7)
    assert tasks.wait(10) == ("works", 7)
    tasks.start("fails", lambda: 1 // 0)
    ended = tasks.wait(10)
    assert ended is not None
    assert (ended[0], type(ended[1])) == ("fails", ZeroDivisionError)
    assert tasks.wait(0) is None
    hold.set()
    assert tasks.wait(10) == ("hangs", True)
    assert tasks.now() > 0


def test_a_name_server_that_says_nothing_does_not_hold_up_the_end_of_the_run():
    """getaddrinfo can hang for as long as it likes, and Python waits at its end for every thread that is no daemon."""
    root = probe.__file__[: probe.__file__.index("/ansible_collections/")]
    code = f"import sys, time; sys.path.insert(0, {root!r}); from {probe.__name__} import Threads; Threads().start(1, lambda: time.sleep(60))"
    begun = time.monotonic()
    subprocess.run([sys.executable, "-c", code], check=True, timeout=50, env={**os.environ, "PYTHONPATH": ""})
    assert time.monotonic() - begun < 50


def test_of_bounded_tasks_no_more_run_at_once_and_all_have_their_turn():
    inner = FakeTasks()
    tasks = probe.Bounded(inner, 2)
    for number in range(5):
        tasks.start(number, lambda: Later(1.0))
    assert [key for _when, key in inner.started] == [0, 1]
    ended = [tasks.wait(5) for _number in range(5)]
    assert ended == [(number, None) for number in range(5)]
    assert [when for when, _key in inner.started] == [0, 0, 1, 1, 2]
    assert (tasks.wait(1), tasks.now()) == (None, 4)
