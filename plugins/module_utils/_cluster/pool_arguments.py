# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The arguments of the trusted_pool module, and their check."""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple

from . import cli as commands


class Arguments(NamedTuple):
    """The module's arguments, checked. hosts: each once, canonical. timeout: seconds for each wait."""

    hosts: tuple[str, ...]
    state: str
    exclusive: bool
    force: bool
    timeout: float


def check(params: Mapping[str, Any]) -> Arguments:
    """Raises ValueError: which value, which rule it breaks, what to write instead."""
    hosts = tuple(dict.fromkeys(commands.check_host(host, "hosts") for host in params["hosts"]))
    if not hosts:
        raise ValueError("hosts is empty; name at least one, as in hosts: [gfs1, gfs2, gfs3]")
    if params["state"] == "absent" and params["exclusive"]:
        raise ValueError(
            "exclusive goes with state: present, where hosts is the whole pool; drop it, or write state: present"
        )
    return Arguments(
        hosts=hosts,
        state=params["state"],
        exclusive=params["exclusive"],
        force=params["force"],
        timeout=commands.check_seconds("timeout", params["timeout"]),
    )
