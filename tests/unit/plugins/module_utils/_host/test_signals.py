# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import signal
from contextlib import contextmanager, suppress

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import signals

ASKING_TO_END = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def handlers():
    return [signal.getsignal(number) for number in ASKING_TO_END]


def send(number):
    signal.raise_signal(number)


@pytest.fixture(autouse=True)
def _as_at_the_start_of_a_program():
    """Whatever the tests are run under: an ignored SIGHUP, as by nohup, would be inherited."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in ASKING_TO_END}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@contextmanager
def work(undone, then=()):
    """Something begun under signals.rollback_on_signal() that is undone whatever ends it; meanwhile the signals of ``then`` arrive."""
    with signals.rollback_on_signal():
        try:
            yield
        finally:
            for number in then:
                send(number)
            undone.append("the mount")


@pytest.mark.parametrize("number", ASKING_TO_END, ids=lambda number: number.name)
def test_what_was_begun_is_undone_when_the_process_is_asked_to_end(number):
    undone = []
    with pytest.raises(signals.Interrupted, match=number.name), work(undone):
        send(number)
    assert undone == ["the mount"]


def test_an_impatient_second_signal_does_not_cut_the_undoing_off():
    undone = []
    with pytest.raises(signals.Interrupted, match="SIGTERM"), work(undone, then=ASKING_TO_END):
        send(signal.SIGTERM)
    assert undone == ["the mount"]


def test_what_is_as_good_as_done_is_finished_whatever_signal_comes():
    done = []
    with signals.rollback_on_signal() as commit:
        commit()
        for number in ASKING_TO_END:
            send(number)
        done.append("the line in fstab")
    assert done == ["the line in fstab"]


def test_a_handler_of_errors_does_not_swallow_the_request_to_end():
    with pytest.raises(signals.Interrupted), work([]), suppress(Exception):
        send(signal.SIGINT)


@pytest.mark.parametrize("interrupted", [False, True])
def test_afterwards_signals_do_what_they_did_before(interrupted):
    signal.signal(signal.SIGTERM, lambda *_args: None)
    before = handlers()
    try:
        with signals.rollback_on_signal():
            if interrupted:
                send(signal.SIGTERM)
    except signals.Interrupted:
        pass
    assert handlers() == before


def test_a_run_under_nohup_outlives_the_terminal():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with signals.rollback_on_signal():
        send(signal.SIGHUP)
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def test_a_run_that_goes_on_after_one_mount_can_still_be_asked_to_end():
    before = handlers()
    with signals.rollback_on_signal() as commit:
        pass
    commit()
    assert handlers() == before
