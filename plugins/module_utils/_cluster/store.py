# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Volumes with what glusterd keeps in its files and no XML tells: the thin arbiter."""

from __future__ import annotations

from .._host.local_host import LocalHost
from . import volume as volumes
from .cli import Cli, Hopeless
from .volume import Brick, Volume


def read(cli: Cli, host: LocalHost) -> dict[str, Volume]:
    """All volumes of the pool, with what the answer to ``volume info --xml`` leaves out. Raises ClusterError."""
    return {name: _complete(volume, host) for name, volume in volumes.read(cli).items()}


def existing(cli: Cli, host: LocalHost, name: str) -> Volume:
    """The volume as it is now, and not as it was planned for. Raises Hopeless where another run has deleted it."""
    volume = read(cli, host).get(name)
    if not volume:
        raise Hopeless(f"volume {name} is not there any more, by another run; run the task again")
    return volume


def _complete(volume: Volume, host: LocalHost) -> Volume:
    # A thin arbiter goes with two copies. GlusterFS 11.1 adds a third one nevertheless, which breaks the volume, so three are asked for too.
    if volume.shape.replica == 1:
        return volume
    return volume._replace(thin_arbiter=thin_arbiter(volume.name, host))


def thin_arbiter(volume: str, host: LocalHost) -> Brick | None:
    """The thin arbiter of a volume, None if it has none.

    Written by glusterd_volume_write_brick_info and _store_brickinfo (glusterd-store.c): "ta-brick-0" names a file in bricks/ with host and path. The name
    itself has hyphens for slashes.
    """
    name = _pairs(host.stored(f"vols/{volume}/info")).get("ta-brick-0")
    if not name:
        return None
    brick = _pairs(host.stored(f"vols/{volume}/bricks/{name}"))
    hostname, _colon, path = name.partition(":")
    return Brick(brick.get("hostname", hostname), brick.get("path", path.replace("-", "/")))


def _pairs(text: str) -> dict[str, str]:
    """The lines KEY=VALUE of a file of glusterd's."""
    return {key: value for key, equals, value in (line.partition("=") for line in text.splitlines()) if equals}
