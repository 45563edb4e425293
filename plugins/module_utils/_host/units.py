# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The systemd units of mounts and of what needs them, asked by ``systemctl show``, whose output is meant for programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, Sequence

from .clock import Clock
from .process import Completed, Run

_SHOW_SECONDS = 10.0
_NOTICE_SECONDS = 10.0
"""systemd reads the kernel's table of mounts at most some times a second."""
_POLL_SECONDS = 0.1
_NEVER = "0"
_PROPERTIES = (
    "LoadState",
    "ActiveState",
    "ActiveEnterTimestampMonotonic",
    "ConditionTimestampMonotonic",
    "Job",
    "RequiredBy",
    "BoundBy",
    "WantedBy",
)


@dataclass(frozen=True)
class Units:
    """The systemd of this host.

    run: for what only asks. do: for what changes something.
    """

    run: Run
    do: Run
    clock: Clock

    def knows(self, unit: str) -> bool:
        """Whether systemd has such a unit: one made from fstab is there after a daemon-reload."""
        return self._show(unit).get("LoadState") == "loaded"

    def was_ended(self, unit: str) -> bool:
        """Whether ``unit`` was up since boot and somebody has ended it. A unit that ended by itself, or could not start, is failed."""
        shown = self._show(unit)
        return shown.get("ActiveState") == "inactive" and shown.get("ActiveEnterTimestampMonotonic", _NEVER) != _NEVER

    def start(self, unit: str, timeout: float) -> Completed:
        """Start ``unit`` and wait for at most ``timeout`` seconds; systemd goes on with it after that.

        systemd takes a mount that was detached behind its back for active for a moment, in which start would do nothing. That moment is waited out.
        """
        deadline = self.clock.now() + _NOTICE_SECONDS
        while self._show(unit).get("ActiveState") == "active" and self.clock.now() < deadline:
            self.clock.sleep(_POLL_SECONDS)
        return self.do(["systemctl", "start", "--", unit], timeout)

    def start_waiting(self, unit: str) -> tuple[str, ...]:
        """Start the units that could not start at boot since ``unit`` had failed; their names. Their end is not waited for.

        These units require ``unit``, directly or through each other, an active unit wants them, as multi-user.target wants an enabled service, and systemd
        has not tried to start them since boot. A unit that ran once, or that an administrator has stopped, is left alone.
        """
        held = [unit]
        for needed in held:
            shown = self._show(needed)
            needing = f"{shown.get('RequiredBy', '')} {shown.get('BoundBy', '')}".split()
            held += [name for name in dict.fromkeys(needing) if name not in held and self._untried(name)]
        waiting = tuple(name for name in held[1:] if self._wanted(name))
        if waiting:
            self.do(["systemctl", "start", "--no-block", "--", *waiting], _SHOW_SECONDS)
        return waiting

    def _untried(self, unit: str) -> bool:
        """Whether systemd has not once tried to start ``unit`` since boot. It looks at conditions at every start, also where there are none."""
        shown = self._show(unit)
        idle = shown.get("ActiveState") in ("inactive", "failed") and not shown.get("Job")
        return idle and shown.get("ConditionTimestampMonotonic") == _NEVER

    def _wanted(self, unit: str) -> bool:
        wanting = self._show(unit).get("WantedBy", "").split()
        return any(self._show(name).get("ActiveState") == "active" for name in wanting)

    def _show(self, unit: str) -> Mapping[str, str]:
        """Properties of a unit, none where systemd gives no answer."""
        argv: Sequence[str] = ("systemctl", "show", f"--property={','.join(_PROPERTIES)}", "--", unit)
        done = self.run(argv, _SHOW_SECONDS)
        pairs = (line.partition("=") for line in done.lines())
        return {name: value for name, _equals, value in pairs} if done.ok else {}
