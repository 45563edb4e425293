# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The arguments of the volume module, and their check."""

from __future__ import annotations

import posixpath
import re
from typing import Any, Mapping, NamedTuple, Sequence

from . import cli as commands
from . import options
from . import volume as volumes
from .volume import Brick

ARGUMENTS: Mapping[str, Mapping[str, Any]] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "started", "stopped", "absent"], "default": "present"},
    "confirm": {"type": "str"},
    "bricks": {"type": "list", "elements": "str"},
    "replica": {"type": "int"},
    "arbiter": {"type": "int"},
    "disperse": {"type": "int"},
    "redundancy": {"type": "int"},
    "transport": {"type": "str", "choices": ["tcp", "rdma", "tcp,rdma"]},
    "options": {"type": "dict"},
    "force": {"type": "bool", "default": False},
    "rebalance": {"type": "bool", "default": False},
    "reset": {"type": "list", "elements": "str"},
    "disconnect_clients": {"type": "bool", "default": False},
    "timeout": {"type": "float", "default": 120},
    "timeout_heal": {"type": "float", "default": 3600},
    "timeout_migrate": {"type": "float", "default": 3600},
}
"""The arguments of the module volume as Ansible takes them."""


class Arguments(NamedTuple):
    """The module's arguments, checked. None stands for an argument that was not given: an existing volume stays as it is in this respect.

    bricks: empty if not given. reset: bricks to reset if they are not online. timeouts in seconds, each for one wait.
    """

    name: str
    state: str
    bricks: tuple[Brick, ...] = ()
    replica: int | None = None
    arbiter: int | None = None
    disperse: int | None = None
    redundancy: int | None = None
    transport: str | None = None
    options: options.Wanted = {}
    force: bool = False
    rebalance: bool = False
    reset: tuple[Brick, ...] = ()
    disconnect_clients: bool = False
    timeout: float = 120.0
    timeout_heal: float = 3600.0
    timeout_migrate: float = 3600.0


def check(params: Mapping[str, Any]) -> Arguments:
    """Check the arguments before the cluster is asked anything. Raises ValueError: which value, which rule it breaks, what to write instead."""
    name = volumes.check_name(params["name"])
    if params["state"] == "absent" and params["confirm"] != name:
        raise ValueError(f"state: absent deletes the volume {name}; say so a second time by confirm: {name}")
    bricks = _bricks(params["bricks"] or [], "bricks")
    counts = {key: _count(params, key, least) for key, least in _LEAST.items()}
    arguments = Arguments(
        name=name,
        state=params["state"],
        bricks=bricks,
        replica=counts["replica"],
        arbiter=counts["arbiter"],
        disperse=counts["disperse"],
        redundancy=counts["redundancy"],
        transport=params["transport"],
        options=options.check_of_volume(params["options"] or {}),
        force=params["force"],
        rebalance=params["rebalance"],
        reset=_bricks(params["reset"] or [], "reset"),
        disconnect_clients=params["disconnect_clients"],
        timeout=commands.check_seconds("timeout", params["timeout"]),
        timeout_heal=commands.check_seconds("timeout_heal", params["timeout_heal"]),
        timeout_migrate=commands.check_seconds("timeout_migrate", params["timeout_migrate"]),
    )
    _check_shape(arguments)
    return arguments


_LEAST = {"replica": 1, "arbiter": 0, "disperse": 0, "redundancy": 0}


def _count(params: Mapping[str, Any], name: str, least: int) -> int | None:
    value = params[name]
    if value is not None and value < least:
        raise ValueError(f"{name} {value}: must be {least} or more")
    return value if value is None else int(value)


def _bricks(texts: Sequence[str], argument: str) -> tuple[Brick, ...]:
    bricks: dict[tuple[str, str], Brick] = {}
    for text in texts:
        brick = _brick(text, argument)
        if brick.key in bricks:
            raise ValueError(f"{argument}: {text!r} is named twice; name each brick once")
        bricks[brick.key] = brick
    return tuple(bricks.values())


def _brick(text: str, argument: str) -> Brick:
    if "," in text or re.search(r"[\s\x00-\x1f\x7f]", text):
        raise ValueError(
            f"{argument}: {text!r} has a comma, white space or a control character; write each brick as an entry of its own, as in [gfs1:/bricks/one/data]"
        )
    host, colon, path = text.partition(":/")
    if not colon:
        raise ValueError(f"{argument}: {text!r}: must be a host and an absolute path, as in gfs1:/bricks/one/data")
    path = posixpath.normpath("/" + path.lstrip("/"))
    if path == "/" or ".." in text.split("/"):
        raise ValueError(
            f"{argument}: {text!r}: name a directory below the root, without '..', as in gfs1:/bricks/one/data"
        )
    host = commands.check_host(host, argument)
    if ":" in host:
        raise ValueError(
            f"{argument}: {text!r}: from GlusterFS 11 on a brick's process cuts an address of IPv6 at its last colon and does not start (measured on 11.2); "
            "name its host, which every server and client can resolve by /etc/hosts"
        )
    return Brick(host, path)


def _check_shape(wanted: Arguments) -> None:
    if (wanted.replica or 1) > 1 and wanted.disperse:
        raise ValueError(
            f"replica {wanted.replica} and disperse {wanted.disperse}: a volume has one of them; drop the other"
        )
    if wanted.arbiter and (wanted.arbiter, wanted.replica) != (1, 3):
        raise ValueError(
            f"arbiter {wanted.arbiter}: goes with two copies and one arbiter; write replica: 3, arbiter: 1"
        )
    if wanted.redundancy and not wanted.disperse:
        raise ValueError(
            f"redundancy {wanted.redundancy}: goes with disperse, the number of bricks in a subvolume; say that too, as in disperse: 6"
        )
    if wanted.disperse and not 0 < (wanted.redundancy or 0) * 2 < wanted.disperse:
        raise ValueError(
            f"disperse {wanted.disperse}: needs redundancy, at least 1 and less than half of it; as in disperse: 6, redundancy: 2"
        )
