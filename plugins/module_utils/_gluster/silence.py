# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which bricks of a volume are silent: nothing comes from them, or from the glusterd of their host, on connections of our own.

A host that drops all packets, one without power, a process that is frozen: the kernel or the firewall tells nobody, so that only a question tells them from
one that is slow. Each brick is asked by several connections, since packets get lost, and the last of them are made right before the verdict. A host whose
round trip is long gets a multiple of that to answer.
"""

from __future__ import annotations

import functools
import math
import socket
from dataclasses import dataclass, field
from typing import Any, Callable, Collection, NamedTuple, Sequence

from .attempt import Outcome, Step
from .glusterd import AskFailed, Progress
from .probe import Tasks
from .server import GLUSTERD_PORT, Server
from .volfile import Brick

BEGIN_SECONDS = (0.0, 0.3, 0.7, 0.8)
"""When a brick that has not answered is asked, and asked again. An answer takes 1.5 to 3 ms."""
REFRESH_SECONDS = 0.7
"""How often a brick that has answered is asked again while others have not, so that it is known to be there when they are given up."""
SILENT_SECONDS = 1.0
"""When a brick that has not answered by then counts as silent."""
BEFORE_SECONDS = 0.3
"""How long before the first verdict those are asked that had answered before the inquiry."""
AGAIN_SECONDS = (0.0, 0.1, 0.2, 0.7)
SILENT_AGAIN_SECONDS = 0.4
"""The same for a host that has accepted a connection a second ago and not answered since, as far as it accepts the new ones too: a frozen process."""
ROUND_TRIPS = 4
"""How many round trips, as long as that of the connection took, an answer may take: TCP's, TLS's two or three, the call's own."""
MOST_SECONDS = 5.0
"""When the verdict is known at the latest."""
LAST_SECONDS = 0.2
"""How long the last question before the verdict gets at least."""
FRESH_SECONDS = 1.0
"""How old an answer may be for its brick to count as there."""

Place = Callable[["tuple[str, ...]", int], None]
"""place(addresses, port): told where a brick is asked: the IP addresses of its host, and glusterd's port or the brick's own."""
Ask = Callable[[Brick, float, Progress, Place], None]
"""ask(brick, timeout, progress, place): returns if the brick answers, and tells each step and each place as it comes to it. Raises AskFailed."""


Resolve = Callable[..., Sequence[Any]]
"""socket.getaddrinfo or what stands for it."""


