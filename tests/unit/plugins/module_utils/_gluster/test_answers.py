# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server is asked for a volume once by all that ask at the same time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.answers import FRESH_SECONDS, Answers
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.attempt import Outcome, Step
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.glusterd import AskFailed
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.server import Server
from ansible_collections.evenkeel.glusterfs.tests.unit.fakes import FakeClock

GFS1 = Server("gfs1")
REFUSED = AskFailed(Step.CONNECT, Outcome.REFUSED, "Connection refused")


class Glusterd:
    """asked: each question. Answers once ``say`` is called, if ``waits``."""

    def __init__(self, *, waits=False, error=None):
        self.asked = []
        self.may = threading.Event()
        self.begun = threading.Event()
        self.error = error
        if not waits:
            self.may.set()

    def __call__(self, server, volume, timeout, *, progress):
        self.asked.append((server.host, volume))
        progress(Step.GETSPEC)
        self.begun.set()
        assert self.may.wait(10)
        if self.error:
            raise self.error
        return f"answer {len(self.asked)}"


def ask(answers, volume="web", steps=None, timeout=3.0):
    return answers(GFS1, volume, timeout, progress=(steps if steps is not None else []).append)


def side_by_side(glusterd, count):
    """What ``count`` of them are told that ask while the first question is under way, and the steps that each heard of."""
    answers, steps = Answers(glusterd), [[] for _number in range(count)]
    with ThreadPoolExecutor(count) as pool:
        first = pool.submit(ask, answers, steps=steps[0])
        assert glusterd.begun.wait(10)
        others = [pool.submit(ask, answers, steps=heard) for heard in steps[1:]]
        while not all(steps):
            threading.Event().wait(0.001)
        glusterd.may.set()
        return [future.exception() or future.result() for future in (first, *others)], steps


def test_who_asks_while_the_same_question_is_under_way_gets_its_answer():
    glusterd = Glusterd(waits=True)
    told, steps = side_by_side(glusterd, 4)
    assert (told, glusterd.asked) == (["answer 1"] * 4, [("gfs1", "web")])
    assert {heard[-1] for heard in steps} == {Step.GETSPEC}, "each knows how far it has come"


def test_a_server_that_refuses_refuses_all_that_wait():
    glusterd = Glusterd(waits=True, error=REFUSED)
    told, _steps = side_by_side(glusterd, 3)
    assert (told, len(glusterd.asked)) == ([REFUSED] * 3, 1)


def test_who_waits_for_another_s_question_has_a_limit_too():
    glusterd = Glusterd(waits=True)
    answers = Answers(glusterd)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(ask, answers, timeout=0.02)
        assert glusterd.begun.wait(10)
        with pytest.raises(AskFailed) as failed:
            ask(answers, timeout=0.02)
        glusterd.may.set()
    assert (failed.value.step, failed.value.outcome) == (Step.GETSPEC, Outcome.TIMEOUT)


def test_an_answer_holds_for_a_moment_and_a_failure_not_at_all():
    clock, glusterd = FakeClock(), Glusterd()
    answers = Answers(glusterd, clock)
    assert [ask(answers), ask(answers), ask(answers, "pages")] == ["answer 1", "answer 1", "answer 2"]
    clock.sleep(FRESH_SECONDS)
    assert ask(answers) == "answer 3"
    glusterd.error = REFUSED
    for _time in range(2):
        with pytest.raises(AskFailed):
            ask(answers, "none")
    assert len(glusterd.asked) == 5
