# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Children that hang on a mount and were given up: who they are is written down by those that started them, for later runs and for other programs.

A process that only looks like one, by its command line, is anybody's. So a child is known by its number and the time of its start, in a file that only
root can write; both are taken while it is unreaped, when its number is nobody else's.
"""

from __future__ import annotations

import contextlib
import os
from typing import NamedTuple

from . import files
from .process import started


class Stuck(NamedTuple):
    """directory: of the files, which need not exist yet; "" to write nothing down."""

    directory: str = ""
    proc: str = "/proc"

    def note(self, name: str, pid: int, mount: int) -> None:
        """Note that child ``pid`` hangs. Where no note can be written, a later look starts another child, which hangs beside it.

        name: a file name that stands for what it hangs on. mount: the id of the mount that it had reached, 0 if none.
        """
        began = started(f"{self.proc}/{pid}/stat")
        if self.directory and began is not None:
            with contextlib.suppress(OSError):
                os.makedirs(self.directory, mode=0o755, exist_ok=True)
                files.replace(self._file(name), f"{pid} {began} {mount} {self._boot()}\n".encode(), mode=0o600)

    def on(self, name: str) -> int | None:
        """The mount on which the child that is noted under ``name`` still hangs: its id, 0 if the child had reached none; None where no child hangs.

        A note that cannot be read counts as none.
        """
        if not self.directory:
            return None
        try:
            pid, began, mount, boot = (
                files.read_untrusted(self._file(name), 200).decode("ascii").rstrip("\n").split(" ")
            )
            if boot == self._boot() and started(f"{self.proc}/{int(pid)}/stat") == int(began):
                return int(mount)
        except (OSError, ValueError):
            pass
        with contextlib.suppress(OSError):
            os.unlink(self._file(name))
        return None

    def _file(self, name: str) -> str:
        return f"{self.directory}/{name}.stuck"

    def _boot(self) -> str:
        return (files.text_at(f"{self.proc}/sys/kernel/random/boot_id") or "").strip() or "-"


NOBODY = Stuck()
