# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The volume_info module: volumes, their bricks and the clients of these."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from .._cluster import connected, store
from .._cluster import volume as volume_state
from .._cluster.cli import Cli
from .._host.local_host import LocalHost


def volumes(
    cli: Cli, name: str | None, host: LocalHost, *, status: bool, clients: bool = False
) -> dict[str, dict[str, Any]]:
    """All volumes, or one, by name. Raises ValueError, ClusterError.

    status: whether the bricks of started ones are asked. clients: whether they are asked for their clients.
    """
    if name is not None:
        volume_state.check_name(name)
    selected = {key: value for key, value in store.read(cli, host).items() if name in (None, key)}
    bricks: dict[str, tuple[volume_state.BrickStatus, ...]] = {}
    seen: dict[str, dict[tuple[str, str], tuple[str, ...]]] = {}
    started = [volume for volume in selected.values() if volume.started]
    if status and started:
        bricks = volume_state.parse_status(cli.read("volume", "status", name or "all", "detail"))
    for root in connected.answers(cli, started, name or "all") if clients and started else ():
        for key, found in volume_state.parse_clients(root).items():
            seen.setdefault(key, {}).update(found)
    return {
        key: volume_state.describe(
            volume,
            {brick.key: brick for brick in bricks.get(key, ())} if status else None,
            seen.get(key, {}) if clients else None,
            _missing(seen.get(key, {}), host) if clients else None,
        )
        for key, volume in selected.items()
    }


def _missing(clients: Mapping[tuple[str, str], Sequence[str]], host: LocalHost) -> dict[tuple[str, str], list[str]]:
    """By brick, the clients that another brick has and it has not.

    A server's own clients may come to its own brick from another address than to the others: by loopback, where its name means that there.
    """
    every = {address for addresses in clients.values() for address in addresses}
    counted = {address for address in every if address != "::1" and not address.startswith("127.")}
    return {
        (name, path): sorted(
            address
            for address in counted.difference(addresses, host.addresses(name))
            if not (host.is_local(name) and host.is_own(address))
        )
        for (name, path), addresses in clients.items()
    }
