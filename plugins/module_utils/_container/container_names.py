# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names that stand for a mount point: of its container and of the unit that runs it, and of the place where the container sees it."""

from __future__ import annotations

import hashlib
import os
import re

_PLAIN = re.compile(r"[A-Za-z0-9_.]+(/[A-Za-z0-9_.]+)*\Z")
_LONGEST = 80  # characters of the path that are kept in a name
_IMAGE_DIGITS = 8

PREFIX = "gluster-"

ROOT = "/host"
"""Where the container sees the host's folder that the mount point lies in."""


def base(path: str) -> str:
    """``gluster-srv-web`` for /srv/web. A path with other characters than a container's name may have, or a hyphen, gets a digest: no two share a name."""
    inner = path.strip("/")
    if _PLAIN.match(inner) and len(inner) <= _LONGEST:
        return PREFIX + inner.replace("/", "-")
    readable = re.sub(r"[^A-Za-z0-9_.]+", "-", inner)[:_LONGEST].strip("-")
    return f"{PREFIX}{readable}-{hashlib.sha256(os.fsencode(path)).hexdigest()[:8]}"


def of(path: str, image: str) -> str:
    """The name of the container of one image: a new image takes over a mount while the old container still serves open files.

    image: its identity, as hexadecimal digits.
    """
    return f"{base(path)}.{image[:_IMAGE_DIGITS]}"


def is_of(name: str, path: str) -> bool:
    """Whether ``name`` is that of a container of ``path``, of whichever image."""
    return bool(re.fullmatch(rf"{re.escape(base(path))}\.[0-9a-f]{{{_IMAGE_DIGITS}}}", name))
