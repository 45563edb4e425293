# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan depends on beside the volume itself: which host each brick is on, which bricks are offline."""

from __future__ import annotations

from typing import Sequence

from .._host.local_host import LocalHost
from . import identity
from . import volume as volumes
from .cli import Cli
from .pool import Pool
from .volume import Brick, Volume
from .volume_arguments import Arguments


def names_new_bricks(wanted: Arguments, volume: Volume | None) -> bool:
    existing = {brick.key for brick in volume.bricks} if volume else set()
    return any(brick.key not in existing for brick in (*wanted.bricks, *wanted.reset))


def identified(wanted: Arguments, volume: Volume | None, pool: Pool, host: LocalHost) -> Arguments:
    """The arguments, each brick with the UUID of its host and spelled as the volume spells it. Raises ValueError where a brick is named twice."""
    return wanted._replace(
        bricks=_identified("bricks", wanted.bricks, volume, pool, host),
        reset=_identified("reset", wanted.reset, volume, pool, host),
    )


def _identified(
    argument: str, bricks: Sequence[Brick], volume: Volume | None, pool: Pool, host: LocalHost
) -> tuple[Brick, ...]:
    existing = {(brick.uuid, brick.path): brick for brick in (volume.bricks if volume else ())}
    spelled = {brick.key: brick for brick in existing.values()}
    known = []
    for brick in bricks:
        identity.check_own_name(brick.host, host, argument)
        peer = None if brick.key in spelled else pool.find(brick.host, host)
        uuid = peer.uuid if peer else ""
        known.append(spelled.get(brick.key) or existing.get((uuid, brick.path)) or brick._replace(uuid=uuid))
    keys = [(brick.uuid or brick.host, brick.path) for brick in known]
    for number, key in enumerate(keys):
        if key in keys[:number]:
            raise ValueError(
                f"{argument}: {bricks[number]} is {known[keys.index(key)]} by another name; name each brick once"
            )
    return tuple(known)


def offline(cli: Cli, volume: Volume | None) -> frozenset[tuple[str, str]]:
    """Keys of the bricks whose process does not run; none where the volume is not started."""
    if not (volume and volume.started):
        return frozenset()
    status = volumes.parse_status(cli.read("volume", "status", volume.name)).get(volume.name, ())
    online = {brick.key for brick in status if brick.online}
    return frozenset(brick.key for brick in volume.bricks if brick.key not in online)
