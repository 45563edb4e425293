# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What servers say of volumes, asked once by all that want to know it at the same time.

Ten mounts of one volume, or of ten directories of it, are one question to a server and not ten, as long as that is under way and for a moment after.
"""

from __future__ import annotations

import threading
from typing import Any, Callable

from .._host.clock import CLOCK, Clock
from .attempt import Outcome, Step
from .glusterd import AskFailed, Progress, Spec
from .server import Server

FRESH_SECONDS = 1.0
"""How long an answer holds for others: less than anything waits for a change of it, as session.py does for 2 s. That none came holds for nobody."""


class _Question:
    """One that is under way, or has ended. began: when. steps: who is told how far it comes. ended: when it was answered."""

    def __init__(self, began: float) -> None:
        self.began = began
        self.steps: list[Progress] = []
        self.step = Step.RESOLVE
        self.done = threading.Event()
        self.ended: float | None = None
        self.answer: Any = None

    def tell(self, step: Step) -> None:
        self.step = step
        for progress in tuple(self.steps):
            progress(step)


class Answers:
    """A getspec, see glusterd.getspec, that asks by another one."""

    def __init__(self, getspec: Callable[..., Spec], clock: Clock = CLOCK) -> None:
        self._getspec = getspec
        self._clock = clock
        self._questions: dict[tuple[Server, str, float], _Question] = {}
        self._change = threading.Lock()

    def __call__(self, server: Server, volume: str, timeout: float, *, progress: Progress) -> Spec:
        """Raises AskFailed, as the one who asks does for all that wait with it."""
        key = (server, volume, timeout)
        with self._change:
            question = self._questions.get(key)
            new = question is None or not self._holds(question, timeout)
            if question is None or new:
                question = self._questions[key] = _Question(self._clock.now())
            question.steps.append(progress)
        progress(question.step)
        if new:
            self._ask(question, server, volume, timeout)
        elif not question.done.wait(timeout):
            raise AskFailed(question.step, Outcome.TIMEOUT, f"no answer within {timeout:g} s")
        if isinstance(question.answer, BaseException):
            raise question.answer
        spec: Spec = question.answer
        return spec

    def _holds(self, question: _Question, timeout: float) -> bool:
        """Whether who asks now gets its answer. One that resolves a name may hang for ever, so that it is passed over when its time is over."""
        if not question.done.is_set():
            return self._clock.now() - question.began < timeout
        return question.ended is not None and self._clock.now() - question.ended < FRESH_SECONDS

    def _ask(self, question: _Question, server: Server, volume: str, timeout: float) -> None:
        try:
            question.answer = self._getspec(server, volume, timeout, progress=question.tell)
            question.ended = self._clock.now()
        except BaseException as error:
            question.answer = error
        finally:
            question.done.set()
