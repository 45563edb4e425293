# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the role gluster_server, held against the rules of what they are handed to, before the role touches anything."""

from __future__ import annotations

import ipaddress
from collections import Counter
from typing import Any, Callable, Iterator, Mapping, Sequence

from . import cli as commands
from . import options, volume_arguments

_FIRST_PORT = 49152
"""The first port that glusterd gives to a brick."""
_LAST_PORT = 65535

_VOLUME = {name: rule.get("default") for name, rule in volume_arguments.ARGUMENTS.items()}
"""What the module volume takes where nothing is said."""
_WHOLE = ("replica", "arbiter", "disperse", "redundancy")
_SECONDS = ("timeout", "timeout_heal", "timeout_migrate")


def faults(variables: Mapping[str, Any]) -> list[str]:
    """What is wrong with these variables, by their names without ``gluster_server_``; each says which value, which rule it breaks, what to write instead."""
    return [
        *_no_lists(variables),
        *_said("max_port", lambda: _port(variables["max_port"])),
        *_said("timeout_heal", lambda: _positive(variables["timeout_heal"])),
        *(
            fault
            for source in _list(variables["firewall_sources"])
            for fault in _said("firewall_sources", _network, source)
        ),
        *(fault for host in _list(variables["pool"]) for fault in _said("pool", commands.check_host, host, "host")),
        *_twice("pool", _list(variables["pool"])),
        *_said("options", options.check, variables["options"]),
        *_bricks(variables["bricks"]),
        *(fault for volume in variables["volumes"] for fault in _said("volumes", _volume, volume)),
        *_twice("volumes", [str(volume.get("name")) for volume in variables["volumes"]]),
    ]


def _said(name: str, check: Callable[..., Any], *values: Any) -> Iterator[str]:
    try:
        check(*values)
    except (ValueError, TypeError) as error:
        yield f"gluster_server_{name}: {error}"


def _no_lists(variables: Mapping[str, Any]) -> Iterator[str]:
    for name in ("pool", "firewall_sources"):
        if isinstance(variables[name], str):
            yield f"gluster_server_{name}: {variables[name]!r} is text; write a list, as in [{', '.join(_list(variables[name]))}]"


def _list(value: Any) -> list[Any]:
    """A list, which Ansible takes as text with commas, too."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else list(value or ())


def _twice(name: str, values: Sequence[str]) -> Iterator[str]:
    for value, count in Counter(values).items():
        if count > 1:
            yield f"gluster_server_{name}: {value} is there {count} times; name it once"


def _port(value: Any) -> None:
    if not _FIRST_PORT <= int(value) <= _LAST_PORT:
        raise ValueError(
            f"{value}: bricks have ports from {_FIRST_PORT} to {_LAST_PORT}; write the last of them, as in 49407"
        )


def _positive(value: Any) -> None:
    if float(value) <= 0:
        raise ValueError(f"{value}: must be a number of seconds above 0")


def _network(source: Any) -> None:
    try:
        ipaddress.ip_network(str(source), strict=False)
    except ValueError as error:
        raise ValueError(f"{error}; write a network or an address, as in 10.0.0.0/24 or fd00:6::/64") from error


def _bricks(bricks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for brick in bricks:
        path = str(brick["path"])
        if not path.startswith("/") or path.strip("/") == "" or ".." in path.split("/"):
            yield f"gluster_server_bricks: path {path}: write an absolute path without .., as in /bricks/one"
        if brick.get("device") and brick.get("lvm"):
            yield f"gluster_server_bricks: {path}: has a device and an lvm, which makes its device itself; drop one of them"
    yield from _twice("bricks", [str(brick["path"]).rstrip("/") for brick in bricks])
    yield from _twice("bricks", [str(brick["device"]) for brick in bricks if brick.get("device")])


def _volume(volume: Mapping[str, Any]) -> None:
    given = {name: value for name, value in volume.items() if value is not None}
    params = {**_VOLUME, "state": "started", **given}
    params["bricks"], params["reset"] = _list(params["bricks"]), _list(params["reset"])
    try:
        params.update({name: int(params[name]) for name in _WHOLE if params[name] is not None})
        params.update({name: float(params[name]) for name in _SECONDS})
        volume_arguments.check(params)
    except ValueError as error:
        raise ValueError(f"{volume.get('name')}: {error}") from error
