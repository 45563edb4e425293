# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signals that ask this process to end, turned into an exception, so that what it began is undone on the way out."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from types import FrameType
from typing import Callable, Iterator

ASKING_TO_END = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Interrupted(BaseException):
    """A signal asked this process to end. No Exception, so that no handler of errors swallows it."""


@contextmanager
def rollback_on_signal() -> Iterator[Callable[[], None]]:
    """Within this context the first signal that asks this process to end raises Interrupted. Further ones are ignored, so that nothing cuts the undoing off.

    Gives ``commit``, which the work calls when from now on it is finished and not undone: all such signals are ignored from then to the end of the context.
    A signal that was ignored before, as nohup does with SIGHUP, stays ignored.
    """

    holds = True

    def commit() -> None:
        for number in ASKING_TO_END if holds else ():
            signal.signal(number, signal.SIG_IGN)

    def interrupt(number: int, _frame: FrameType | None) -> None:
        commit()
        raise Interrupted(signal.Signals(number).name)

    with _handled_by(interrupt):
        try:
            yield commit
        finally:
            holds = False


@contextmanager
def noted(note: Callable[[str], None]) -> Iterator[None]:
    """Within this context the name of a signal that asks this process to end is told to ``note``, and nothing is raised: for work in several threads."""
    with _handled_by(lambda number, _frame: note(signal.Signals(number).name)):
        yield


@contextmanager
def _handled_by(act: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in ASKING_TO_END}
    try:
        for number, handler in before.items():
            if handler is not signal.SIG_IGN:
                signal.signal(number, act)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
