# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mounts that were taken away in order to be made again: until they are, they are owed, and it was nobody's wish that they are gone.

Whoever replaces a mount may be cut off in between, and a mount that is detached lazily takes along what is mounted below it. A file for each, which the
next boot clears away.
"""

from __future__ import annotations

import contextlib
import os
from typing import Iterable

from .._gluster.client import file_name
from .._host import mountinfo


def mark(path: str, mounts: Iterable[mountinfo.Mount], directory: str) -> list[str]:
    """Note every GlusterFS mount at ``path`` and below, before it is taken away; which of them were not noted already.

    directory: of the notes, one that exists.
    """
    below = [mount.path for mount in mounts if mount.gluster and f"{mount.path}/".startswith(f"{path}/")]
    new = [path for path in below if not is_marked(path, directory)]
    for path in new:
        os.close(os.open(_file(path, directory), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
    return new


def is_marked(path: str, directory: str) -> bool:
    return os.path.exists(_file(path, directory))


def clear(path: str, directory: str) -> None:
    """It is mounted again, or somebody wants it gone."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(_file(path, directory))


def _file(path: str, directory: str) -> str:
    return f"{directory}/{file_name(path)}.owed"