def asking(portmap: Callable[..., int | None], ping: Callable[..., None], resolve: Resolve) -> Ask:
    """A question as the client begins with a brick: which port it has, and then whether it is there. portmap, ping: see glusterd.brick_port, ping_brick."""

    def ask(brick: Brick, timeout: float, progress: Progress, place: Place) -> None:
        try:
            entries = resolve(brick.host, GLUSTERD_PORT, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise AskFailed(Step.RESOLVE, Outcome.UNRESOLVED, f"{brick.host}: {error}") from error
        addresses = tuple(str(entry[4][0]).partition("%")[0] for entry in entries)
        place(addresses, GLUSTERD_PORT)
        port = portmap(Server(brick.host), brick.path, timeout, progress=progress)
        if port is None:
            raise AskFailed(Step.BRICKS, Outcome.REFUSED, "no process serves it")
        place(addresses, port)
        ping(brick.host, port, timeout, progress=progress)

    return ask


_MOST_NAMED = 4
_NOTHING_CAME = (Outcome.TIMEOUT, Outcome.UNREACHABLE)


class Silent(NamedTuple):
    """A brick that is silent, or all bricks of a host whose glusterd is, since it says where they are.

    addresses, port: where nothing answers, glusterd's or the brick's own. seconds: how long it was asked. asked: by how many connections.
    """

    bricks: tuple[Brick, ...]
    addresses: tuple[str, ...]
    port: int
    seconds: float
    asked: int

    def why(self) -> str:
        """The evidence, for a person."""
        who = "the glusterd of its host" if self.port == GLUSTERD_PORT else f"its process on port {self.port}"
        return f"{who} answered none of {self.asked} connections in {self.seconds:.1f} s"

    @property
    def host(self) -> str:
        return self.bricks[0].host

    def named(self) -> str:
        """The bricks, for a person."""
        more = len(self.bricks) - _MOST_NAMED
        return ", ".join(map(str, self.bricks[:_MOST_NAMED])) + (f" and {more} more" if more > 0 else "")


@dataclass
class _Question:
    """A connection. begun: when it was due. started: when its turn came. connecting, connected: when it was begun and when it was accepted.

    All but the first are written by the question itself.
    """

    begun: float
    now: Callable[[], float]
    started: float | None = None
    connected: float | None = None
    connecting: float | None = None

    def ask(self, ask: Ask, known: _Known, over: float) -> None:
        self.started = self.now()
        return ask(known.brick, max(over - self.started, 0.1), self.progress, known.place)

    def progress(self, step: Step) -> None:
        if step is Step.CONNECT:
            self.connecting = self.now()
        elif self.connecting is not None:
            self.connected = self.now()

    def round_trip(self) -> float:
        """How long the connection took to be accepted; 0 where it was not."""
        return self.connected - self.connecting if self.connected is not None and self.connecting is not None else 0.0


@dataclass
class _Known:
    """What is known of a brick. addresses, port: where it is asked. answered: when it answered last. lives: whether its host said anything at all.

    owes: whether its host has owed an answer for a second when it is asked first.
    """

    brick: Brick
    addresses: tuple[str, ...] = ()
    port: int = GLUSTERD_PORT
    answered: float | None = None
    lives: bool = False
    owes: bool = False
    questions: list[_Question] = field(default_factory=list)

    def place(self, addresses: tuple[str, ...], port: int) -> None:
        self.addresses, self.port = addresses, port


class Inquiry:
    """Questions to all bricks of a volume, side by side with other tasks: ``advance`` when it is ``due``, ``take`` what ``tasks`` gives by its keys.

    Of the bricks of a host one is asked until its glusterd answers; while it does not, it answers for none of them.
    ``tasks`` may have questions wait for their turn: only those count that have been asked.
    Its keys in ``tasks`` are pairs that begin with the inquiry itself.
    """

    def __init__(
        self, bricks: Sequence[Brick], ask: Ask, tasks: Tasks, *, up: Collection[str] = (), owing: Collection[str] = ()
    ) -> None:
        """up: names of the bricks that have answered right now, which are asked only right before the verdict.

        owing: hosts whose glusterd has accepted a connection about a second ago, and has not answered since.
        """
        self._ask = ask
        self._tasks = tasks
        self._begun = tasks.now()
        self._known = {brick.name: _Known(brick, lives=brick.name in up, owes=brick.host in owing) for brick in bricks}
        # Of each host the first brick that has not answered.
        self._leaders = {known.brick.host: known for known in reversed(self._known.values()) if not known.lives}

    def due(self) -> float:
        """When there is something to do next, on the clock of ``tasks``; infinity for never again."""
        verdicts = [self._verdict(known) for known in self._waiting()]
        times = [self._next(known, verdicts) for known in self._known.values()]
        times += verdicts
        now = self._tasks.now()
        return min((time for time in times if time is not None and time > now), default=math.inf)

    def advance(self) -> None:
        """Ask whoever is due."""
        now = self._tasks.now()
        verdicts = [self._verdict(known) for known in self._waiting()]
        for known in self._known.values():
            due = self._next(known, verdicts)
            if due is None or due > now:
                continue
            question = _Question(now, self._tasks.now)
            known.questions.append(question)
            call = functools.partial(question.ask, self._ask, known, self._begun + MOST_SECONDS)
            self._tasks.start((self, known.brick.name), call)

    def take(self, name: str, result: Any) -> None:
        """What became of a question to this brick. An exception that is no AskFailed is raised."""
        known = self._known[name]
        if result is None:
            known.answered = self._tasks.now()
            known.lives = True
        elif not isinstance(result, AskFailed):
            raise result
        elif result.outcome not in _NOTHING_CAME:
            known.lives = True

    def silent(self) -> tuple[Silent, ...]:
        """The bricks that are silent by now."""
        now = self._tasks.now()
        return tuple(
            Silent(self._share(known), known.addresses, known.port, now - self._begun, len(known.questions))
            for known in self._waiting()
            if self._verdict(known) <= now
        )

    def fresh(self) -> frozenset[str]:
        """The names of the bricks that have answered within FRESH_SECONDS."""
        since = self._tasks.now() - FRESH_SECONDS
        return frozenset(
            name for name, known in self._known.items() if known.answered is not None and known.answered >= since
        )

    def _share(self, known: _Known) -> tuple[Brick, ...]:
        """The bricks that this one's silence is that of."""
        if known.port != GLUSTERD_PORT or self._leaders[known.brick.host] is not known:
            return (known.brick,)
        return tuple(
            other.brick for other in self._known.values() if other.brick.host == known.brick.host and not other.lives
        )

    def _follows(self, known: _Known) -> bool:
        """Whether another brick of its host is asked, since its glusterd has not answered."""
        leader = self._leaders[known.brick.host]
        return leader is not known and not leader.lives and leader.port == GLUSTERD_PORT

    def _waiting(self) -> list[_Known]:
        """The bricks that may turn out to be silent. Where its name leads nowhere, nobody is."""
        return [known for known in self._known.values() if not known.lives and known.addresses]

    def _next(self, known: _Known, verdicts: Sequence[float]) -> float | None:
        """When this brick is asked next; None for no more. verdicts: when those that wait for one get it; for these the others are asked again."""
        if not known.lives:
            if self._follows(known):
                return None
            later = (AGAIN_SECONDS if known.owes else BEGIN_SECONDS)[len(known.questions) :]
            return self._begun + later[0] if later else None
        if not verdicts:
            return None
        due = known.questions[-1].begun + REFRESH_SECONDS if known.questions else min(verdicts) - BEFORE_SECONDS
        return due if due < self._begun + MOST_SECONDS else None

    def _verdict(self, known: _Known) -> float:
        """When a brick that has not answered by then is silent; infinity where it has not been asked in earnest."""
        accepts = known.owes and any(question.connected is not None for question in known.questions)
        limit = SILENT_AGAIN_SECONDS if accepts else SILENT_SECONDS
        started = [question.started for question in known.questions if question.started is not None]
        if len(started) < len(known.questions):
            return math.inf
        slow = (q.connected + ROUND_TRIPS * q.round_trip() for q in known.questions if q.connected is not None)
        asked = [started[0] + limit, started[-1] + LAST_SECONDS] if started else [self._begun + limit]
        return min(max([*asked, *slow]), self._begun + MOST_SECONDS)
