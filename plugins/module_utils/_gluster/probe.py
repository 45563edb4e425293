# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hedged probe: the first server is asked, and if it is slow to answer or fails, ever more of the others.

A healthy first server is asked alone. Of a hundred servers of which one lives, that one is found within 2 s.
"""

from __future__ import annotations

import contextlib
import functools
import queue
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Any, Callable, NamedTuple, Protocol, Sequence

from .._host.clock import CLOCK, Clock
from .attempt import Attempt, Outcome, Step
from .glusterd import AskFailed, Progress, Spec
from .server import Server

HEDGE_DELAY_SECONDS = 0.25
"""How long a wave of probes gets before the next one is sent too; an answer takes 1.5 to 3 ms."""
CONNECTED_HEDGE_DELAY_SECONDS = 1.0
"""The same where a server has accepted the connection: it is there and may just be busy, and asking more adds to the load."""


class Tasks(Protocol):
    """Calls that run side by side and can be given up: whoever waits never waits for one that hangs."""

    def now(self) -> float:
        """Seconds of a clock that never goes back."""

    def start(self, key: Any, call: Callable[[], Any]) -> None:
        """Begin ``call``."""

    def wait(self, timeout: float) -> tuple[Any, Any] | None:
        """The key and the result, or the exception, of the next call that has ended; None after ``timeout`` seconds."""


class Threads:
    """Tasks as daemon threads: resolving a name has no time limit of its own and cannot be interrupted, only left behind."""

    def __init__(self, clock: Clock = CLOCK) -> None:
        """clock: what is waited by."""
        self._clock = clock
        self._done: queue.SimpleQueue[tuple[Any, Any]] = queue.SimpleQueue()

    def now(self) -> float:
        return time.monotonic()

    def start(self, key: Any, call: Callable[[], Any]) -> None:
        threading.Thread(target=self._run, args=(key, call), daemon=True).start()

    def wait(self, timeout: float) -> tuple[Any, Any] | None:
        taken: list[tuple[Any, Any]] = []

        def ended(seconds: float) -> bool:
            with contextlib.suppress(queue.Empty):
                taken.append(self._done.get(timeout=max(seconds, 0)))
            return bool(taken)

        self._clock.wait(ended, timeout)
        return taken[0] if taken else None

    def _run(self, key: Any, call: Callable[[], Any]) -> None:
        try:
            self._done.put((key, call()))
        except BaseException as error:
            self._done.put((key, error))


class Bounded:
    """Tasks of which at most ``most`` run at once; those beyond begin, in their order, as others end."""

    def __init__(self, tasks: Tasks, most: int) -> None:
        self._tasks = tasks
        self._free = most
        self._waiting: deque[tuple[Any, Callable[[], Any]]] = deque()

    def now(self) -> float:
        return self._tasks.now()

    def start(self, key: Any, call: Callable[[], Any]) -> None:
        self._waiting.append((key, call))
        self._begin()

    def wait(self, timeout: float) -> tuple[Any, Any] | None:
        done = self._tasks.wait(timeout)
        if done is not None:
            self._free += 1
            self._begin()
        return done

    def _begin(self) -> None:
        while self._waiting and self._free:
            self._free -= 1
            self._tasks.start(*self._waiting.popleft())


class Race(NamedTuple):
    """How a race ended.

    winner, spec: the first server that serves the volume, and its answer; None if none did.
    attempts: the servers asked, in the order in which they ended; then those still silent when another one won; the winner last.
    """

    winner: Server | None
    spec: Spec | None
    attempts: tuple[Attempt, ...]


@dataclass
class _Try:
    """A probe under way. step: how far it has come, written by the probe itself."""

    wave: int
    started: float
    deadline: float
    step: Step = Step.RESOLVE


def race(
    servers: Sequence[Server],
    ask: Callable[[Server, Progress], Spec],
    *,
    timeout: float,
    limit: float,
    tasks: Tasks,
) -> Race:
    """Ask ``servers``, in this order, until one of them answers well.

    The first is asked alone. When it has not answered after HEDGE_DELAY_SECONDS (CONNECTED_HEDGE_DELAY_SECONDS if it has accepted the connection), or at
    once when it fails, one more is asked, then two more, then four, and so on.
    ask(server, progress): ask one server, and tell ``progress`` each step begun; its AskFailed is a result, any other exception is raised here.
    timeout: seconds that one server gets. limit: seconds that all of it gets.
    """
    return _Racing(servers, ask, timeout, limit, tasks).run()


class _Racing:
    def __init__(
        self,
        servers: Sequence[Server],
        ask: Callable[[Server, Progress], Spec],
        timeout: float,
        limit: float,
        tasks: Tasks,
    ) -> None:
        self.waiting = list(servers)
        self.ask = ask
        self.timeout = timeout
        self.tasks = tasks
        self.over = tasks.now() + limit
        self.running: dict[Server, _Try] = {}
        self.attempts: list[Attempt] = []
        self.wave = 0
        self.wave_started = 0.0

    def run(self) -> Race:
        self.send_wave()
        while self.running:
            until = min(entry.deadline for entry in self.running.values())
            if self.waiting:
                until = min(until, self.next_wave())
            done = self.tasks.wait(until - self.tasks.now())
            if done is not None and done[0] in self.running:
                won = self.end(*done)
                if won:
                    return won
            self.give_up_late_ones()
            newest_failed = sum(entry.wave == self.wave for entry in self.running.values()) < self.sent
            if self.waiting and (newest_failed or self.tasks.now() >= self.next_wave()):
                self.send_wave()
        return Race(None, None, tuple(self.attempts))

    def send_wave(self) -> None:
        """Ask the next servers: 1, and then 1, 2, 4, ... more."""
        now = self.tasks.now()
        if now >= self.over:
            self.waiting.clear()
        size = max(1, 2 ** (self.wave - 1)) if self.wave else 1
        wave, self.waiting = self.waiting[:size], self.waiting[size:]
        self.wave += 1
        self.wave_started = now
        self.sent = len(wave)
        for server in wave:
            entry = _Try(self.wave, now, min(now + self.timeout, self.over))
            self.running[server] = entry
            self.tasks.start(server, functools.partial(self.ask, server, functools.partial(setattr, entry, "step")))

    def next_wave(self) -> float:
        """The time at which the next wave is due. The more servers the last one asked, the less likely is it that all of them are only busy."""
        connected = any(entry.wave == self.wave and entry.step is Step.GETSPEC for entry in self.running.values())
        delay = (
            max(HEDGE_DELAY_SECONDS, CONNECTED_HEDGE_DELAY_SECONDS / self.sent) if connected else HEDGE_DELAY_SECONDS
        )
        return self.wave_started + delay

    def end(self, server: Server, result: Any) -> Race | None:
        """Note how one probe ended; the race, if it has won."""
        entry = self.running.pop(server)
        seconds = self.tasks.now() - entry.started
        if isinstance(result, AskFailed):
            self.attempts.append(Attempt(server, result.step, result.outcome, seconds, result.detail))
            return None
        if isinstance(result, BaseException):
            raise result
        now = self.tasks.now()
        for other, silent in self.running.items():
            detail = f"no answer yet when {server} had answered"
            self.attempts.append(Attempt(other, silent.step, Outcome.SILENT, now - silent.started, detail))
        self.attempts.append(Attempt(server, Step.GETSPEC, Outcome.OK, seconds))
        return Race(server, result, tuple(self.attempts))

    def give_up_late_ones(self) -> None:
        """Give up the probes whose time is over, wherever they hang."""
        now = self.tasks.now()
        for server, entry in list(self.running.items()):
            if now >= entry.deadline:
                del self.running[server]
                detail = f"no answer within {now - entry.started:.1f} s"
                self.attempts.append(Attempt(server, entry.step, Outcome.TIMEOUT, now - entry.started, detail))
