# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether enough bricks of a volume are up, asked of the bricks themselves before a client is started.

glusterd describes a stopped volume, and one all of whose bricks are dead or frozen, like a healthy one.
"""

from __future__ import annotations

import enum
import functools
from typing import Callable, Mapping, NamedTuple

from .attempt import Outcome
from .glusterd import AskFailed
from .probe import Bounded, Tasks
from .server import Server
from .volfile import Brick, Subvolume, Volfile

AT_ONCE = 64
"""Most bricks asked at the same time: a thread each is too many for a volume of hundreds. A healthy brick answers within some milliseconds."""

_NO_ANSWER = "no answer yet"
_MOST_NAMED = 4
"""Most subvolumes that a message names."""

Portmap = Callable[[Server, str, float], "int | None"]
"""portmap(server, path, timeout): the port of the brick ``path``, None if no process serves it. Raises AskFailed."""
Ping = Callable[[str, int, float], None]
"""ping(host, port, timeout): returns if the brick process answers. Raises AskFailed."""


class State(str, enum.Enum):
    """What is known of a brick."""

    UP = "up"  # its process answered
    DOWN = "down"  # it has no process, or one that does not answer
    UNKNOWN = "unknown"  # its glusterd could not be asked, the process speaks something else (TLS), or time was over


class BrickState(NamedTuple):
    brick: Brick
    state: State
    detail: str = ""


class BrickStates(NamedTuple):
    """What was found, brick by brick, in the order of the volfile.

    short: the subvolumes that do not meet ``require`` even if every brick of unknown state is up.
    """

    require: str
    states: tuple[BrickState, ...]
    short: tuple[Subvolume, ...]

    @property
    def satisfied(self) -> bool:
        return not self.short

    def why(self) -> str:
        """One line: which subvolumes fall short, and which of their bricks are down for which reason. "" if none does."""
        lack = {"writable": "cannot be written", "all": "is not complete", "any": "cannot be read"}[self.require]
        parts = []
        for subvolume in self.short[:_MOST_NAMED]:
            down = [entry for entry in self.states if entry.state is State.DOWN and entry.brick in subvolume.bricks]
            parts.append(f"{subvolume.name} {lack}: " + ", ".join(f"{entry.brick}: {entry.detail}" for entry in down))
        if self.short[_MOST_NAMED:]:
            parts.append(f"and so for {len(self.short) - _MOST_NAMED} more")
        return "; ".join(parts)

    def up(self) -> frozenset[str]:
        """The names of the bricks that have answered."""
        return frozenset(entry.brick.name for entry in self.states if entry.state is State.UP)

    def unknown(self) -> str:
        """One line: the bricks of which nothing could be learnt, and why. "" if there is none."""
        return ", ".join(f"{entry.brick} ({entry.detail})" for entry in self.states if entry.state is State.UNKNOWN)


def check_bricks(
    volfile: Volfile, require: str, *, portmap: Portmap, ping: Ping, timeout: float, tasks: Tasks
) -> BrickStates:
    """Ask the bricks of a volume whether they are up, until enough are, all have answered, or ``timeout`` seconds are over.

    require: writable, all or any, see Volfile.missing.

    The port of a brick is asked of the glusterd on the brick's own host. A brick whose glusterd cannot be asked may be up all the same: the brick
    outlives its glusterd, and the client, which needs it just for the port, finds out itself. So a brick of unknown state counts as up in the
    decision. AskFailed is a result; any other exception is raised here.
    """
    over = tasks.now() + timeout
    last_start = over - timeout / 4  # later there is too little time left for a silence to mean anything
    answers: dict[str, BrickState] = {}

    def ask(brick: Brick) -> BrickState:
        if tasks.now() > last_start:
            return BrickState(brick, State.UNKNOWN, _NO_ANSWER)
        # Half of the time for each of the two questions, so that a silence is heard before the time is over.
        return _ask(brick, portmap, ping, (over - tasks.now()) / 2)

    bounded = Bounded(tasks, AT_ONCE)
    for brick in volfile.bricks:
        bounded.start(brick.name, functools.partial(ask, brick))
    while volfile.missing(_named(answers, State.UP), require) and len(answers) < len(volfile.bricks):
        done = bounded.wait(over - tasks.now())
        if done is None:
            break
        name, answer = done
        if isinstance(answer, BaseException):
            raise answer
        answers[name] = answer
    states = tuple(answers.get(brick.name) or BrickState(brick, State.UNKNOWN, _NO_ANSWER) for brick in volfile.bricks)
    down = _named(answers, State.DOWN)
    return BrickStates(require, states, volfile.missing({brick.name for brick in volfile.bricks} - down, require))


def _named(answers: Mapping[str, BrickState], state: State) -> set[str]:
    return {name for name, answer in answers.items() if answer.state is state}


def _ask(brick: Brick, portmap: Portmap, ping: Ping, limit: float) -> BrickState:
    """Ask for one brick; each of the two questions gets ``limit`` seconds."""
    try:
        port = portmap(Server(brick.host), brick.path, limit)
    except AskFailed as error:
        return BrickState(brick, State.UNKNOWN, f"its glusterd: {error.outcome.value}: {error.detail}")
    if port is None:
        return BrickState(brick, State.DOWN, "no process serves it")
    try:
        ping(brick.host, port, limit)
    except AskFailed as error:
        # What keeps this node from the port keeps its client from it too. A brick that closes or talks otherwise may do so because it wants TLS.
        shut = error.outcome in (Outcome.REFUSED, Outcome.UNREACHABLE, Outcome.TIMEOUT)
        detail = f"no answer on port {port}" if error.outcome is Outcome.TIMEOUT else error.detail
        return BrickState(brick, State.DOWN if shut else State.UNKNOWN, detail)
    return BrickState(brick, State.UP)
