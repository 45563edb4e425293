# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules that change nothing report."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any, Mapping, Protocol, Sequence

from .._cluster import cli as commands
from .._cluster import heal, store
from .._cluster import volume as volume_state
from .._cluster.cli import Cli, ClusterError
from .._cluster.store import Store


class Host(Store, Protocol):
    """What this host can say; see here.Here."""

    def addresses(self, host: str) -> frozenset[str]: ...

    def is_local(self, host: str) -> bool: ...

    def is_own(self, address: str) -> bool: ...


def volumes(
    cli: Cli, name: str | None, host: Host, *, status: bool, clients: bool = False
) -> dict[str, dict[str, Any]]:
    """All volumes, or one, by name. Raises ValueError, ClusterError.

    status: whether the bricks of started ones are asked. clients: whether they are asked for their clients.
    """
    if name is not None:
        volume_state.check_name(name)
    found = {key: value for key, value in store.read(cli, host).items() if name in (None, key)}
    bricks: dict[str, tuple[volume_state.BrickStatus, ...]] = {}
    connected: dict[str, dict[tuple[str, str], tuple[str, ...]]] = {}
    started = any(volume.started for volume in found.values())
    if status and started:
        bricks = volume_state.parse_status(cli.read("volume", "status", name or "all", "detail"))
    if clients and started:
        connected = volume_state.parse_clients(cli.read("volume", "status", name or "all", "clients"))
    return {
        key: volume_state.describe(
            volume,
            {brick.key: brick for brick in bricks.get(key, ())} if status else None,
            connected.get(key, {}) if clients else None,
            _missing(connected.get(key, {}), host) if clients else None,
        )
        for key, volume in found.items()
    }


def _missing(clients: Mapping[tuple[str, str], Sequence[str]], names: Host) -> dict[tuple[str, str], list[str]]:
    """By brick, the clients that another brick has and it has not.

    A server's own clients may come to its own brick from another address than to the others: by loopback, where its name means that there.
    """
    every = {address for addresses in clients.values() for address in addresses}
    counted = {address for address in every if address != "::1" and not address.startswith("127.")}
    return {
        (host, path): sorted(
            address
            for address in counted.difference(addresses, names.addresses(host))
            if not (names.is_local(host) and names.is_own(address))
        )
        for (host, path), addresses in clients.items()
    }


def healing(cli: Cli, name: str, *, entries: bool, wait: float = 0.0) -> dict[str, Any]:
    """What of a volume waits to be healed, after up to ``wait`` seconds in which it may heal. Raises ValueError, ClusterError."""
    volume_state.check_name(name)
    if wait:
        commands.check_seconds("wait", wait)
        cli = heal.patient(cli, wait)
        asked = [volume_state.Brick.parse(brick.name) for brick in heal.summary(cli, name)]
        with contextlib.suppress(ClusterError):
            heal.wait(cli, name, asked, wait, "within the time to wait")
    bricks = heal.summary(cli, name)
    found: dict[str, Any] = {}
    if entries:
        listed = {brick.name: brick for brick in heal.parse(cli.read("volume", "heal", name, "info"))}
        bricks = tuple(
            replace(brick, entries=listed[brick.name].entries if brick.name in listed else ()) for brick in bricks
        )
        split = heal.parse(cli.read("volume", "heal", name, "info", "split-brain"))
        # A brick that knows an entry by its GFID alone is no reason to forget the path that another one tells.
        every = sorted((entry for brick in split for entry in brick.entries), key=lambda entry: entry.path is not None)
        once = {entry.gfid or entry.path: entry for entry in every}
        found["split_brain_entries"] = [{"gfid": entry.gfid, "path": entry.path} for entry in once.values()]
    return {
        "healed": all(brick.connected and brick.total == 0 for brick in bricks),
        "total": sum(brick.total or 0 for brick in bricks),
        "split_brain": sum(brick.split_brain or 0 for brick in bricks),
        "disconnected": [brick.name for brick in bricks if not brick.connected],
        "bricks": [heal.describe(brick) for brick in bricks],
        **found,
    }
