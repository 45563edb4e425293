# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bare directory that is mounted on: made, guarded and sealed for a mount, and all of that undone where the mount does not come to be."""

from __future__ import annotations

import contextlib
import os
from contextlib import ExitStack
from typing import Sequence

from .._gluster.attempt import Attempt
from .._host import mountinfo, walk
from .._host.immutable import Guard
from .host import Host
from .model import MountError, MountSpec


def make(path: str, host: Host, undo: ExitStack, attempts: Sequence[Attempt] = ()) -> None:
    """Make the mount point and its parents. Undone are only those made here, and only if still empty.

    Raises MountError, with ``attempts``, if that fails.
    """
    if mountinfo.at(host.mounts(), path):
        return
    made: list[str] = []
    with ExitStack() as undo_made:
        undo_made.callback(_remove, made)
        try:
            walk.make(path, made.append)
        except OSError as error:
            raise MountError(
                f"the mount point {path} cannot be made: {error.filename}: {error.strerror}", attempts
            ) from error
        if made:
            undo.enter_context(undo_made.pop_all())


def _remove(made: Sequence[str]) -> None:
    with contextlib.suppress(OSError):
        for path in reversed(made):
            walk.remove(path)


def guard(spec: MountSpec, current: Guard, host: Host, undo: ExitStack) -> Guard:
    """Guard the bare directory, an empty one only, or clear its guard, as wanted; how it is guarded then. current: how it is guarded now."""
    guarded = current
    if spec.guard:
        guarded = host.set_guard(spec.path)
    elif current.immutable:
        host.clear_guard(spec.path)
        guarded = host.read_guard(spec.path)
    if guarded.immutable and not current.immutable:
        undo.callback(host.clear_guard, spec.path)
    elif current.immutable and not guarded.immutable:
        undo.callback(host.set_guard, spec.path)
    return guarded


def seal(spec: MountSpec, host: Host, undo: ExitStack) -> tuple[str, ...]:
    """Guard the directory above where that is wanted; a warning where it cannot be."""
    if not spec.seal:
        return ()
    above = os.path.dirname(spec.path)
    before = host.read_guard(above)
    sealed = host.seal(spec.path)
    if not sealed.immutable:
        return (f"{spec.path}: {sealed.reason}, so others can put something beside the mount point",)
    if not before.immutable:
        undo.callback(host.clear_guard, above)
    return ()
