# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Work in several threads of one process: it runs side by side, in order where it has to, and ends when it is asked to."""

from __future__ import annotations

import signal
import threading

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.probe import Threads
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import lock, process, signals, strand
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.beside import beside
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.signals import Interrupted
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.strand import GivenUp, Job, Strands


@pytest.fixture(autouse=True)
def _parts(monkeypatch):
    """Nobody waits for a fifth of a second here."""
    monkeypatch.setattr(strand, "PART_SECONDS", 0.01)


def test_jobs_run_at_the_same_time():
    meeting = threading.Barrier(3)
    results = Strands().run([Job(number, lambda *_: meeting.wait(10)) for number in range(3)])
    assert sorted(results.values()) == [0, 1, 2]


def test_no_more_run_at_once_than_may():
    running, most = [], []

    def call(clock, _results):
        running.append(1)
        most.append(len(running))
        clock.sleep(0.01)
        running.pop()

    Strands(at_once=2).run([Job(number, call) for number in range(6)])
    assert max(most) == 2


def test_a_job_begins_when_those_before_it_have_ended_and_knows_how():
    jobs = [
        Job("deep", lambda _strand, results: dict(results), ("below", "top")),
        Job("below", lambda _strand, results: results["top"] + 1, ("top",)),
        Job("top", lambda clock, _results: clock.sleep(0.02) or 1),
    ]
    assert Strands().run(jobs)["deep"] == {"top": 1, "below": 2}


def test_one_that_fails_holds_up_no_other():
    results = Strands().run([Job("bad", lambda *_: 1 / 0), Job("good", lambda *_: 1)])
    assert isinstance(results["bad"], ZeroDivisionError)
    assert results["good"] == 1


def test_one_that_does_not_end_is_given_up():
    stuck = threading.Event()
    jobs = [
        Job("hangs", lambda *_: stuck.wait(10), limit=0.05),
        Job("on it", lambda *_: 1, after=("hangs",)),
        Job("good", lambda *_: 1),
    ]
    results = Strands().run(jobs)
    stuck.set()
    assert isinstance(results["hangs"], GivenUp)
    assert isinstance(results["on it"], GivenUp), "what lies on it is not begun"
    assert results["good"] == 1


def interrupted(*calls, after=()):
    """What becomes of jobs that have all begun when the process is asked to end by SIGTERM."""
    strands = Strands()
    begun = threading.Barrier(len(calls) + 1)

    def begin(call):
        def begun_call(clock, _results):
            begun.wait(10)
            return call(clock)

        return begun_call

    def ask():
        begun.wait(10)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGTERM)

    asking = threading.Thread(target=ask)
    asking.start()
    with signals.noted(strands.ask_to_end):
        jobs = [Job(number, begin(call)) for number, call in enumerate(calls)]
        results = strands.run([*jobs, *(Job(key, lambda *_: "begun", tuple(range(len(calls)))) for key in after)])
        again = strands.run([Job("more", lambda *_: "begun")])
    asking.join()
    assert isinstance(again["more"], Interrupted), "nothing is begun any more"
    return results


def test_all_are_undone_when_the_process_is_asked_to_end_wherever_they_wait(tmp_path):
    undone = []

    def undo(wait):
        def call(clock):
            try:
                return wait(clock)
            finally:
                clock.sleep(0.01)  # which is not interrupted once more
                undone.append(1)

        return call

    def until_over(over):
        while not over():
            threading.Event().wait(0.001)

    def besides(clock):
        with beside(until_over):
            clock.sleep(30)

    waits = [
        lambda clock: clock.sleep(30),
        lambda clock: process.run(("sleep", "30"), 30, clock),
        lambda clock: process.run_among(("sleep", "30"), 30, clock),
        lambda clock: Threads(clock).wait(30),
        besides,
    ]
    results = interrupted(*map(undo, waits), after=("later",))
    assert all(isinstance(result, Interrupted) for result in results.values())
    assert len(results) == len(waits) + 1
    assert len(undone) == len(waits)


def test_what_is_committed_is_finished_all_the_same():
    def committed(clock):
        clock.commit()
        clock.sleep(0.05)
        return "done"

    assert interrupted(committed, lambda clock: clock.sleep(30))[0] == "done"


def test_commands_and_answers_come_through_a_clock_that_waits_in_parts():
    def call(clock, _results):
        tasks = Threads(clock)
        tasks.start("slow", lambda: clock.sleep(0.03) or "answer")
        return process.run(("sh", "-c", "sleep 0.03; echo said"), 10, clock).stdout, tasks.wait(10), tasks.wait(0.02)

    assert Strands().run([Job("one", call)])["one"] == ("said\n", ("slow", "answer"), None)


def test_a_command_has_its_time_and_no_more():
    def call(clock, _results):
        return process.run(("sleep", "30"), 0.05, clock).rc

    assert Strands().run([Job("one", call)])["one"] is None


def test_threads_exclude_each_other_by_a_lock_as_processes_do(tmp_path):
    inside, most = [], []

    def call(clock, _results):
        with lock.hold(str(tmp_path / "locks" / "one.lock"), 10, clock):
            inside.append(1)
            most.append(len(inside))
            clock.sleep(0.01)
            inside.pop()

    results = Strands().run([Job(number, call) for number in range(4)])
    assert set(results.values()) == {None}
    assert max(most) == 1
