# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What names a mount: its path, volume, subdirectory and servers, and its limits, each checked before anything is touched.

Every function raises ValueError: which value, which rule it breaks, what to write instead.
"""

from __future__ import annotations

import re
from typing import Any, Mapping, Sequence

from .._host.plain import OBEYED
from .server import Server

VOLUME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,254}\Z")

LIMITS = ("timeout_probe", "timeout_try", "timeout_total")


def check_path(path: str, argument: str = "path", example: str = "/srv/web") -> str:
    if OBEYED.search(path):
        raise ValueError(f"{argument} {path!r}: control characters are not allowed in a path")
    if not path.startswith("/"):
        raise ValueError(f"{argument} {path!r}: must be absolute, as in {example}")
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise ValueError(
            f"{argument} {path!r}: '..' is not allowed, since what it means depends on symbolic links; write the path without it"
        )
    if not parts:
        raise ValueError(f"{argument} {path!r}: is the root directory; name what lies below it, as in {example}")
    return "/" + "/".join(parts)


def check_servers(texts: Sequence[str], argument: str) -> tuple[Server, ...]:
    for text in texts:
        if "," in text or OBEYED.search(text) or re.search(r"\s", text):
            raise ValueError(
                f"{argument}: {text!r} has a comma, white space or a control character; write each server as an entry of its own, as in [gfs1, gfs2]"
            )
    return tuple(dict.fromkeys(Server.parse(text) for text in texts))


def check_no_snapshot(volume: str, subdir: str) -> None:
    """``snaps/SNAPSHOT/VOLUME`` is what mount.glusterfs takes for a snapshot of a volume."""
    if volume == "snaps" and "/" in subdir.strip("/"):
        raise ValueError(
            f"volume 'snaps/{subdir.strip('/')}': a snapshot is not mounted as such, since nothing but its name would tell the mount from one of a "
            "volume; make a volume of it (gluster snapshot clone NAME SNAPSHOT) and mount that, or let users look into .snaps of the mounted volume "
            "(option features.uss)"
        )


def check_volume(volume: str) -> str:
    check_no_snapshot(*volume.strip("/").partition("/")[::2])
    if not VOLUME.match(volume):
        hint = "; name the directory below it by subdir" if "/" in volume.strip("/") else ""
        raise ValueError(
            f"volume {volume!r}: a volume's name has letters, digits, hyphens and underscores and does not begin with a hyphen, as in web{hint}"
        )
    return volume


def check_subdir(subdir: str) -> str:
    parts = [part for part in subdir.split("/") if part not in ("", ".")]
    if ".." in parts or OBEYED.search(subdir):
        raise ValueError(
            f"subdir {subdir!r}: '..' and control characters are not allowed; write the way from the volume's root, as in sites/one"
        )
    return "/".join(parts)


def check_patience(seconds: float) -> float:
    if not 0 <= seconds <= 86400:
        raise ValueError(f"patience {seconds:g}: must be a number of seconds from 0 to 86400")
    return float(seconds)


def check_limits(params: Mapping[str, Any]) -> dict[str, float]:
    for name in LIMITS:
        if not 0 < params[name] <= 86400:
            raise ValueError(f"{name} {params[name]:g}: must be a number of seconds above 0 and up to 86400")
    return {name: float(params[name]) for name in LIMITS}
