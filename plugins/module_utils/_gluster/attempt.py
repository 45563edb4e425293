# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was tried, how it ended and how long it took: the values that every layer of the engine hands up."""

from __future__ import annotations

import enum
from typing import Any, NamedTuple, Sequence

from .._host.plain import plain
from .server import Server


class Step(str, enum.Enum):
    """How far a try came: what it was doing when it ended."""

    RESOLVE = "resolve"
    CONNECT = "connect"
    GETSPEC = "getspec"
    BRICKS = "bricks"
    START = "start"
    PROVE = "prove"


class Outcome(str, enum.Enum):
    """How a try ended. What follows from each: docs/failover.md, for a person; _mount/select.py and _mount/host_client.py do it."""

    OK = "ok"
    UNRESOLVED = "unresolved"  # the name has no address
    REFUSED = "refused"  # connection refused
    UNREACHABLE = "unreachable"  # no route, no ARP answer, network down
    SILENT = "silent"  # no answer by the time another server won; it may be well all the same
    TIMEOUT = "timeout"  # no answer within the time limit
    CLOSED = "closed"  # the connection was closed or reset after it had been accepted
    TLS = "no TLS"  # no encrypted connection came about: one side has no TLS, or a certificate was refused
    GARBAGE = "garbage"  # bytes that are no answer to what was asked
    DENIED = "denied"  # glusterd answered, and refused this client or this request
    NO_VOLUME = "no volume"  # glusterd answered that it does not know the volume
    CUT_OFF = "cut off"  # a brick gave no answer, and the new client was disconnected from it, so that it need not wait
    BRICKS_DOWN = "bricks down"  # the volume is stopped, or too few of its bricks are up
    CLIENT_FAILED = "client failed"  # the client ended without a mount, for a reason another try may not meet
    SUBDIR_MADE = (
        "subdirectory made"  # the volume had no such directory; it was made, as wanted, and the next try finds it
    )
    UNPROVEN = "unproven"  # the client said ok, the mount did not prove real
    FATAL = "fatal"  # no other server and no later try can help: authentication, subdirectory, option


class Attempt(NamedTuple):
    """One try at one server.

    server: the server tried; None where a step concerns no single one.
    seconds: how long the try took.
    detail: one line for a person: the address, the errno's text, the client log's reason. Never a secret.
    """

    server: Server | None
    step: Step
    outcome: Outcome
    seconds: float
    detail: str = ""

    def as_result(self) -> dict[str, Any]:
        """The try as modules report it."""
        return {
            "server": str(self.server) if self.server else None,
            "step": self.step.value,
            "outcome": self.outcome.value,
            "seconds": round(self.seconds, 3),
            "detail": plain(self.detail),
        }


def format_attempt(attempt: Attempt, tries: int = 1) -> str:
    """A try on one line, as in ``gfs1: connect: refused after 0.00 s: Connection refused``. tries: how often it was made."""
    many = f", {tries} tries" if tries > 1 else ""
    detail = f": {plain(attempt.detail)}" if attempt.detail else ""
    return f"{attempt.server or '-'}: {attempt.step.value}: {attempt.outcome.value} after {attempt.seconds:.2f} s{many}{detail}"


def format_attempts(attempts: Sequence[Attempt]) -> str:
    """One line a server: how its last try ended, how long it took, and how often it was tried."""
    last: dict[Server | None, Attempt] = {}
    count: dict[Server | None, int] = {}
    for attempt in attempts:
        last[attempt.server] = attempt
        count[attempt.server] = count.get(attempt.server, 0) + (attempt.outcome is not Outcome.OK)
    return "\n".join(f"  {format_attempt(attempt, count[server])}" for server, attempt in last.items())
