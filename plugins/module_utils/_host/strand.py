# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pieces of work that one process does at the same time, each in a thread of its own.

Python hands signals to the main thread alone, and no thread can be interrupted from outside. So a strand is asked to end, and ends itself: its clock, by which
it waits for all that takes time, raises Interrupted there, once, unless what it works on is to be finished. What it does then, to undo what it began, is not
interrupted any more.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from typing import Any, Callable, Hashable, Iterator, Mapping, NamedTuple, Sequence

from .clock import Clock, Ended
from .signals import Interrupted

AT_ONCE = 64
"""Strands that run at the same time; others wait for one of them to end. Those that wait for a server cost nothing but their thread. What costs is bounded
where it is done, see proof.AT_ONCE."""
PART_SECONDS = 0.2
"""How long a strand may take to hear that it is asked to end."""
UNDO_SECONDS = 120.0
"""How long a strand that was asked to end may take to undo what it began: more than an unmount and the end of a client take."""


class Strand(Clock):
    """The clock of one piece of work, which raises Interrupted where that is asked to end. asked(): the name of the signal that asks, "" while none does."""

    def __init__(self, asked: Callable[[], str] = str) -> None:
        self._asked = asked
        self._deaf = False
        self._thread = 0

    def begin(self) -> None:
        """Called by the thread that does the work. Others that it starts hear nothing, since it is this one that ends them."""
        self._thread = threading.get_ident()

    def commit(self) -> None:
        """From now on the work is finished and not interrupted."""
        self._deaf = True

    def sleep(self, seconds: float) -> None:
        def ended(part: float) -> bool:
            time.sleep(part)
            return False

        self.wait(ended, seconds)

    def wait(self, ended: Ended, seconds: float) -> bool:
        """As Clock.wait. Raises Interrupted."""
        over = self.now() + seconds
        while True:
            self._hear()
            left = max(over - self.now(), 0.0)
            if ended(min(left, PART_SECONDS)):
                return True
            if left <= PART_SECONDS:
                return False

    def _hear(self) -> None:
        asked = "" if self._deaf or threading.get_ident() != self._thread else self._asked()
        if asked:
            self._deaf = True
            raise Interrupted(asked)


class Job(NamedTuple):
    """A piece of work.

    call(strand, results): does it; what it raises is its result. results: of the jobs that have ended, by their keys. after: keys of jobs that have to end
    before, in no circle; where one of them is given up, so is this one. limit: seconds after which it is given up.
    """

    key: Hashable
    call: Callable[[Strand, Mapping[Any, Any]], Any]
    after: tuple[Hashable, ...] = ()
    limit: float = 3600.0


class GivenUp(Exception):
    """A job had not ended when its time was over. It may still be at work."""


class Strands:
    """What runs jobs side by side, until it is asked to end."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self.asked = ""
        self._at_once = at_once

    def ask_to_end(self, signal: str) -> None:
        """Have each strand end, and begin no other. What a handler of signals may call. signal: its name; the first one counts."""
        self.asked = self.asked or signal

    def run(self, jobs: Sequence[Job]) -> dict[Any, Any]:
        """What each job gave or raised, by its key, see ``each``."""
        return dict(self.each(jobs))

    def each(self, jobs: Sequence[Job]) -> Iterator[tuple[Any, Any]]:
        """The key of each job and what it gave or raised, as soon as it has ended.

        Interrupted stands for what was asked to end or is not begun any more, GivenUp for what has not ended when its time was over.
        """
        results: dict[Any, Any] = {}
        ended: queue.SimpleQueue[Hashable] = queue.SimpleQueue()
        until: dict[Hashable, float] = {}
        waiting = list(jobs)
        was_asked = False
        while waiting or until:
            if self.asked and not was_asked:
                was_asked = True
                until = {key: min(over, time.monotonic() + UNDO_SECONDS) for key, over in until.items()}
            for job in tuple(waiting):
                why_not = self._why_not(job, results)
                if why_not:
                    waiting.remove(job)
                    results[job.key] = why_not
                    yield job.key, why_not
            ready = [job for job in waiting if results.keys() >= set(job.after)]
            for job in ready[: self._at_once - len(until)]:
                waiting.remove(job)
                until[job.key] = time.monotonic() + job.limit
                self._start(job, results, ended)
            for key in self._take_ended(ended, until):
                del until[key]
                yield key, results.setdefault(key, GivenUp("its time was over"))

    def _why_not(self, job: Job, results: Mapping[Any, Any]) -> BaseException | None:
        """Why a job that waits is not begun any more; None for one that may be."""
        if self.asked:
            return Interrupted(self.asked)
        if any(isinstance(results.get(key), GivenUp) for key in job.after):
            return GivenUp("what it had to wait for has not ended")
        return None

    def _start(self, job: Job, results: dict[Any, Any], ended: queue.SimpleQueue[Hashable]) -> None:
        strand = Strand(lambda: self.asked)
        before = dict(results)

        def work() -> None:
            strand.begin()
            try:
                result = job.call(strand, before)
            except BaseException as error:
                result = error
            results.setdefault(job.key, result)  # nothing, if it was given up
            ended.put(job.key)

        threading.Thread(target=work, daemon=True, name=f"strand {job.key}").start()

    @staticmethod
    def _take_ended(ended: queue.SimpleQueue[Hashable], until: Mapping[Hashable, float]) -> list[Hashable]:
        """Wait until a job ends, or for PART_SECONDS. That one, and those whose time is over."""
        over = []
        with contextlib.suppress(queue.Empty):
            over.append(ended.get(timeout=PART_SECONDS if until else 0))
        now = time.monotonic()
        over += [key for key, limit in until.items() if limit <= now]
        return [key for key in dict.fromkeys(over) if key in until]
