# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What came of a list of mounts, for the module that returns it."""

from __future__ import annotations

from typing import Any, NamedTuple

from .._host.plain import plain_lines
from .._host.signals import Interrupted
from .._host.strand import GivenUp
from .._mount.model import InUse, MountError
from .mount_point import Result, Text


class Ended(NamedTuple):
    """How one mount point came to its state, or did not.

    changed: whether something is another than before. result: what the module mount would return; None where ``error`` says why there is none.
    commands: those that a mount has run that failed.
    """

    path: str
    changed: bool = False
    result: Result | None = None
    error: BaseException | None = None
    commands: tuple[str, ...] = ()

    def as_result(self) -> dict[str, Any]:
        if self.result:
            told = {"changed": self.changed, "failed": False, "msg": "", "warnings": self.result.warnings}
            return {**told, **self.result.values}
        attempts = self.error.attempts if isinstance(self.error, MountError) else ()
        return {
            "changed": self.changed,
            "failed": True,
            "msg": self.why(),
            "warnings": [],
            "attempts": [attempt.as_result() for attempt in attempts],
            "commands": list(self.commands),
            "mount": {"path": self.path},
        }

    def differences(self) -> list[dict[str, str]]:
        """What of a diff changes."""
        return [part for part in self.result.diff if part["before"] != part["after"]] if self.result else []

    def why(self) -> str:
        """Why it failed, as the module mount tells it."""
        if isinstance(self.error, Interrupted):
            return f"interrupted by {self.error}; what had been begun is undone"
        if isinstance(self.error, GivenUp):
            return "it has not ended long after its time was over, and was left alone"
        return plain_lines(str(self.error))

    def line(self) -> str:
        """The same in one line that begins with the path."""
        head, *rest = (part.strip() for part in self.why().split("\n"))
        text = f"{head} {'; '.join(rest)}".strip()
        return text if text.startswith((f"{self.path}:", f"{self.path} ")) else f"{self.path}: {text}"


class Done(NamedTuple):
    """What came of the list.

    mounts: of each entry, in their order. removed: of those that are not listed any more. in_no_list: the paths of mounts that are in nobody's list.
    """

    mounts: tuple[Ended, ...]
    removed: tuple[Ended, ...] = ()
    in_no_list: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        return any(ended.changed for ended in (*self.mounts, *self.removed))

    @property
    def busy(self) -> tuple[Ended, ...]:
        """Those that are not listed any more and in use, and so stay as they are."""
        return tuple(ended for ended in self.removed if isinstance(ended.error, InUse))

    @property
    def failed(self) -> tuple[Ended, ...]:
        """Those that did not come to their state."""
        return tuple(ended for ended in (*self.mounts, *self.removed) if ended.error and ended not in self.busy)

    @property
    def interrupted(self) -> bool:
        return any(isinstance(ended.error, Interrupted) for ended in self.failed)

    @property
    def warnings(self) -> tuple[str, ...]:
        texts = [text for ended in (*self.mounts, *self.removed) if ended.result for text in ended.result.warnings]
        texts += [f"no longer listed: {ended.line()}" for ended in self.busy]
        if self.in_no_list:
            texts.append(f"GlusterFS mounts that are in nobody's list: {', '.join(self.in_no_list)}")
        return tuple(dict.fromkeys(texts))

    @property
    def diff(self) -> list[dict[str, str]]:
        parts = [part for ended in self.mounts for part in ended.differences()]
        for ended in self.removed:
            # One that nothing keeps over a boot has no text that could tell it.
            gone = Text(ended.path, "mounted\n").diff()
            parts += ended.differences() or ([gone] if ended.result and ended.changed else [])
        return parts

    def message(self) -> str:
        """One line for each that failed."""
        return "\n".join(ended.line() for ended in self.failed)

    def as_result(self) -> dict[str, Any]:
        return {
            "mounts": [ended.as_result() for ended in self.mounts],
            "removed": [ended.path for ended in self.removed if ended.result and ended.changed],
            "kept": [{"path": ended.path, "msg": ended.line()} for ended in self.busy],
            "in_no_list": list(self.in_no_list),
        }
