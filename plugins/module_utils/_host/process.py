# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one way the engine runs a command: argument list, time limit, no inherited pipe, nothing waited on for ever."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from typing import IO, Callable, NamedTuple, Sequence

from .clock import CLOCK, Clock
from .plain import plain

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where commands are looked for: mount(8) starts its helpers with no PATH at all, so the caller's is never relied on."""

_KILL_SECONDS = 2.0
"""How long a killed process gets to vanish; one in uninterruptible sleep (a hung mount) does not, and is left to init."""

_MOST_OUTPUT = 32 << 20
"""Bytes of output that are read: the graph of a mount, which is the longest, may hold a volfile of 16 MiB and is written as JSON."""


def program(name: str) -> str | None:
    """Where a program is installed; the caller's PATH plays no part. None if it is nowhere."""
    candidates = (os.path.join(folder, name) for folder in SYSTEM_PATH.split(":"))
    return next((path for path in candidates if os.access(path, os.X_OK)), None)


class Completed(NamedTuple):
    """How a command ended.

    rc: exit status, negative for a signal; None where the time limit ended it. 127 where there is no such program.
    stdout, stderr: what it printed, undecodable bytes escaped.
    seconds: how long it ran.
    left: number of the process where not even SIGKILL has ended it, as one that hangs on a file system; 0 where it has ended.
    """

    argv: tuple[str, ...]
    rc: int | None
    stdout: str
    stderr: str
    seconds: float
    left: int = 0

    @property
    def ok(self) -> bool:
        return self.rc == 0

    def lines(self) -> list[str]:
        """What it printed, line by line, without one that was cut short: where it was killed, where a file system was full."""
        return self.stdout.split("\n")[:-1]

    def why(self) -> str:
        """One line for a message: the last thing it said, or how it ended."""
        if self.rc is None:
            return f"{self.argv[0]} did not end within {self.seconds:.1f} s"
        lines = (self.stderr or self.stdout).strip().splitlines()
        return plain(lines[-1].strip()) if lines else f"{self.argv[0]} exited {self.rc} without a word"


def child(code: str, *arguments: str) -> tuple[str, ...]:
    """The command that runs Python code in a process of its own, with the standard library alone and nothing of the environment or of site-packages."""
    return (sys.executable or "/usr/bin/python3", "-I", "-S", "-c", code, *arguments)


Run = Callable[[Sequence[str], float], Completed]
"""run(argv, timeout in seconds): run a command to its end or to the time limit; never raises for what it did."""


def run(argv: Sequence[str], timeout: float, clock: Clock = CLOCK) -> Completed:
    """Run ``argv`` in a session of its own for at most ``timeout`` seconds.

    Its output goes to unnamed files and not to pipes, so that a daemon it leaves behind holds up nobody. At the time limit the whole process group is
    killed; so it is when this process is interrupted while it waits, which it does by ``clock``.
    """
    return _run(argv, timeout, clock, apart=True)


def run_among(argv: Sequence[str], timeout: float, clock: Clock = CLOCK) -> Completed:
    """Run ``argv`` like ``run``, but in the process group of this process, and end it alone at the time limit.

    systemd mounts in this way at an automount point: the kernel lets systemd's own process group alone pass there before it is mounted, and systemd starts
    mount(8) in that group. Every other process waits for the mount, even the client that is to make it.
    """
    return _run(argv, timeout, clock, apart=False)


def _run(argv: Sequence[str], timeout: float, clock: Clock, *, apart: bool) -> Completed:
    began = time.monotonic()
    env = {"PATH": SYSTEM_PATH, "LC_ALL": "C", "LANG": "C"}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        try:
            process = subprocess.Popen(  # noqa: S603
                list(argv), stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=env, cwd="/", start_new_session=apart
            )
        except OSError as error:
            return Completed(tuple(argv), 127, "", f"{argv[0]}: {error.strerror}", time.monotonic() - began)
        waiter = threading.Thread(target=process.wait, daemon=True)
        waiter.start()

        def ended(seconds: float) -> bool:
            waiter.join(seconds)
            return not waiter.is_alive()

        try:
            clock.wait(ended, timeout)
        finally:
            over = waiter.is_alive()
            if over:
                _kill(process.pid, group=apart)
                waiter.join(_KILL_SECONDS)
        return Completed(
            tuple(argv),
            None if over else process.returncode,
            _text(out),
            _text(err),
            time.monotonic() - began,
            process.pid if waiter.is_alive() else 0,
        )


def started(stat: str) -> int | None:
    """When a process was started, in clock ticks since boot, which tells it from a later one with the same number.

    stat: its file /proc/PID/stat. None where the process is gone or a zombie.
    """
    try:
        with open(stat, "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    return None if fields[0] in (b"Z", b"X") else int(fields[19])


def _kill(pid: int, *, group: bool) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        (os.killpg if group else os.kill)(pid, signal.SIGKILL)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read(_MOST_OUTPUT).decode("utf-8", "backslashreplace")
